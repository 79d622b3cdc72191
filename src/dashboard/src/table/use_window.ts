// The window of a long list as a component has it: drawn again as somebody scrolls.
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { RowWindow } from "./window.ts";

export function useWindow(
  element: { current: HTMLElement | null },
  count: number,
  rowPx: number,
): RowWindow {
  const [, draw] = useState(0);
  const rows = useMemo(
    () =>
      new RowWindow(
        rowPx,
        () => element.current,
        () => draw((n) => n + 1),
      ),
    [],
  );
  rows.setCount(count);
  useLayoutEffect(() => {
    const end = rows.attach();
    draw((n) => n + 1);
    return end;
  }, []);
  return rows;
}
