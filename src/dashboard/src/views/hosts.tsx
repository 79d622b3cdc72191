// Hosts: the largest ones, and with an item in the address the page of one.
import { useMemo } from "preact/hooks";
import * as api from "../api.ts";
import type { Row } from "../api_types.ts";
import { hostTerm } from "../filter/compose.ts";
import { formatWhole } from "../lib/format.ts";
import { go, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import type { Column } from "../table/column.ts";
import { csvOf, SimpleTable } from "../table/simple.tsx";
import { filterScope } from "../time/scope.ts";
import { saveCsv } from "../ui/export.ts";
import { Caveats, jsonOutput, Panel } from "../ui/panel.tsx";
import { HostValue } from "../ui/value.tsx";
import { by, ByChoice } from "./by.tsx";
import { HostPage } from "./host.tsx";
import { sumsColumns } from "./sums_columns.tsx";

const LIMIT = 1000;

export function Hosts() {
  const { item } = place.value;
  return item === "" ? <HostList /> : <HostPage key={item} address={item} />;
}

const nameColumn: Column<Row> = {
  id: "host",
  title: "Host",
  widthPx: 200,
  grows: 1,
  isMono: true,
  sort: true,
  value: (row) => String(row.key[0]),
  show: (row) => <HostValue address={String(row.key[0])} />,
  filter: (row) => hostTerm(String(row.key[0])),
};

function HostList() {
  const scope = filterScope.value;
  const how = by.value;
  const asked = useQuery(["hosts", scope, how], (signal) =>
    api.hosts({ ...scope, by: how, limit: LIMIT }, signal),
  );
  const answer = asked.result;
  const columns = useMemo(
    () => [
      nameColumn,
      ...sumsColumns(
        "sent",
        "received",
        answer === null ? 0 : answer.total.bytes_out + answer.total.bytes_in,
      ),
    ],
    [answer?.total.bytes_out, answer?.total.bytes_in],
  );
  const rows = answer?.rows ?? [];
  const outputs = [
    { label: "CSV", act: () => saveCsv("baleen-hosts", ...csvOf(columns, rows)) },
    jsonOutput("baleen-hosts", answer),
  ];
  return (
    <div class="fill">
      <Panel
        title="Hosts"
        class="grow-box"
        asked={asked}
        outputs={outputs}
        note={`the largest ${formatWhole(rows.length)}`}
        tools={<ByChoice />}
      >
        <Caveats answer={answer} />
        <SimpleTable
          label="Hosts"
          columns={columns}
          rows={rows}
          rowKey={(row) => String(row.key[0])}
          onOpen={(row) => go({ view: "hosts", item: String(row.key[0]) })}
        />
      </Panel>
    </div>
  );
}
