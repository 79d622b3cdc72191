// What rules found and what protocols said: events over time, and a table of any length.
import { useMemo } from "preact/hooks";
import * as api from "../api.ts";
import type { Eve } from "../api_types.ts";
import { at } from "../filter/eve_fields.ts";
import { fieldsOf } from "../filter/fields.ts";
import { term } from "../filter/compose.ts";
import { formatTime, formatTimeOfDay, parseTime } from "../lib/clock.ts";
import { formatWhole } from "../lib/format.ts";
import { go, keep, link, place } from "../lib/location.ts";
import type { Cell, Column } from "../table/column.ts";
import { PAGE_ROWS, usePages } from "../table/pages.ts";
import { Table } from "../table/table.tsx";
import { filterScope } from "../time/scope.ts";
import { Caveats, Panel } from "../ui/panel.tsx";
import { zone } from "../ui/zone.ts";
import { summaryOf } from "./event_summary.ts";

const column = (
  id: string,
  title: string,
  path: string,
  field: string,
  widthPx: number,
  more: Partial<Column<Eve>> = {},
): Column<Eve> => ({
  id,
  title,
  widthPx,
  value: (eve) => at(eve, path) as Cell,
  ...(field === "" ? {} : { sort: field }),
  filter: (eve) =>
    field === "" || at(eve, path) === undefined
      ? ""
      : term(field, at(eve, path) as string | number),
  ...more,
});

const host = (path: "src_ip" | "dest_ip") => ({
  isMono: true,
  grows: 1,
  show: (eve: Eve) => (
    <a class="value" tabIndex={-1} href={link({ view: "hosts", item: String(eve[path] ?? "") })}>
      {String(eve[path] ?? "")}
    </a>
  ),
});

const TIME: Column<Eve> = {
  id: "time",
  title: "Time",
  widthPx: 104,
  isMono: true,
  sort: "event.time",
  value: (eve) => eve.timestamp,
  show: (eve) => (
    <time title={formatTime(parseTime(eve.timestamp), zone.value, 6)}>
      {formatTimeOfDay(parseTime(eve.timestamp), zone.value)}
    </time>
  ),
};
const ENDS: Column<Eve>[] = [
  column("proto", "Proto", "proto", "ip.proto", 60),
  column("src", "Source", "src_ip", "ip.src", 120, host("src_ip")),
  column("src_port", "Port", "src_port", "port.src", 56, { isNumber: true, isMono: true }),
  column("dst", "Destination", "dest_ip", "ip.dst", 120, host("dest_ip")),
  column("dst_port", "Port", "dest_port", "port.dst", 56, { isNumber: true, isMono: true }),
];
const ALERTS: Column<Eve>[] = [
  TIME,
  column("severity", "Sev.", "alert.severity", "rule.severity", 46, {
    show: (eve) => (
      <span class="severity" data-severity={Number(at(eve, "alert.severity"))}>
        {String(at(eve, "alert.severity") ?? "")}
      </span>
    ),
    hint: "1 is the gravest",
  }),
  column("rule", "Rule", "alert.signature", "rule.name", 260, { grows: 1 }),
  column("id", "Id", "alert.signature_id", "rule.id", 82, { isNumber: true, isMono: true }),
  column("class", "Class", "alert.category", "rule.classtype", 140),
  ...ENDS,
];
const EVENTS: Column<Eve>[] = [
  TIME,
  column("type", "Type", "event_type", "event.type", 72),
  { id: "info", title: "What", widthPx: 300, grows: 1, value: summaryOf },
  ...ENDS,
];

export function Matches() {
  const type = place.value.more.type ?? "alert";
  const sort = place.value.more.sort ?? "-event.time";
  const { filter, since, until } = place.value;
  const paged = usePages(["events", type, filter, since, until, sort], async (cursor, signal) => {
    const page = await api.events(
      { ...filterScope.peek(), type, sort, limit: PAGE_ROWS, cursor },
      signal,
    );
    return { page, rows: page.events };
  });
  const types = fieldsOf("event").eventTypes;
  const columns = useMemo(() => (type === "alert" ? ALERTS : EVENTS), [type]);
  const all = (format: string) =>
    api.addressWithToken("events", { ...filterScope.value, type, sort, format });
  const title =
    type === "alert" ? "Matches of rules" : type === "all" ? "All events" : `Events of ${type}`;
  return (
    <div class="fill">
      <div class="toolbar">
        <span class="choice" role="group" aria-label="Events">
          <button type="button" aria-pressed={type === "alert"} onClick={() => keep({ type: "" })}>
            Matches
          </button>
          <button type="button" aria-pressed={type === "all"} onClick={() => keep({ type: "all" })}>
            All events
          </button>
        </span>
        <label>
          Of{" "}
          <select
            value={type}
            aria-label="Type of events"
            onChange={(event) =>
              keep({ type: event.currentTarget.value === "alert" ? "" : event.currentTarget.value })
            }
          >
            {["alert", "all", ...types.filter((one) => one !== "alert" && one !== "all")].map(
              (one) => (
                <option key={one}>{one}</option>
              ),
            )}
          </select>
        </label>
      </div>
      <Panel
        title={title}
        class="grow-box"
        asked={paged}
        note={`${formatWhole(paged.rows.length)}${paged.hasMore ? ", more as you scroll" : ""}`}
        tools={
          <span class="toolbar">
            <button type="button" onClick={paged.again}>
              Ask again
            </button>
            <span class="links">
              Export{" "}
              <a href={all("csv")} download="events.csv">
                CSV
              </a>{" "}
              <a href={all("eve")} download="events.json">
                EVE JSON
              </a>
            </span>
          </span>
        }
      >
        <Caveats answer={paged.caveats} />
        <Table
          label={title}
          columns={columns}
          rows={paged.rows}
          rowKey={(eve, i) => `${eve.flow_id} ${eve.timestamp} ${i}`}
          sort={sort}
          onSort={(next) => keep({ sort: next })}
          onOpen={(eve) => go({ view: "flows", item: String(eve.flow_id), filter: "", more: {} })}
          onNearEnd={paged.more}
        />
      </Panel>
    </div>
  );
}
