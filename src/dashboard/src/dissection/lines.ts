// The lines of a list that comes page by page, in any order: how many there are is known beforehand
// where nothing is filtered, and becomes known at the last page otherwise.
import type { DissectedLine, DissectedList } from "../api_types.ts";

export const PAGE_LINES = 200;
// So many before the end of what is here the next page is asked for.
const AHEAD = 100;

export interface Lines {
  columns: readonly string[];
  rows: readonly DissectedLine[];
  isLast: boolean;
}

export const NO_LINES: Lines = { columns: [], rows: [], isLast: false };

const waiting = (number: number): DissectedLine => ({
  number,
  columns: [],
  background: null,
  foreground: null,
});
export const isHere = (line: DissectedLine): boolean => line.columns.length > 0;

// As many as there are, none of them here yet.
export const awaited = (total: number): Lines => ({
  columns: [],
  rows: Array.from({ length: total }, (_, i) => waiting(i + 1)),
  isLast: true,
});

// With a page that has come.
export function placed(lines: Lines, skip: number, list: DissectedList): Lines {
  const rows = lines.rows.slice();
  list.packets.forEach((line, i) => (rows[skip + i] = line));
  if (list.is_last) rows.length = skip + list.packets.length;
  return { columns: list.columns, rows, isLast: list.is_last || lines.isLast };
}

// What to ask for when these rows are seen: how many lines to skip, for each page.
export function wanted(lines: Lines, first: number, last: number): number[] {
  const { rows, isLast } = lines;
  const skips: number[] = [];
  for (let skip = first - (first % PAGE_LINES); skip <= last && skip < rows.length;) {
    const end = Math.min(skip + PAGE_LINES, rows.length);
    for (let at = skip; at < end; at++)
      if (!isHere(rows[at]!)) {
        skips.push(skip);
        break;
      }
    skip += PAGE_LINES;
  }
  if (!isLast && last >= rows.length - AHEAD) skips.push(rows.length);
  return skips;
}

// Where a packet stands; -1 if it is not among the lines. They are in the order of their numbers.
export function indexOf(lines: Lines, number: number): number {
  let from = 0;
  let to = lines.rows.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (lines.rows[middle]!.number < number) from = middle + 1;
    else to = middle;
  }
  return lines.rows[from]?.number === number ? from : -1;
}
