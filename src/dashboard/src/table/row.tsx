// One row of a table. It is drawn again only if something about it has changed: scrolling through
// 100 000 rows draws each of them once as it comes into view.
import { Component } from "preact";
import { openMenu } from "../ui/menu.tsx";
import type { Column } from "./column.ts";

interface Properties<Row> {
  id: string;
  row: Row;
  index: number;
  top: number;
  isSelected: boolean;
  columns: readonly Column<Row>[];
  layout: string;
  tone: string;
  // Depends on the row alone.
  style: Record<string, string> | undefined;
  onSelect: (index: number) => void;
  onOpen: ((row: Row) => void) | undefined;
}

export class TableRow<Row> extends Component<Properties<Row>> {
  override shouldComponentUpdate(next: Properties<Row>): boolean {
    const now = this.props;
    return (
      next.row !== now.row ||
      next.top !== now.top ||
      next.isSelected !== now.isSelected ||
      next.columns !== now.columns ||
      next.index !== now.index ||
      next.tone !== now.tone
    );
  }

  override render({
    id,
    row,
    index,
    top,
    isSelected,
    columns,
    layout,
    tone,
    style,
    onSelect,
    onOpen,
  }: Properties<Row>) {
    const place = { ...style, transform: `translateY(${top}px)`, gridTemplateColumns: layout };
    return (
      <div
        id={id}
        role="row"
        class="row"
        style={place}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        data-tone={tone}
        onClick={() => onSelect(index)}
        onDblClick={() => onOpen?.(row)}
      >
        {columns.map((column) => (
          <TableCell key={column.id} row={row} column={column} />
        ))}
      </div>
    );
  }
}

function TableCell<Row>({ row, column }: { row: Row; column: Column<Row> }) {
  const value = column.value(row);
  const kind = (column.isNumber ? "number" : "") + (column.isMono ? " mono" : "");
  const menu = (event: MouseEvent) =>
    openMenu(event, String(value ?? ""), column.filter?.(row) ?? "", column.menu?.(row));
  return (
    <div role="gridcell" class={kind} onContextMenu={menu}>
      {column.show ? column.show(row) : value === null || value === undefined ? "" : String(value)}
    </div>
  );
}
