// Every value of a flow's records, in groups as EVE has them, to be looked through by name and applied
// as filters.
import { useState } from "preact/hooks";
import type { Eve } from "../api_types.ts";
import { fieldOf, leaves, valueOf } from "../filter/eve_fields.ts";
import { fieldsOf } from "../filter/fields.ts";
import { term } from "../filter/compose.ts";
import { formatBytes, formatDuration } from "../lib/format.ts";
import { Panel } from "../ui/panel.tsx";
import { Value } from "../ui/value.tsx";

interface Leaf {
  path: string;
  value: string | number | boolean;
}

function grouped(record: Eve, sought: string): Map<string, Leaf[]> {
  const groups = new Map<string, Leaf[]>();
  for (const [path, value] of leaves(record)) {
    if (sought !== "" && !`${path} ${value}`.toLowerCase().includes(sought.toLowerCase())) continue;
    const group = path.includes(".") ? path.split(".")[0]! : "record";
    groups.set(group, [...(groups.get(group) ?? []), { path, value }]);
  }
  return groups;
}

// In words, where the number alone says little.
function inWords({ path, value }: Leaf): string {
  if (typeof value !== "number") return "";
  if (
    path.endsWith("_ns_toserver") ||
    path.endsWith("_ns_toclient") ||
    (path.endsWith("_ns") && !/(start|end|time)_ns$/.test(path))
  )
    return formatDuration(value);
  return /bytes|payload/.test(path) && value >= 1000 ? formatBytes(value) : "";
}

export function FlowFields({ records }: { records: readonly Eve[] }) {
  const [sought, setSought] = useState("");
  const [index, setIndex] = useState(0);
  const record = records[Math.min(index, records.length - 1)]!;
  const { names } = fieldsOf("flow");
  const tools = (
    <>
      {records.length > 1 && (
        <select
          aria-label="Record"
          value={String(index)}
          onChange={(event) => setIndex(Number(event.currentTarget.value))}
        >
          {records.map((_, i) => (
            <option key={i} value={String(i)}>
              Record {i + 1} of {records.length}
            </option>
          ))}
        </select>
      )}
      <input
        type="search"
        class="narrow"
        aria-label="Find a field"
        placeholder="Find a field"
        value={sought}
        onInput={(event) => setSought(event.currentTarget.value)}
      />
    </>
  );
  return (
    <Panel title="Fields" tools={tools} class="fields">
      {[...grouped(record, sought)].map(([group, found]) => (
        <table class="facts" key={group}>
          <caption>{group}</caption>
          <tbody>
            {found.map((leaf, i) => {
              const field = fieldOf(leaf.path, names);
              const text = String(leaf.value);
              return (
                <tr key={leaf.path + i}>
                  <th scope="row" class="dim">
                    {group === "record" ? leaf.path : leaf.path.slice(group.length + 1)}
                  </th>
                  <td class="mono">
                    <Value
                      text={text}
                      filter={field === "" ? "" : term(field, valueOf(field, leaf.value))}
                    />{" "}
                    <span class="dim">{inWords(leaf)}</span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ))}
    </Panel>
  );
}
