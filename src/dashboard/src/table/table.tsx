// A table of any length: header, the rows that are seen, a row that is chosen by j and k, arrows or a
// click, and opened by Enter or a double click.
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { bind } from "../ui/keys.ts";
import { px } from "../ui/px.ts";
import { type Column, nextSort, template, widthOf } from "./column.ts";
import { TableRow } from "./row.tsx";
import { nearsEnd, RowWindow } from "./window.ts";

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
  tone?: (row: Row) => string;
  // Height of all of it; without it the table takes what its box has.
  heightPx?: number;
  empty?: string;
}

function useWindow(element: { current: HTMLElement | null }, count: number): RowWindow {
  const [, draw] = useState(0);
  const rows = useMemo(
    () =>
      new RowWindow(
        ROW_PX,
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

export function Table<Row>(props: Properties<Row>) {
  const { label, columns, rows, rowKey, onOpen, onSelect, onNearEnd, tone, heightPx } = props;
  const id = useId();
  const element = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState(-1);
  const drawn = useWindow(element, rows.length);
  const layout = template(columns);
  const visible = drawn.rows().filter(({ index }) => index < rows.length);
  const last = visible[visible.length - 1]?.index ?? 0;
  useEffect(() => {
    if (nearsEnd(last, rows.length)) onNearEnd?.();
  }, [last, rows.length]);

  const select = (index: number) => {
    setSelected(index);
    if (rows[index] !== undefined) onSelect?.(rows[index]);
  };
  const move = (by: number) => {
    if (rows.length === 0) return;
    const next = Math.min(Math.max(selected + by, 0), rows.length - 1);
    select(next);
    drawn.show(next);
  };
  const openSelected = () => {
    const row = rows[selected];
    if (row !== undefined) onOpen?.(row);
  };
  const latest = useRef({ move, openSelected });
  latest.current = { move, openSelected };
  useEffect(
    () =>
      bind([
        { key: "j", label: "Next row", act: () => latest.current.move(1) },
        { key: "k", label: "Previous row", act: () => latest.current.move(-1) },
        ...(onOpen
          ? [{ key: "Enter", label: "Open the row", act: () => latest.current.openSelected() }]
          : []),
      ]),
    [],
  );

  const press = (event: KeyboardEvent) => {
    if (event.target !== element.current) return;
    const page = Math.max(Math.floor((element.current?.clientHeight ?? 0) / ROW_PX) - 2, 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const by = moves[event.key];
    if (by !== undefined) move(by);
    else if (event.key === "Enter") openSelected();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={element}
      class="table"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={selected >= 0 ? `${id}-${selected}` : undefined}
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
