// The appliance itself: where every packet went, ports and their queues, workers and their rings, the
// store and how long it lasts, and the configuration in effect.
import { useState } from "preact/hooks";
import * as api from "../api.ts";
import type { ConfigKey, Port, Store, Worker } from "../api_types.ts";
import { TimeChart } from "../chart/time_chart.tsx";
import { formatTime, zoneName } from "../lib/clock.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  formatWhole,
} from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { rates, status } from "../live/appliance.ts";
import { moment } from "../time/scope.ts";
import { Meter } from "../ui/meter.tsx";
import { jsonOutput, Panel } from "../ui/panel.tsx";
import { zone } from "../ui/zone.ts";
import { LedgerPanel } from "./ledger.tsx";

export function System() {
  return (
    <div class="stack">
      <div class="columns">
        <StorePanel store={status.value?.store ?? null} />
        <RingChart />
      </div>
      <div class="columns">
        <Ports />
        <Workers />
      </div>
      <LedgerPanel />
      <Configuration />
    </div>
  );
}

function StorePanel({ store }: { store: Store | null }) {
  if (store === null)
    return (
      <Panel title="Store">
        <p class="dim pad">The store is not open.</p>
      </Panel>
    );
  const day = (days: number | null) =>
    days === null ? "–" : days >= 3650 ? "more than ten years" : `${days.toFixed(1)} days`;
  const time = (ns: number | null) =>
    ns === null ? "–" : `${formatTime(ns, zone.value)} ${zoneName(ns, zone.value)}`;
  const rows: [string, string][] = [
    ["Folder", store.directory],
    ["Takes", `${formatBytes(store.bytes)} in ${formatWhole(store.slices)} slices`],
    ["From", time(store.first_ns)],
    ["To", time(store.last_ns)],
    ["Grows by", `${formatBytes(store.bytes_per_day)} a day`],
    ["May grow to", formatBytes(store.budget_bytes)],
    ["Then holds", day(store.history_days)],
    ["Oldest slice goes in", day(store.deletion_days)],
    ["Disk is full in", day(store.full_days)],
    ["Damaged slices", formatWhole(store.damaged)],
  ];
  const isShort = store.full_days !== null && store.full_days < 2;
  return (
    <Panel title="Store" outputs={[jsonOutput("baleen-store", store)]}>
      <table class="facts">
        <tbody>
          {rows.map(([name, value]) => (
            <tr
              key={name}
              data-tone={
                (name === "Disk is full in" && isShort) ||
                (name === "Damaged slices" && store.damaged > 0)
                  ? "wrong"
                  : ""
              }
            >
              <th scope="row" class="dim">
                {name}
              </th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="pad">
        <Meter
          value={store.bytes}
          high={Math.min(store.budget_bytes, store.bytes + store.free_bytes)}
          label={`of ${formatBytes(store.budget_bytes)}, ${formatBytes(store.free_bytes)} free on the disk`}
        />
      </div>
    </Panel>
  );
}

function RingChart() {
  const shown = rates.value.slice(-900);
  return (
    <Panel title="Fullest ring" note="share of its capacity, last quarter of an hour">
      <TimeChart
        label="Fullest ring"
        times_ns={shown.map((sample) => sample.time_ns)}
        hasLegend={false}
        heightPx={200}
        format={(value) => formatShare(value, 1)}
        lines={[{ label: "ring", values: shown.map((sample) => sample.ring_fill), isFilled: true }]}
      />
    </Panel>
  );
}

function Ports() {
  const asked = useQuery(["ports", moment.value], (signal) => api.ports({}, signal));
  const ports = asked.result?.ports ?? [];
  return (
    <Panel title="Ports" asked={asked} outputs={[jsonOutput("baleen-ports", ports)]}>
      <div class="scroll-x">
        <table class="facts">
          <thead>
            <tr>
              <th>Port</th>
              <th>Link</th>
              <th class="number">Packets</th>
              <th class="number">Bytes</th>
              <th class="number">Missed</th>
              <th class="number">No buffer</th>
              <th>Clock</th>
              <th class="number">Queues</th>
            </tr>
          </thead>
          <tbody>
            {ports.map((port) => (
              <PortRow key={port.name} port={port} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function PortRow({ port }: { port: Port }) {
  const missed =
    port.missed.no_descriptor + port.missed.phy_discard + port.missed.error + port.missed.unpolled;
  const link = port.is_absent ? "absent" : port.link_is_up ? "▲ up" : "▽ down";
  return (
    <>
      <tr>
        <th scope="row" class="mono">
          {port.name}
        </th>
        <td title={`went up ${port.link_up_count} times, down ${port.link_down_count} times`}>
          {link}
        </td>
        <td class="number">{formatCount(port.wire_packets)}</td>
        <td class="number">{formatBytes(port.wire_bytes)}</td>
        <td
          class={`number ${missed > 0 ? "wrong" : ""}`}
          title={Object.entries(port.missed)
            .map(([cause, count]) => `${cause} ${count}`)
            .join(", ")}
        >
          {formatCount(missed)}
        </td>
        <td class={`number ${port.no_mbuf > 0 ? "wrong" : ""}`}>{formatCount(port.no_mbuf)}</td>
        <td>
          {port.clock}
          {port.clock_error_ns > 0 && (
            <span class="dim"> ±{formatDuration(port.clock_error_ns)}</span>
          )}
        </td>
        <td class="number">{port.queues.length}</td>
      </tr>
      {port.queues.length > 1 && (
        <tr>
          <td colSpan={8} class="dim">
            {port.queues.map((queue, i) => `queue ${i}: ${formatCount(queue.packets)}`).join(" · ")}
          </td>
        </tr>
      )}
    </>
  );
}

function Workers() {
  const asked = useQuery(["workers", moment.value], (signal) => api.workers({}, signal));
  const workers = asked.result?.workers ?? [];
  const packets = (worker: Worker) => worker.counters.received?.packets ?? 0;
  const all = workers.reduce((sum, worker) => sum + packets(worker), 0);
  const busy = (worker: Worker) => {
    const { total = 0, empty = 0 } = worker.counters.poll ?? {};
    return total === 0 ? "–" : formatShare(total - empty, total);
  };
  return (
    <Panel title="Workers" asked={asked} outputs={[jsonOutput("baleen-workers", workers)]}>
      <table class="facts">
        <thead>
          <tr>
            <th>Worker</th>
            <th class="number">Packets</th>
            <th class="number">Share</th>
            <th class="number">Flows</th>
            <th class="number" title="Polls that found packets">
              Polls with packets
            </th>
            <th>Ring</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.worker}>
              <th scope="row">{worker.worker}</th>
              <td class="number">{formatCount(packets(worker))}</td>
              <td class="number dim">{formatShare(packets(worker), all)}</td>
              <td class="number">{formatCount(worker.flows_active)}</td>
              <td class="number">{busy(worker)}</td>
              <td class="meter-cell">
                {worker.ring ? (
                  <Meter
                    value={worker.ring.bytes_waiting}
                    high={worker.ring.capacity_bytes}
                    label={`${formatBytes(worker.ring.bytes_waiting)} of ${formatBytes(worker.ring.capacity_bytes)}`}
                  />
                ) : (
                  <span class="dim">closed</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Configuration() {
  const asked = useQuery(["config"], (signal) => api.config({}, signal));
  const [sought, setSought] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(true);
  const fits = (key: ConfigKey) =>
    (!onlyChanged || !key.is_default) &&
    `${key.key} ${key.description}`.toLowerCase().includes(sought.toLowerCase());
  const keys = (asked.result?.keys ?? []).filter(fits);
  return (
    <Panel
      title="Configuration"
      note={`${keys.length} keys`}
      asked={asked}
      outputs={[jsonOutput("baleen-configuration", asked.result?.keys)]}
      tools={
        <span class="toolbar">
          <label>
            <input
              type="checkbox"
              checked={onlyChanged}
              onChange={() => setOnlyChanged(!onlyChanged)}
            />{" "}
            changed only
          </label>
          <input
            type="search"
            class="narrow"
            aria-label="Find a key"
            placeholder="Find a key"
            value={sought}
            onInput={(event) => setSought(event.currentTarget.value)}
          />
        </span>
      }
    >
      <table class="facts">
        <tbody>
          {keys.map((key) => (
            <tr key={key.key}>
              <th scope="row" class="mono">
                {key.key}
              </th>
              <td class="mono">
                {key.value}
                {!key.is_default && <span class="dim"> instead of {key.default}</span>}
              </td>
              <td class="dim">{key.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {keys.length === 0 && asked.result !== null && (
        <p class="dim pad">
          {onlyChanged ? "Nothing differs from the defaults here." : "No key is called that."}
        </p>
      )}
    </Panel>
  );
}
