// Ports and their queues: what came in, and what a card has missed.
import * as api from "../api.ts";
import type { Port } from "../api_types.ts";
import { formatBytes, formatCount, formatDuration } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { moment } from "../time/scope.ts";
import { jsonOutput, Panel } from "../ui/panel.tsx";

export function Ports() {
  const asked = useQuery(["ports", moment.value], (signal) => api.ports({}, signal));
  const ports = asked.result?.ports ?? [];
  if (asked.error !== null) return <Panel title="Ports" asked={asked} children={null} />;
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

// A file has none.
function linkOf(port: Port): string {
  if (port.clock === "file") return "–";
  if (port.is_absent) return "absent";
  return port.link_is_up ? "▲ up" : "▽ down";
}

function PortRow({ port }: { port: Port }) {
  const missed =
    port.missed.no_descriptor + port.missed.phy_discard + port.missed.error + port.missed.unpolled;
  const link = linkOf(port);
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
