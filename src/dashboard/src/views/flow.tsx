// One flow: what it was in a sentence, when its packets and events were, all that its records say,
// and the way to its packets.
import { useMemo } from "preact/hooks";
import * as api from "../api.ts";
import type { Eve, Flow } from "../api_types.ts";
import { all, hostTerm, term } from "../filter/compose.ts";
import { at } from "../filter/eve_fields.ts";
import { formatTime, zoneName } from "../lib/clock.ts";
import { formatBytes, formatDuration, formatWhole } from "../lib/format.ts";
import { link } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { copy } from "../ui/copy.ts";
import { saveJson } from "../ui/export.ts";
import { Panel } from "../ui/panel.tsx";
import { HostValue, Value } from "../ui/value.tsx";
import { zone } from "../ui/zone.ts";
import { EventLine } from "./event_line.tsx";
import { summaryOf } from "./event_summary.ts";
import { bytesOf, durationOf, packetsOf, similarFilter, startOf } from "./flow_columns.tsx";
import { FlowFields } from "./flow_fields.tsx";
import { FlowTimeline } from "./flow_timeline.tsx";
import { PacketTable } from "./packet_table.tsx";

export function FlowPage({ id }: { id: string }) {
  // Wherever the page's time is: a link to a flow leads to it.
  const asked = useQuery(["flow", id], (signal) => api.flow(id, {}, signal));
  const flow = asked.result;
  if (flow === null || flow.records.length === 0)
    return (
      <div>
        <Panel title={`Flow ${id}`} asked={asked}>
          <p class="dim pad">No record of it is kept.</p>
        </Panel>
      </div>
    );
  return <Known flow={flow} id={id} />;
}

function Known({ flow, id }: { flow: Flow; id: string }) {
  const first = flow.records[0]!;
  return (
    <div class="flow-page">
      <Head flow={flow} first={first} id={id} />
      <div class="columns wide-left">
        <div class="stack">
          <Panel title="Timeline">
            <FlowTimeline flow={flow} />
          </Panel>
          <Events flow={flow} />
          <FlowPackets id={id} />
        </div>
        <FlowFields records={flow.records} />
      </div>
    </div>
  );
}

function Head({ flow, first, id }: { flow: Flow; first: Eve; id: string }) {
  const community = String(at(first, "community_id") ?? "");
  const sum = (of: (eve: Eve) => number) => flow.records.reduce((total, eve) => total + of(eve), 0);
  const said = summaryOf(first);
  const state = at(first, "tcp.conn_state");
  return (
    <section class="panel flow-head" aria-label="Flow">
      <p class="flow-line">
        <b>{String(first.app_proto ?? first.proto ?? "")}</b>{" "}
        <HostValue address={String(first.src_ip)} />
        {first.src_port !== undefined && <span class="mono dim">:{first.src_port}</span>}
        {" → "}
        <HostValue address={String(first.dest_ip)} />
        {first.dest_port !== undefined && <span class="mono dim">:{first.dest_port}</span>}
        {said !== "" && <span class="flow-said">{said}</span>}
      </p>
      <p class="dim">
        {formatTime(startOf(first), zone.value, 6)} {zoneName(startOf(first), zone.value)},{" "}
        {formatDuration(durationOf(first))}, {formatBytes(sum(bytesOf))} in{" "}
        {formatWhole(sum(packetsOf))} packets
        {state !== undefined && (
          <>
            , <Value text={String(state)} filter={term("tcp.conn_state", String(state))} />
          </>
        )}
        {flow.records.length > 1 && `, in ${flow.records.length} records`}
        {!flow.is_whole && ". Not all of it was read in time."}
      </p>
      <p class="toolbar">
        <a class="button primary" href={api.pcapOfFlow(id, {})} download={`flow-${id}.pcapng`}>
          Download pcap
        </a>
        <a class="button" href={link({ view: "packets", item: "", more: { flow: id } })}>
          Packets
        </a>
        <a
          class="button"
          href={link({ view: "flows", item: "", filter: similarFilter(first), more: {} })}
        >
          Similar flows
        </a>
        <a
          class="button"
          href={link({
            view: "flows",
            item: "",
            filter: all(hostTerm(String(first.src_ip)), hostTerm(String(first.dest_ip))),
            more: {},
          })}
        >
          Between these hosts
        </a>
        <a
          class="button"
          href={link({
            view: "graph",
            item: "",
            filter: "",
            more: { around: String(first.src_ip) },
          })}
        >
          Graph
        </a>
        <button type="button" onClick={() => copy(community)} title={community}>
          Copy Community ID
        </button>
        <button type="button" onClick={() => saveJson(`flow-${id}`, flow)}>
          JSON
        </button>
      </p>
    </section>
  );
}

function Events({ flow }: { flow: Flow }) {
  return (
    <Panel title="Events" note={String(flow.events.length)}>
      {flow.events.length === 0 ? (
        <p class="dim pad">No rule has matched, and no parser had anything to say.</p>
      ) : (
        <ul class="events scroll">
          {flow.events.map((event, i) => (
            <EventLine key={i} event={event} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function FlowPackets({ id }: { id: string }) {
  const asked = useQuery(["flow packets", id], (signal) =>
    api.flowPackets(id, { limit: 500 }, signal),
  );
  const packets = useMemo(() => asked.result?.packets ?? [], [asked.result]);
  return (
    <Panel
      title="Packets"
      asked={asked}
      note={
        packets.length > 0 ? `${packets.length}${asked.result?.is_whole ? "" : ", and more"}` : ""
      }
    >
      {asked.error === null && (
        <PacketTable
          packets={packets}
          heightPx={Math.min(300, 48 + 24 * Math.max(packets.length, 2))}
        />
      )}
    </Panel>
  );
}
