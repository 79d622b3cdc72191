// Which rows of a long list are drawn: those that are seen, and some around them. virtual-core does
// the arithmetic; rows are all equally high, so nothing has to be measured.
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from "@tanstack/virtual-core";

type Options = VirtualizerOptions<HTMLElement, HTMLElement>;
export type Observers = Pick<Options, "observeElementRect" | "observeElementOffset" | "scrollToFn">;

const OF_THE_PAGE: Observers = {
  observeElementRect,
  observeElementOffset,
  scrollToFn: elementScroll,
};
const OVERSCAN = 10;

export class RowWindow {
  private readonly virtualizer: Virtualizer<HTMLElement, HTMLElement>;

  constructor(
    readonly rowPx: number,
    private readonly element: () => HTMLElement | null,
    private readonly changed: () => void,
    private readonly observers: Observers = OF_THE_PAGE,
  ) {
    this.virtualizer = new Virtualizer(this.optionsFor(0));
  }

  private optionsFor(count: number): Options {
    return {
      count,
      getScrollElement: this.element,
      estimateSize: () => this.rowPx,
      overscan: OVERSCAN,
      // The header's row sticks to the top and covers what would be there.
      scrollPaddingStart: this.rowPx,
      onChange: this.changed,
      ...this.observers,
    };
  }

  // Follows the element until what it returns is called.
  attach(): () => void {
    const end = this.virtualizer._didMount();
    this.virtualizer._willUpdate();
    return end;
  }

  setCount(count: number): void {
    if (this.virtualizer.options.count !== count)
      this.virtualizer.setOptions(this.optionsFor(count));
  }

  rows(): { index: number; top: number }[] {
    return this.virtualizer.getVirtualItems().map(({ index, start }) => ({ index, top: start }));
  }

  get heightPx(): number {
    return this.virtualizer.getTotalSize();
  }

  show(index: number): void {
    this.virtualizer.scrollToIndex(index, { align: "auto" });
  }
}

// Whether the rows that come next should be asked for: before somebody gets to the end.
export const nearsEnd = (lastDrawn: number, count: number): boolean =>
  count > 0 && lastDrawn >= count - 100;
