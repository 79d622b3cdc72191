// A table of any length: header, the rows that are seen, a row that is chosen by j and k, arrows or
// a click, and opened by Enter or a double click.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { px } from "../ui/px.ts";
import { type Column, nextSort, template, widthOf } from "./column.ts";
import { TableRow } from "./row.tsx";
import { useRowKeys } from "./use_row_keys.ts";
import { useWindow } from "./use_window.ts";
import { nearsEnd, type RowWindow } from "./window.ts";

const ROW_PX = 24;

interface Properties<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string | number;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: Row) => void;
  onSelect?: (row: Row) => void;
  onNearEnd?: () => void;
  // Rows from the first to the last that are drawn, whenever they are others.
  onSeen?: (first: number, last: number) => void;
  // Which row is chosen, where the page says so; the table itself otherwise.
  selected?: number;
  tone?: (row: Row) => string;
  rowStyle?: (row: Row) => Record<string, string> | undefined;
  // Height of all of it; without it the table takes what its box has.
  heightPx?: number;
  empty?: string;
}

// The page hears which rows are drawn; the table shows the row that the page has chosen.
function useFollowing<Row>(
  { rows, selected = -1, onNearEnd, onSeen }: Properties<Row>,
  drawn: RowWindow,
  first: number,
  last: number,
): void {
  useEffect(() => {
    if (nearsEnd(last, rows.length)) onNearEnd?.();
  }, [last, rows.length]);
  useEffect(() => onSeen?.(first, last), [first, last, rows]);
  useEffect(() => {
    if (selected >= 0) drawn.show(selected);
  }, [selected]);
}

export function Table<Row>(props: Properties<Row>) {
  const { label, columns, rows, rowKey, onOpen, onSelect, tone, heightPx } = props;
  const id = useId();
  const element = useRef<HTMLDivElement>(null);
  const [own, setOwn] = useState(-1);
  const selected = props.selected ?? own;
  const drawn = useWindow(element, rows.length, ROW_PX);
  const layout = template(columns);
  const visible = drawn.rows().filter(({ index }) => index < rows.length);
  const isDrawn = visible.some(({ index }) => index === selected);
  const first = visible[0]?.index ?? 0;
  const last = visible[visible.length - 1]?.index ?? 0;
  useFollowing(props, drawn, first, last);

  const select = (index: number) => {
    setOwn(index);
    if (rows[index] !== undefined) onSelect?.(rows[index]);
  };
  const press = useRowKeys({
    count: rows.length,
    selected,
    shown: () => Math.floor((element.current?.clientHeight ?? 0) / ROW_PX),
    select: (index) => (select(index), drawn.show(index)),
    open: onOpen && (() => rows[selected] !== undefined && onOpen(rows[selected])),
  });

  return (
    <div
      ref={element}
      class="table"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={isDrawn ? `${id}-${selected}` : undefined}
      style={heightPx ? { flex: "none", height: px(heightPx) } : undefined}
      onKeyDown={press}
    >
      <div
        class="table-body"
        style={{ minWidth: px(widthOf(columns)), height: px(drawn.heightPx + ROW_PX) }}
      >
        <Header {...props} layout={layout} />
        <div role="rowgroup">
          {visible.map(({ index, top }) => (
            <TableRow
              key={rowKey(rows[index]!, index)}
              id={`${id}-${index}`}
              row={rows[index]!}
              index={index}
              top={top}
              isSelected={index === selected}
              columns={columns}
              layout={layout}
              tone={tone?.(rows[index]!) ?? ""}
              style={props.rowStyle?.(rows[index]!)}
              onSelect={select}
              onOpen={onOpen}
            />
          ))}
        </div>
      </div>
      {rows.length === 0 && (
        <p class="table-empty dim">{props.empty ?? "Nothing in this time fits the filter."}</p>
      )}
    </div>
  );
}

function Header<Row>({ columns, layout, sort = "", onSort }: Properties<Row> & { layout: string }) {
  const by = (column: Column<Row>) => (column.sort === true ? column.id : column.sort);
  const order = (column: Column<Row>) =>
    sort === by(column) ? "ascending" : sort === `-${by(column)}` ? "descending" : "none";
  return (
    <div role="rowgroup" class="table-head">
      <div role="row" class="row head" aria-rowindex={1} style={{ gridTemplateColumns: layout }}>
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            class={column.isNumber ? "number" : ""}
            title={column.hint}
            aria-sort={column.sort ? order(column) : undefined}
          >
            {column.sort && onSort ? (
              <button
                type="button"
                class="plain"
                onClick={() => onSort(nextSort(sort, by(column)!))}
              >
                {column.title}
                <span aria-hidden="true" class="sort">
                  {{ ascending: "▲", descending: "▼", none: "" }[order(column)]}
                </span>
              </button>
            ) : (
              column.title
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
