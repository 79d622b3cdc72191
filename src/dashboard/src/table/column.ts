// What a table shows of a row, and what can be done with it. The same list makes the header, the
// cells, the export, and the choice of columns.
import type { ComponentChildren } from "preact";
import type { Item } from "../ui/menu.tsx";

export type Cell = string | number | boolean | null | undefined;

export interface Column<Row> {
  id: string;
  title: string;
  // What the header says of it when asked.
  hint?: string;
  widthPx: number;
  // Takes this many parts of what is left of the width.
  grows?: number;
  isNumber?: boolean;
  isMono?: boolean;
  // As a file has it, and as the menu copies it.
  value: (row: Row) => Cell;
  // As the page has it; without it, the value.
  show?: (row: Row) => ComponentChildren;
  // The term that says the value in a filter; "" if none does.
  filter?: (row: Row) => string;
  // What else the menu of the value offers.
  menu?: (row: Row) => Item[];
  // What the API sorts by, or true where the page does.
  sort?: string | true;
  // Not shown until somebody asks for it.
  isExtra?: boolean;
}

export function template<Row>(columns: readonly Column<Row>[]): string {
  return columns
    .map((c) => (c.grows ? `minmax(${c.widthPx}px, ${c.grows}fr)` : `${c.widthPx}px`))
    .join(" ");
}

export function widthOf<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, column) => sum + column.widthPx, 0);
}

// The columns that a list of ids names, in its order; unknown ids are passed over.
export function chosen<Row>(
  columns: readonly Column<Row>[],
  ids: readonly string[] | null,
): Column<Row>[] {
  if (ids === null || ids.length === 0) return columns.filter((column) => !column.isExtra);
  const found = ids
    .map((id) => columns.find((column) => column.id === id))
    .filter((c) => c !== undefined);
  return found.length > 0 ? found : columns.filter((column) => !column.isExtra);
}

// By what a header click asks for: largest first, then the other way round.
export function nextSort(sort: string, by: string): string {
  return sort === `-${by}` ? by : `-${by}`;
}

export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: string,
): readonly Row[] {
  const id = sort.replace(/^-/, "");
  const column = columns.find((one) => one.id === id);
  if (column === undefined) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(column.value(a), column.value(b)));
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""), "en", { numeric: true });
}
