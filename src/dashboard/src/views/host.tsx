// One host: what it sent and received, when, with whom, over which services; and the ways on.
import * as api from "../api.ts";
import type { Host, Row } from "../api_types.ts";
import { Bars, barsPx, sizeOf } from "../chart/bars.tsx";
import { all, hostTerm } from "../filter/compose.ts";
import { keyFilter, keyText } from "../filter/keys_of_sums.ts";
import { formatTime, zoneName } from "../lib/clock.ts";
import { formatBitRate, formatBytes, formatCount } from "../lib/format.ts";
import { link } from "../lib/location.ts";
import { type Asked, useQuery } from "../lib/query.ts";
import { scope as timeScope } from "../time/scope.ts";
import { jsonOutput, Panel } from "../ui/panel.tsx";
import { HostValue, Value } from "../ui/value.tsx";
import { zone } from "../ui/zone.ts";
import { by, ByChoice } from "./by.tsx";
import { HeatPanel } from "./heat_panel.tsx";
import { ChartPanel } from "./overview_charts.tsx";

export function HostPage({ address }: { address: string }) {
  const scope = timeScope.value;
  const asked = useQuery(["host", address, scope], (signal) =>
    api.host(address, { ...scope, limit: 20 }, signal),
  );
  const host = asked.result;
  const of = { asked, address };
  const filter = hostTerm(address);
  const flows = link({ view: "flows", item: "", filter, more: {} });
  return (
    <div class="stack">
      <Panel
        title={`Host ${address}`}
        asked={asked}
        outputs={[jsonOutput(`host-${address}`, host)]}
        class="flow-head"
      >
        {host !== null && <Facts host={host} />}
        <p class="toolbar">
          <a class="button primary" href={flows}>
            Flows
          </a>
          <a
            class="button"
            href={link({ view: "packets", item: "", filter: "", more: { flows: filter } })}
          >
            Packets
          </a>
          <a
            class="button"
            href={link({ view: "graph", item: "", filter: "", more: { around: address } })}
          >
            In the graph
          </a>
          <a class="button" href={link({ view: "matches", item: "", filter, more: {} })}>
            Matches
          </a>
          <a
            class="button"
            href={api.pcapOf({ ...scope, flows: filter })}
            download={`host-${address}.pcapng`}
          >
            pcap
          </a>
        </p>
      </Panel>
      <Traffic filter={filter} />
      <div class="columns three">
        <Largest title="Peers" rows={host?.peers} field="peer" {...of} hasChoice />
        <Largest title="Services" rows={host?.ports} field="port" {...of} />
        <Largest title="Protocols" rows={host?.protocols} field="protocol" {...of} />
      </div>
      <HeatPanel
        title="Applications over time"
        rows="app_proto"
        columns="time"
        filter={filter}
        limit={20}
      />
    </div>
  );
}

function Facts({ host }: { host: Host }) {
  const { sums } = host;
  return (
    <p class="dim">
      Sent <b class="strong">{formatBytes(sums.bytes_out)}</b> in {formatCount(sums.packets_out)}{" "}
      packets, received <b class="strong">{formatBytes(sums.bytes_in)}</b> in{" "}
      {formatCount(sums.packets_in)}, {formatCount(sums.flows)} flows.{" "}
      {host.first_ns > 0 && (
        <>
          Seen from {formatTime(host.first_ns, zone.value)} to{" "}
          {formatTime(host.last_ns, zone.value)} {zoneName(host.last_ns, zone.value)}.
        </>
      )}
    </p>
  );
}

function Traffic({ filter }: { filter: string }) {
  const scope = timeScope.value;
  const asked = useQuery(["host traffic", filter, scope], (signal) =>
    api.series({ ...scope, filter, by: "bytes", field: "app_proto", limit: 6 }, signal),
  );
  const answer = asked.result;
  const perS = (values: number[]) =>
    values.map((value) => (value * 8e9) / (answer?.step_ns ?? 1e9));
  const lines = (answer?.series ?? []).map((one) => ({
    label: one.key.join(" ") || "not known",
    values: perS(one.values),
  }));
  return (
    <ChartPanel
      title="Traffic"
      note="by application"
      asked={asked}
      caveats={answer}
      times_ns={answer?.times_ns ?? []}
      lines={lines}
      format={formatBitRate}
      heightPx={170}
      hasLegend
    />
  );
}

const LARGEST = 12;

interface LargestProperties {
  title: string;
  asked: Asked<unknown>;
  rows: Row[] | undefined;
  field: string;
  address: string;
  hasChoice?: boolean;
}

function Largest({
  title,
  asked,
  rows = [],
  field,
  address,
  hasChoice = false,
}: LargestProperties) {
  const how = by.value;
  const largest = [...rows].sort((a, b) => sizeOf(b, how) - sizeOf(a, how)).slice(0, LARGEST);
  const total = rows.reduce((sum, row) => sum + sizeOf(row, how), 0);
  const name = (row: Row) => {
    if (field === "peer") return <HostValue address={String(row.key[row.key.length - 1])} />;
    const filter = keyFilter(field, row.key);
    return (
      <Value
        text={keyText(field, row.key)}
        filter={filter}
        href={link({ view: "flows", item: "", filter: all(hostTerm(address), filter), more: {} })}
      />
    );
  };
  return (
    <Panel
      title={title}
      asked={asked}
      tools={hasChoice && <ByChoice />}
      contentPx={barsPx(LARGEST)}
    >
      <Bars label={title} rows={largest} total={total} by={how} name={name} />
    </Panel>
  );
}
