// Which columns a table shows, and in which order: kept in the address, so that a link shows the same,
// and in the browser for the next time.
import { keep, place } from "../lib/location.ts";
import { useRef } from "preact/hooks";
import { chosen, type Column } from "./column.ts";

const keyOf = (name: string): string => `baleen.columns.${name}`;
const split = (text: string): string[] => text.split(",").filter((word) => word !== "");

export function columnsOf<Row>(name: string, all: readonly Column<Row>[]): Column<Row>[] {
  const words = place.value.more.columns ?? localStorage.getItem(keyOf(name)) ?? "";
  return chosen(all, split(words));
}

function save(name: string, ids: string[]): void {
  localStorage.setItem(keyOf(name), ids.join(","));
  keep({ columns: ids.join(",") });
}

function forget(name: string): void {
  localStorage.removeItem(keyOf(name));
  keep({ columns: "" });
}

interface Properties<Row> {
  name: string;
  all: readonly Column<Row>[];
  shown: readonly Column<Row>[];
}

export function ColumnsChoice<Row>({ name, all, shown }: Properties<Row>) {
  const details = useRef<HTMLDetailsElement>(null);
  const ids = shown.map((column) => column.id);
  const toggle = (id: string) => {
    const next = ids.includes(id)
      ? ids.filter((one) => one !== id)
      : all.map((c) => c.id).filter((one) => one === id || ids.includes(one));
    if (next.length > 0) save(name, next);
  };
  return (
    <details
      class="columns-choice"
      ref={details}
      onFocusOut={(event) => {
        if (!details.current?.contains(event.relatedTarget as Node | null))
          details.current?.removeAttribute("open");
      }}
    >
      <summary>Columns</summary>
      <div tabIndex={-1}>
        {all.map((column) => (
          <label key={column.id}>
            <input
              type="checkbox"
              checked={ids.includes(column.id)}
              onChange={() => toggle(column.id)}
            />{" "}
            {column.title} {column.id.endsWith("_port") && column.id.split("_")[0]}
          </label>
        ))}
        <button type="button" onClick={() => forget(name)}>
          As at first
        </button>
      </div>
    </details>
  );
}
