// Lines over time (uPlot). Dragging zooms the time of the whole page to what was dragged over, a
// double click goes back; the legend tells the values under the pointer, or the last ones.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { formatTime, formatTimeOfDay } from "../lib/clock.ts";
import { DASHES, seriesColour } from "../lib/palette.ts";
import { zoomOut, zoomTo } from "../time/scope.ts";
import { px } from "../ui/px.ts";
import { styleColour, theme } from "../ui/theme.ts";
import { zone } from "../ui/zone.ts";

export interface Line {
  label: string;
  values: readonly (number | null)[];
  // Of the palette; its place in the list without it.
  colour?: number;
  isFilled?: boolean;
}

interface Properties {
  label: string;
  times_ns: readonly number[];
  lines: readonly Line[];
  format: (value: number) => string;
  heightPx: number;
  bounds?: { since_ns: number; until_ns: number };
  // A single line needs no legend.
  hasLegend?: boolean;
  canvas?: (canvas: HTMLCanvasElement) => void;
}

const DIP = 1;
const DRAG_PX_MIN = 4;
// Of the legend, which knows fewer kinds of dashes than a canvas.
const MARKERS = ["solid", "dashed", "dotted", "dashed", "dashed", "dotted", "dotted", "dashed"];

const tint = (colour: string, share: string): string => colour + share;

function seriesOf(line: Line, index: number, format: (value: number) => string): uPlot.Series {
  const colour = seriesColour(theme.value, line.colour ?? index);
  return {
    label: line.label,
    stroke: colour,
    width: 1.25 * DIP,
    dash: [...DASHES[(line.colour ?? index) % DASHES.length]!],
    ...(line.isFilled ? { fill: tint(colour, "24") } : {}),
    // A line of one point would not be seen.
    points: { show: (plot) => plot.data[0].length < 3 },
    value: (_plot, value) => (value == null ? "–" : format(value)),
  };
}

function axis(more: Partial<uPlot.Axis>): uPlot.Axis {
  const grid = { stroke: styleColour("--grid"), width: 1 };
  return {
    stroke: styleColour("--dim"),
    font: "11px system-ui",
    grid,
    ticks: { ...grid, size: 4 },
    ...more,
  };
}

// As much of a time as the steps between the ticks tell apart.
function tick(seconds: number, step: number): string {
  const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : 3;
  const text = formatTime(seconds * 1e9, zone.value, decimals);
  if (step < 1) return text.slice(11);
  if (step >= 86400 || text.endsWith(" 00:00:00")) return text.slice(5, 10);
  return step < 60 ? text.slice(11) : text.slice(11, 16);
}

function options(props: Properties, width: number): uPlot.Options {
  const { lines, format, heightPx, hasLegend = true, bounds } = props;
  return {
    width,
    padding: [8, 4, 0, 0],
    height: heightPx - (hasLegend ? 24 : 0),
    tzDate: (seconds) =>
      zone.value === "utc"
        ? uPlot.tzDate(new Date(seconds * 1000), "UTC")
        : new Date(seconds * 1000),
    scales: {
      x:
        bounds === undefined ? {} : { range: () => [bounds.since_ns / 1e9, bounds.until_ns / 1e9] },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] },
    },
    axes: [
      axis({
        size: 24,
        gap: 3,
        space: (_plot, _axis, low, high) => (high - low < 10 ? 84 : high - low < 300 ? 64 : 44),
        values: (_plot, splits, _axis, _space, step) =>
          splits.map((seconds) => tick(seconds, step)),
      }),
      axis({
        size: 74,
        gap: 4,
        space: 26,
        values: (_plot, splits) => splits.map((value) => (value === 0 ? "0" : format(value))),
      }),
    ],
    series: [
      {
        label: "Time",
        value: (_plot, seconds) => (seconds == null ? "–" : formatTime(seconds * 1e9, zone.value)),
      },
      ...lines.map((line, index) => seriesOf(line, index, format)),
    ],
    legend: {
      show: hasLegend,
      live: true,
      markers: {
        dash: (_plot, index) =>
          MARKERS[((lines[index - 1]?.colour ?? index - 1) + MARKERS.length) % MARKERS.length]!,
      },
    },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 5 },
      sync: { key: "time", setSeries: false },
    },
    hooks: { setSelect: [select] },
  };
}

function select(plot: uPlot): void {
  const { left, width } = plot.select;
  if (width < DRAG_PX_MIN) return;
  const [since, until] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  zoomTo({ since_ns: since * 1e9, until_ns: until * 1e9 });
}

const dataOf = ({ times_ns, lines }: Properties): uPlot.AlignedData =>
  [
    times_ns.map((ns) => ns / 1e9),
    ...lines.map((line) => line.values),
  ] as unknown as uPlot.AlignedData;

// In a sentence, for those who do not see it.
function description({ label, lines, format, times_ns }: Properties): string {
  if (times_ns.length === 0) return `${label}: nothing in this time`;
  const said = lines.map((line) => {
    const values = line.values.filter((value) => value !== null);
    return `${line.label} up to ${format(values.reduce((a, b) => Math.max(a, b), 0))}, last ${format(values[values.length - 1] ?? 0)}`;
  });
  const [first, last] = [times_ns[0]!, times_ns[times_ns.length - 1]!];
  return `${label}, ${formatTimeOfDay(first, zone.value, 0)} to ${formatTimeOfDay(last, zone.value, 0)}: ${said.join("; ")}`;
}

export function TimeChart(props: Properties) {
  const root = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { since_ns, until_ns } = props.bounds ?? {};
  const shape = JSON.stringify([
    props.lines.map((line) => line.label),
    props.heightPx,
    theme.value,
    zone.value,
    since_ns,
    until_ns,
  ]);
  const madeFor = useRef("");
  useEffect(() => {
    const box = root.current!;
    if (plot.current === null || madeFor.current !== shape) {
      plot.current?.destroy();
      madeFor.current = shape;
      plot.current = new uPlot(options(props, box.clientWidth), dataOf(props), box);
      props.canvas?.(plot.current.ctx.canvas);
    } else plot.current.setData(dataOf(props));
  });
  useEffect(() => {
    const box = root.current!;
    const observer = new ResizeObserver(() => {
      const chart = plot.current;
      if (chart !== null && chart.width !== box.clientWidth && box.clientWidth > 0)
        chart.setSize({ width: box.clientWidth, height: chart.height });
    });
    observer.observe(box);
    return () => (observer.disconnect(), plot.current?.destroy(), (plot.current = null));
  }, []);
  return (
    <div
      ref={root}
      class="chart"
      role="img"
      aria-label={description(props)}
      style={{ height: px(props.heightPx) }}
      onDblClick={zoomOut}
    />
  );
}
