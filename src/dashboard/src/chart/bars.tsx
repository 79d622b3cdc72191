// The largest of something, a bar each; a second part of the bar tells what went the other way.
import type { ComponentChildren } from "preact";
import type { Row, Sums } from "../api_types.ts";
import { type By, formatBy, formatShare } from "../lib/format.ts";

export const sizeOf = (sums: Sums, by: By): number =>
  by === "flows"
    ? sums.flows
    : by === "packets"
      ? sums.packets_out + sums.packets_in
      : sums.bytes_out + sums.bytes_in;

const outOf = (sums: Sums, by: By): number =>
  by === "flows" ? sums.flows : by === "packets" ? sums.packets_out : sums.bytes_out;

const ROW_PX = 22;
const GAP_PX = 1;
const BELOW_PX = 8;
export const barsPx = (rows: number): number => rows * (ROW_PX + GAP_PX) - GAP_PX + BELOW_PX;

interface Properties {
  label: string;
  rows: readonly Row[];
  total: number;
  by: By;
  name: (row: Row) => ComponentChildren;
}

export function Bars({ label, rows, total, by, name }: Properties) {
  if (rows.length === 0) return <p class="dim pad">Nothing in this time fits the filter.</p>;
  const high = Math.max(...rows.map((row) => sizeOf(row, by)), 1);
  return (
    <ol class="bars" aria-label={label}>
      {rows.map((row) => {
        const size = sizeOf(row, by);
        const out = size === 0 ? 0 : outOf(row, by) / size;
        return (
          <li key={row.key.join(" ")}>
            <span class="bar-name">{name(row)}</span>
            <span class="meter" aria-hidden="true">
              <span style={{ width: `${(100 * size) / high}%` }}>
                <i style={{ width: `${100 * out}%` }} />
              </span>
            </span>
            <span class="number">{formatBy(by, size)}</span>
            <span class="number dim">{formatShare(size, total)}</span>
          </li>
        );
      })}
    </ol>
  );
}
