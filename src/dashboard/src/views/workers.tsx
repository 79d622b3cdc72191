// Workers: their share of the packets, and how full their rings are.
import * as api from "../api.ts";
import type { Worker } from "../api_types.ts";
import { formatBytes, formatCount, formatShare } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { moment } from "../time/scope.ts";
import { Meter } from "../ui/meter.tsx";
import { jsonOutput, Panel } from "../ui/panel.tsx";

export function Workers() {
  const asked = useQuery(["workers", moment.value], (signal) => api.workers({}, signal));
  const workers = asked.result?.workers ?? [];
  if (asked.error !== null) return <Panel title="Workers" asked={asked} children={null} />;
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
