// Sixteen bytes: where they are, in hex, and as ASCII. Drawn again only when something about them
// has changed: a pointer that moves over them changes two rows, not all.
import { Component } from "preact";
import { asciiOf, hexOf, offsetOf, ROW_BYTES, type Span, within } from "./bytes.ts";

interface Properties {
  id: string;
  bytes: Uint8Array;
  row: number;
  top: number;
  chosen: Span | null;
  pointed: Span | null;
  cursor: number;
}

const isSame = (a: Span | null, b: Span | null): boolean =>
  a === b || (a !== null && b !== null && a.from === b.from && a.to === b.to);

export class HexRow extends Component<Properties> {
  override shouldComponentUpdate(next: Properties): boolean {
    const now = this.props;
    const isHere = (cursor: number) => Math.floor(cursor / ROW_BYTES) === next.row;
    return (
      next.bytes !== now.bytes ||
      next.row !== now.row ||
      next.top !== now.top ||
      !isSame(within(next.chosen, next.row), within(now.chosen, next.row)) ||
      !isSame(within(next.pointed, next.row), within(now.pointed, next.row)) ||
      (next.cursor !== now.cursor && (isHere(next.cursor) || isHere(now.cursor)))
    );
  }

  override render({ id, bytes, row, top, chosen, pointed, cursor }: Properties) {
    const first = row * ROW_BYTES;
    const places = Array.from({ length: ROW_BYTES }, (_, i) => first + i).filter(
      (at) => at < bytes.length,
    );
    const isIn = (span: Span | null, at: number) =>
      span !== null && at >= span.from && at < span.to;
    const kindOf = (at: number) =>
      (isIn(chosen, at) ? "in " : "") + (isIn(pointed, at) ? "near" : "");
    return (
      <div
        role="row"
        class="hex-row"
        aria-rowindex={row + 1}
        style={{ transform: `translateY(${top}px)` }}
      >
        <span role="rowheader" class="hex-at dim">
          {offsetOf(first, bytes.length)}
        </span>
        {places.map((at) => (
          <span
            key={at}
            id={`${id}-${at}`}
            role="gridcell"
            data-at={at}
            class={kindOf(at)}
            aria-selected={at === cursor}
          >
            {hexOf(bytes[at]!)}
          </span>
        ))}
        <span role="gridcell" class="hex-ascii" style={{ gridColumn: ROW_BYTES + 2 }}>
          {places.map((at) => (
            <span key={at} data-at={at} class={kindOf(at)}>
              {asciiOf(bytes[at]!)}
            </span>
          ))}
        </span>
      </div>
    );
  }
}
