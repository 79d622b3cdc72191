// The appliance itself: where every packet went, ports and their queues, workers and their rings, the
// store and how long it lasts, and the configuration in effect.
import { TimeChart } from "../chart/time_chart.tsx";
import { formatShare } from "../lib/format.ts";
import { rates, status } from "../live/appliance.ts";
import { Panel } from "../ui/panel.tsx";
import { LedgerPanel } from "./ledger.tsx";
import { StorePanel } from "./store_panel.tsx";
import { Ports } from "./ports.tsx";
import { Workers } from "./workers.tsx";
import { Configuration } from "./configuration.tsx";

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

function RingChart() {
  const shown = rates.value.slice(-900);
  if (shown.length === 0)
    return (
      <Panel title="Fullest ring">
        <p class="dim pad">Nothing is being captured.</p>
      </Panel>
    );
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
