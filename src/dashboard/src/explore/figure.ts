// Figures as Plotly has them, out of the API's answers. What is made here is the whole figure: its
// JSON opens in Plotly for Python (plotly.io.from_json) and looks the same there.
import type { Eve, Matrix, Row, Series, Top } from "../api_types.ts";
import { sizeOf } from "../chart/bars.tsx";
import { keyText } from "../filter/keys_of_sums.ts";
import type { By } from "../lib/format.ts";
import { HEAT_SCALE, SERIES, type Theme } from "../lib/palette.ts";
import { valueOfFlow } from "./flow_values.ts";

export interface Figure {
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
}

export const PLOTS = ["bar", "time", "heat", "scatter", "histogram", "box"] as const;
export type Plot = (typeof PLOTS)[number];
export const PLOT_NAMES: Record<Plot, string> = {
  bar: "Largest values",
  time: "Over time",
  heat: "Field by field",
  scatter: "Each flow, two fields",
  histogram: "Distribution",
  box: "Distribution by value",
};

interface Look {
  theme: Theme;
  text: string;
  grid: string;
}

const UNITS: Record<By, string> = { bytes: "bytes", packets: "packets", flows: "flows" };

function layout(
  title: string,
  x: string,
  y: string,
  look: Look,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const axis = (name: string) => ({
    title: { text: name },
    gridcolor: look.grid,
    zerolinecolor: look.grid,
    automargin: true,
  });
  return {
    title: { text: title, font: { size: 14 } },
    font: { size: 12, color: look.text },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    colorway: [...SERIES[look.theme]],
    margin: { l: 70, r: 20, t: 44, b: 60 },
    xaxis: axis(x),
    yaxis: axis(y),
    ...more,
  };
}

// Long names (IPv6) would leave no room for the plot.
const TICK_LETTERS_MAX = 18;
function shortTicks(names: readonly string[]): Record<string, unknown> {
  if (names.every((name) => name.length <= TICK_LETTERS_MAX)) return {};
  const short = names.map((name) =>
    name.length <= TICK_LETTERS_MAX ? name : name.slice(0, TICK_LETTERS_MAX - 1) + "…",
  );
  return { tickvals: [...names], ticktext: short };
}

const isoOf = (ns: number): string => new Date(ns / 1e6).toISOString();

export function barFigure(answer: Top, field: string, by: By, look: Look): Figure {
  const names = answer.rows.map((row: Row) => keyText(field, row.key));
  return {
    data: [{ type: "bar", x: names, y: answer.rows.map((row) => sizeOf(row, by)), name: field }],
    layout: layout(`${UNITS[by]} by ${field}`, field, UNITS[by], look, {
      xaxis: { title: { text: field }, type: "category", ...shortTicks(names), automargin: true },
    }),
  };
}

export function timeFigure(answer: Series, field: string, by: By, look: Look): Figure {
  const x = answer.times_ns.map(isoOf);
  const lines = answer.series.map((one) => ({ name: keyText(field, one.key), y: one.values }));
  const all =
    field === ""
      ? [{ name: "all", y: answer.total }]
      : [...lines, ...(answer.others === undefined ? [] : [{ name: "others", y: answer.others }])];
  return {
    data: all.map((line) => ({ type: "scatter", mode: "lines", stackgroup: "one", x, ...line })),
    layout: layout(
      `${UNITS[by]} over time${field === "" ? "" : ` by ${field}`}`,
      "time (UTC)",
      `${UNITS[by]} in a step of ${answer.step_ns / 1e9} s`,
      look,
    ),
  };
}

export function heatFigure(
  answer: Matrix,
  rows: string,
  columns: string,
  by: By,
  look: Look,
): Figure {
  const x = answer.columns.map((key) => (Array.isArray(key) ? keyText(columns, key) : isoOf(key)));
  const y = answer.rows.map((key) => keyText(rows, key));
  const z = answer.values.map((row) => row.map((value) => (value > 0 ? Math.log10(value) : null)));
  const text = answer.values.map((row) => row.map(String));
  return {
    data: [
      {
        type: "heatmap",
        x,
        y,
        z,
        text,
        hovertemplate: "%{y} × %{x}<br>%{text} " + UNITS[by] + "<extra></extra>",
        colorscale: HEAT_SCALE,
        colorbar: { title: { text: `log10 ${UNITS[by]}` } },
      },
    ],
    layout: layout(`${UNITS[by]}: ${rows} by ${columns}`, columns, rows, look, {
      xaxis: {
        title: { text: columns },
        ...(columns === "time" ? {} : { type: "category", ...shortTicks(x) }),
        automargin: true,
      },
      yaxis: { title: { text: rows }, type: "category", autorange: "reversed", automargin: true },
    }),
  };
}

export const unitOf = (field: string): string =>
  /duration|rtt/.test(field) ? `${field} (s)` : field;

export function flowsFigure(
  flows: readonly Eve[],
  plot: Plot,
  x: string,
  y: string,
  look: Look,
): Figure {
  const points = flows
    .map((eve) => [valueOfFlow(eve, x), valueOfFlow(eve, y), eve.flow_id] as const)
    .filter(([a, b]) => a !== null && (plot === "histogram" || b !== null));
  const xs = points.map(([a]) => a);
  const ys = points.map(([, b]) => b);
  const isLog = (values: readonly unknown[]) =>
    values.length > 0 &&
    values.every((value) => typeof value === "number" && value >= 0) &&
    values.some((value) => (value as number) > 1000);
  if (plot === "histogram")
    return {
      data: [{ type: "histogram", x: xs, name: x }],
      layout: layout(`Flows by ${x}`, unitOf(x), "flows", look),
    };
  if (plot === "box")
    return {
      data: [{ type: "box", x: xs.map(String), y: ys, boxpoints: "outliers", name: y }],
      layout: layout(`${y} by ${x}`, unitOf(x), unitOf(y), look, {
        xaxis: { title: { text: unitOf(x) }, type: "category", automargin: true },
        yaxis: {
          title: { text: unitOf(y) },
          type: isLog(ys) ? "log" : "linear",
          gridcolor: look.grid,
          automargin: true,
        },
      }),
    };
  return {
    data: [
      {
        type: "scatter",
        mode: "markers",
        x: xs,
        y: ys,
        customdata: points.map(([, , id]) => id),
        marker: { size: 5, opacity: 0.6 },
        hovertemplate: "%{x}, %{y}<br>flow %{customdata}<extra></extra>",
      },
    ],
    layout: layout(`${y} against ${x}`, unitOf(x), unitOf(y), look, {
      xaxis: {
        title: { text: unitOf(x) },
        type: isLog(xs) ? "log" : undefined,
        gridcolor: look.grid,
        automargin: true,
      },
      yaxis: {
        title: { text: unitOf(y) },
        type: isLog(ys) ? "log" : undefined,
        gridcolor: look.grid,
        automargin: true,
      },
    }),
  };
}
