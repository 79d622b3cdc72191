// Time charts of the overview: of the rates that the event stream brings, or out of the store.
import { useRef } from "preact/hooks";
import * as api from "../api.ts";
import { LOSSES, type Rates } from "../api_types.ts";
import { type Line, TimeChart } from "../chart/time_chart.tsx";
import { formatBitRate, formatCount, formatPacketRate, formatRate } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { rates } from "../live/appliance.ts";
import { bounds, filterScope } from "../time/scope.ts";
import { saveCanvas, saveCsv } from "../ui/export.ts";
import { Caveats, jsonOutput, Panel } from "../ui/panel.tsx";
import { LOSS_NAMES } from "./losses.ts";

const HEIGHT_PX = 168;

interface ChartPanelProperties {
  title: string;
  note?: string;
  times_ns: number[];
  lines: Line[];
  format: (value: number) => string;
  hasLegend?: boolean;
  heightPx?: number;
  asked?: Parameters<typeof Panel>[0]["asked"];
  caveats?: Parameters<typeof Caveats>[0]["answer"];
}

// A chart that can be taken out as CSV, JSON and PNG.
export function ChartPanel({
  title,
  note,
  times_ns,
  lines,
  format,
  hasLegend = lines.length > 1,
  heightPx = HEIGHT_PX,
  asked,
  caveats,
}: ChartPanelProperties) {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const name = `baleen-${title.toLowerCase().replace(/\W+/g, "-")}`;
  const rows = () => times_ns.map((ns, i) => [ns / 1e9, ...lines.map((line) => line.values[i])]);
  const outputs = [
    {
      label: "CSV",
      act: () => saveCsv(name, ["seconds since 1970", ...lines.map((line) => line.label)], rows()),
    },
    jsonOutput(name, { times_ns, lines }),
    { label: "PNG", act: () => canvas.current && saveCanvas(name, canvas.current) },
  ];
  return (
    <Panel title={title} note={note} outputs={outputs} asked={asked} contentPx={heightPx}>
      <TimeChart
        label={title}
        times_ns={times_ns}
        lines={lines}
        format={format}
        heightPx={heightPx}
        bounds={bounds.value}
        hasLegend={hasLegend}
        canvas={(made) => (canvas.current = made)}
      />
      <Caveats answer={caveats ?? null} />
    </Panel>
  );
}

export function LiveCharts() {
  const { since_ns } = bounds.value;
  const shown = rates.value.filter((sample) => sample.time_ns >= since_ns);
  const times_ns = shown.map((sample) => sample.time_ns);
  const line = (
    label: string,
    pick: (sample: Rates) => number,
    more: Partial<Line> = {},
  ): Line => ({ label, values: shown.map(pick), ...more });
  const lossy = LOSSES.filter((cause) => shown.some((sample) => sample.lost_per_s[cause] > 0));
  const losses = (lossy.length > 0 ? lossy : LOSSES.slice(0, 1)).map((cause) =>
    line(LOSS_NAMES[cause].name, (sample) => sample.lost_per_s[cause], {
      colour: LOSSES.indexOf(cause) + 1,
    }),
  );
  return (
    <>
      <ChartPanel
        title="Bits per second"
        times_ns={times_ns}
        format={formatBitRate}
        lines={[line("bits", (s) => s.bits_per_s, { isFilled: true })]}
      />
      <ChartPanel
        title="Packets per second"
        times_ns={times_ns}
        format={formatPacketRate}
        lines={[line("packets", (s) => s.packets_per_s, { isFilled: true })]}
      />
      <ChartPanel
        title="Losses per second"
        note={lossy.length === 0 ? "none" : "by cause"}
        times_ns={times_ns}
        format={formatRate}
        lines={losses}
      />
    </>
  );
}

export function StoredCharts() {
  const scope = filterScope.value;
  const asked = useQuery(["series", scope], async (signal) => {
    const [bytes, packets, flows] = await Promise.all(
      (["bytes", "packets", "flows"] as const).map((by) => api.series({ ...scope, by }, signal)),
    );
    return { bytes: bytes!, packets: packets!, flows: flows! };
  });
  const { bytes, packets, flows } = asked.result ?? {};
  const perSecond = (values: number[] | undefined, step_ns: number, factor = 1) =>
    (values ?? []).map((value) => (value * factor) / (step_ns / 1e9));
  const step = bytes?.step_ns ?? 1e9;
  return (
    <>
      <ChartPanel
        title="Bits per second"
        asked={asked}
        caveats={bytes ?? null}
        times_ns={bytes?.times_ns ?? []}
        format={formatBitRate}
        lines={[{ label: "bits", values: perSecond(bytes?.total, step, 8), isFilled: true }]}
      />
      <ChartPanel
        title="Packets per second"
        asked={asked}
        times_ns={packets?.times_ns ?? []}
        format={formatPacketRate}
        lines={[{ label: "packets", values: perSecond(packets?.total, step), isFilled: true }]}
      />
      <ChartPanel
        title="New flows"
        asked={asked}
        note="in each step"
        times_ns={flows?.times_ns ?? []}
        format={formatCount}
        lines={[{ label: "flows", values: flows?.total ?? [], isFilled: true }]}
      />
    </>
  );
}
