// The columns of sums: packets and bytes of both directions, flows, and the share of all.
import type { Row } from "../api_types.ts";
import { formatBytes, formatCount, formatShare } from "../lib/format.ts";
import type { Column } from "../table/column.ts";

type Count = "flows" | "packets_out" | "packets_in" | "bytes_out" | "bytes_in";

function sum(id: Count, title: string, hint: string): Column<Row> {
  const show = (row: Row) => (id.startsWith("bytes") ? formatBytes(row[id]) : formatCount(row[id]));
  return {
    id,
    title,
    hint,
    widthPx: 96,
    isNumber: true,
    sort: true,
    value: (row) => row[id],
    show,
  };
}

// `out` and `into`: what the two directions are called.
export function sumsColumns(out: string, into: string, totalBytes: number): Column<Row>[] {
  const bytes = (row: Row) => row.bytes_out + row.bytes_in;
  return [
    {
      id: "bytes",
      title: "Bytes",
      widthPx: 90,
      isNumber: true,
      sort: true,
      value: bytes,
      show: (row) => formatBytes(bytes(row)),
    },
    {
      id: "share",
      title: "Share",
      widthPx: 70,
      isNumber: true,
      value: (row) => bytes(row) / Math.max(totalBytes, 1),
      show: (row) => formatShare(bytes(row), totalBytes),
    },
    {
      id: "direction",
      title: "→ | ←",
      widthPx: 90,
      value: (row) => row.bytes_out / Math.max(bytes(row), 1),
      sort: true,
      hint: `Bytes ${out}, and ${into}`,
      show: (row) => (
        <span class="two-way">
          <i style={{ width: `${(100 * row.bytes_out) / Math.max(bytes(row), 1)}%` }} />
          <i style={{ flex: 1 }} />
        </span>
      ),
    },
    sum("bytes_out", `Bytes ${out}`, ""),
    sum("bytes_in", `Bytes ${into}`, ""),
    sum("packets_out", `Packets ${out}`, ""),
    sum("packets_in", `Packets ${into}`, ""),
    sum("flows", "Flows", "Flows that began"),
  ];
}
