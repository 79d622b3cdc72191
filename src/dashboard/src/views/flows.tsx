// Flows, live and out of the store: a chart of when they began, and a table of any length. With an
// item in the address it is the page of one flow.
import { useEffect, useMemo, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Eve } from "../api_types.ts";
import { formatCount, formatWhole } from "../lib/format.ts";
import { go, keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { subscribe } from "../live/stream.ts";
import { columnsOf, ColumnsChoice } from "../table/columns_choice.tsx";
import { PAGE_ROWS, ROWS_MAX, usePages } from "../table/pages.ts";
import { Table } from "../table/table.tsx";
import { filterScope, moves } from "../time/scope.ts";
import { Caveats, Panel } from "../ui/panel.tsx";
import { FLOW_COLUMNS, flowKey, flowTone } from "./flow_columns.tsx";
import { FlowPage } from "./flow.tsx";
import { ChartPanel } from "./overview_charts.tsx";

const NEWEST_FIRST = "-flow.start";
const LIVE_ROWS_MAX = 2000;

export function Flows() {
  const { item } = place.value;
  return item === "" ? <FlowList /> : <FlowPage key={item} id={item} />;
}

// Flows as they end, newest first. A sample where there are many: the server says so in its description.
function useLiveFlows(isOn: boolean): Eve[] {
  const [rows, setRows] = useState<Eve[]>([]);
  useEffect(() => {
    if (!isOn) return;
    let fresh: Eve[] = [];
    const draw = () => {
      if (fresh.length === 0) return;
      const taken = fresh.reverse();
      fresh = [];
      setRows((was) => [...taken, ...was].slice(0, LIVE_ROWS_MAX));
    };
    // Drawn a few times a second, however many come.
    const timer = setInterval(draw, 250);
    const end = subscribe<Eve>("flows", (flow) => fresh.push(flow));
    return () => (end(), clearInterval(timer), setRows([]));
  }, [isOn]);
  return rows;
}

function FlowList() {
  const scope = filterScope.value;
  const sort = place.value.more.sort ?? NEWEST_FIRST;
  // A relative time that is refreshed would take the rows from under the reader: the list asks anew
  // only when filter, time or order are changed, or when it is told to.
  const { filter, since, until } = place.value;
  const paged = usePages(["flows", filter, since, until, sort], async (cursor, signal) => {
    const page = await api.flows({ ...filterScope.peek(), sort, limit: PAGE_ROWS, cursor }, signal);
    return { page, rows: page.flows };
  });
  const isLive = place.value.more.live === "1";
  const live = useLiveFlows(isLive && filter === "");
  // With a filter the stream cannot tell which flows fit: the newest ones are asked for instead.
  const asksAnew = isLive && filter !== "";
  useEffect(() => {
    if (asksAnew) paged.again();
  }, [asksAnew && scope.until]);
  const rows = isLive && filter === "" ? live : paged.rows;
  const columns = useMemo(() => columnsOf("flows", FLOW_COLUMNS), [place.value.more.columns]);
  return (
    <div class="fill">
      <FlowsChart />
      <Panel
        title="Flows"
        class="grow-box"
        asked={isLive ? undefined : paged}
        note={noteOf(rows.length, paged.hasMore, isLive)}
        tools={<Tools columns={columns} isLive={isLive} again={paged.again} sort={sort} />}
      >
        <Caveats answer={paged.caveats} />
        <Table
          label="Flows"
          columns={columns}
          rows={rows}
          rowKey={flowKey}
          sort={isLive ? "" : sort}
          onSort={(by) => keep({ sort: by })}
          onOpen={(eve) => go({ view: "flows", item: String(eve.flow_id), more: {} })}
          onNearEnd={paged.more}
          tone={flowTone}
          empty={isLive ? "Waiting for flows to end." : undefined}
        />
      </Panel>
    </div>
  );
}

function noteOf(count: number, hasMore: boolean, isLive: boolean): string {
  if (isLive) return `${formatWhole(count)}, as they end`;
  if (count >= ROWS_MAX) return `the first ${formatWhole(count)}: narrow the filter, or export`;
  return `${formatWhole(count)}${hasMore ? ", more as you scroll" : ""}`;
}

interface ToolsProperties {
  columns: ReturnType<typeof columnsOf<Eve>>;
  isLive: boolean;
  again: () => void;
  sort: string;
}

function Tools({ columns, isLive, again, sort }: ToolsProperties) {
  const all = (format: string) =>
    api.addressWithToken("flows", { ...filterScope.value, sort, format });
  return (
    <span class="toolbar">
      <button
        type="button"
        aria-pressed={isLive}
        disabled={!moves.value && !isLive}
        onClick={() => keep({ live: isLive ? "" : "1" })}
      >
        Live
      </button>
      <button type="button" onClick={again} disabled={isLive}>
        Ask again
      </button>
      <ColumnsChoice name="flows" all={FLOW_COLUMNS} shown={columns} />
      <span class="links">
        Export{" "}
        <a href={all("csv")} download="flows.csv">
          CSV
        </a>{" "}
        <a href={all("eve")} download="flows.json">
          EVE JSON
        </a>{" "}
        <a
          href={api.pcapOf({
            since: filterScope.value.since,
            until: filterScope.value.until,
            flows: filterScope.value.filter,
          })}
          download="packets.pcapng"
        >
          pcap
        </a>
      </span>
    </span>
  );
}

function FlowsChart() {
  const scope = filterScope.value;
  const asked = useQuery(["flows chart", scope], (signal) =>
    api.series({ ...scope, by: "flows", field: "ip.proto", limit: 5 }, signal),
  );
  const answer = asked.result;
  const lines = (answer?.series ?? []).map((one) => ({
    label: one.key.join(" ") || "other",
    values: one.values,
  }));
  return (
    <ChartPanel
      title="New flows"
      note="by protocol"
      asked={asked}
      times_ns={answer?.times_ns ?? []}
      lines={lines}
      format={formatCount}
      heightPx={132}
      hasLegend
      caveats={answer}
    />
  );
}
