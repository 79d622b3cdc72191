// A table whose rows are all here: sorted by the page, exported as they are.
import { useMemo, useState } from "preact/hooks";
import { type Column, sorted } from "./column.ts";
import { Table } from "./table.tsx";

interface Properties<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string | number;
  initialSort?: string;
  onOpen?: (row: Row) => void;
  onSelect?: (row: Row) => void;
  tone?: (row: Row) => string;
  heightPx?: number;
  empty?: string;
}

export function SimpleTable<Row>({ initialSort = "", rows, columns, ...rest }: Properties<Row>) {
  const [sort, setSort] = useState(initialSort);
  const ordered = useMemo(() => sorted(rows, columns, sort), [rows, columns, sort]);
  return <Table {...rest} columns={columns} rows={ordered} sort={sort} onSort={setSort} />;
}

export const csvOf = <Row,>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): [string[], ReturnType<Column<Row>["value"]>[][]] => [
  columns.map((column) => column.title),
  rows.map((row) => columns.map((column) => column.value(row))),
];
