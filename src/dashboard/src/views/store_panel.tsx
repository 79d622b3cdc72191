// The store: what it takes, how far back it reaches, and how long there will be room.
import type { Store } from "../api_types.ts";
import { formatTime, zoneName } from "../lib/clock.ts";
import { formatBytes, formatWhole } from "../lib/format.ts";
import { Meter } from "../ui/meter.tsx";
import { jsonOutput, Panel } from "../ui/panel.tsx";
import { zone } from "../ui/zone.ts";

export function StorePanel({ store }: { store: Store | null }) {
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
