// The keys of a table: j and k wherever somebody is on the page, arrows and the like while the
// table itself has them.
import { useEffect, useRef } from "preact/hooks";
import { bind } from "../ui/keys.ts";

interface Rows {
  count: number;
  selected: number;
  // How many are seen at a time.
  shown: () => number;
  select: (index: number) => void;
  // What Enter does, if it does anything.
  open: (() => void) | undefined;
}

// What takes the keys that the table is pressed with.
export function useRowKeys(rows: Rows): (event: KeyboardEvent) => void {
  const { count, selected, shown, select, open } = rows;
  const move = (by: number) => {
    if (count > 0) select(Math.min(Math.max(selected + by, 0), count - 1));
  };
  const latest = useRef({ move, open });
  latest.current = { move, open };
  useEffect(
    () =>
      bind([
        { key: "j", label: "Next row", act: () => latest.current.move(1) },
        { key: "k", label: "Previous row", act: () => latest.current.move(-1) },
        ...(open
          ? [{ key: "Enter", label: "Open the row", act: () => latest.current.open?.() }]
          : []),
      ]),
    [],
  );
  return (event) => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(shown() - 2, 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -count,
      End: count,
    };
    const by = moves[event.key];
    if (by !== undefined) move(by);
    else if (event.key === "Enter") open?.();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
