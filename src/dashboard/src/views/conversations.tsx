// Conversations: which two things have said how much to one another, largest first, as a table and as
// a flow diagram. What "two things" are is chosen: hosts, or any two fields.
import { useMemo } from "preact/hooks";
import * as api from "../api.ts";
import type { Row, Top } from "../api_types.ts";
import { Sankey } from "../chart/sankey.tsx";
import { all } from "../filter/compose.ts";
import { keyFilter, keyText } from "../filter/keys_of_sums.ts";
import { formatWhole } from "../lib/format.ts";
import { go, keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import type { Column } from "../table/column.ts";
import { csvOf, SimpleTable } from "../table/simple.tsx";
import { filterScope } from "../time/scope.ts";
import { saveCsv } from "../ui/export.ts";
import { Caveats, jsonOutput, Panel } from "../ui/panel.tsx";
import { Value } from "../ui/value.tsx";
import { by, ByChoice } from "./by.tsx";
import { sumsColumns } from "./sums_columns.tsx";

const KINDS: [name: string, fields: [string, string], title: string][] = [
  ["pair", ["host", "host"], "Hosts"],
  ["direction", ["ip.src", "ip.dst"], "Clients and servers"],
  ["service", ["ip.src", "port.dst"], "Clients and ports"],
  ["application", ["ip.src", "app_proto"], "Clients and applications"],
  ["server", ["ip.dst", "app_proto"], "Servers and applications"],
];
const LIMIT = 500;
const SANKEY_ROWS = 40;

export function Conversations() {
  const name = place.value.more.kind ?? "pair";
  const [kind, fields] = KINDS.find(([one]) => one === name) ?? KINDS[0]!;
  const scope = filterScope.value;
  const how = by.value;
  const asked = useQuery(["conversations", kind, how, scope], (signal): Promise<Top> => {
    const words = { ...scope, by: how, limit: LIMIT };
    return kind === "pair"
      ? api.conversations(words, signal)
      : api.top({ ...words, field: fields.join(",") }, signal);
  });
  const answer = asked.result;
  const filterOf = (row: Row) =>
    all(keyFilter(fields[0], [row.key[0]!]), keyFilter(fields[1], [row.key[1] ?? ""]));
  const columns = useMemo(() => columnsOf(fields, kind === "pair", answer), [kind, answer]);
  const rows = answer?.rows ?? [];
  const showsDiagram = place.value.more.show === "diagram";
  const outputs = [
    { label: "CSV", act: () => saveCsv(`baleen-${kind}`, ...csvOf(columns, rows)) },
    jsonOutput(`baleen-${kind}`, answer),
  ];
  return (
    <div class="fill">
      <div class="toolbar">
        <span class="choice" role="group" aria-label="Between">
          {KINDS.map(([one, , title]) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === kind}
              onClick={() => keep({ kind: one })}
            >
              {title}
            </button>
          ))}
        </span>
        <span class="choice" role="group" aria-label="Shown as">
          <button type="button" aria-pressed={!showsDiagram} onClick={() => keep({ show: "" })}>
            Table
          </button>
          <button
            type="button"
            aria-pressed={showsDiagram}
            onClick={() => keep({ show: "diagram" })}
          >
            Diagram
          </button>
        </span>
      </div>
      <Panel
        title="Conversations"
        class="grow-box"
        asked={asked}
        outputs={outputs}
        note={`the largest ${formatWhole(showsDiagram ? Math.min(rows.length, SANKEY_ROWS) : rows.length)}`}
        tools={<ByChoice />}
      >
        <Caveats answer={answer} />
        {showsDiagram ? (
          <Sankey rows={rows.slice(0, SANKEY_ROWS)} fields={fields} by={how} filterOf={filterOf} />
        ) : (
          <SimpleTable
            label="Conversations"
            columns={columns}
            rows={rows}
            rowKey={(row) => row.key.join(" ")}
            onOpen={(row) =>
              go({
                view: "flows",
                item: "",
                more: {},
                filter: all(place.value.filter, filterOf(row)),
              })
            }
          />
        )}
      </Panel>
    </div>
  );
}

function columnsOf(fields: [string, string], isPair: boolean, answer: Top | null): Column<Row>[] {
  const end = (index: 0 | 1): Column<Row> => {
    const field = fields[index];
    const text = (row: Row) => keyText(field, [row.key[index] ?? ""]);
    const filter = (row: Row) => keyFilter(field, [row.key[index] ?? ""]);
    return {
      id: `end${index}`,
      title: isPair ? (index === 0 ? "A" : "B") : field,
      widthPx: 170,
      grows: 1,
      isMono: true,
      sort: true,
      value: text,
      filter,
      show: (row) => <Value text={text(row)} filter={filter(row)} />,
    };
  };
  const total = answer === null ? 0 : answer.total.bytes_out + answer.total.bytes_in;
  return [end(0), end(1), ...sumsColumns("A → B", "B → A", total)];
}
