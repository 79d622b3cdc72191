// Figures as Plotly has them, out of the API's answers. What is made here is the whole figure: its
// JSON opens in Plotly for Python (plotly.io.from_json) and looks the same there.
import type { Matrix, Row, Series, Top } from "../api_types.ts";
import { sizeOf } from "../chart/bars.tsx";
import { keyText } from "../filter/keys_of_sums.ts";
import type { By } from "../lib/format.ts";
import { DASHES, HEAT_SCALE, SERIES, seriesColour, type Theme } from "../lib/palette.ts";

export interface Figure {
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
}

export const PLOTS = ["bar", "time", "lines", "heat", "scatter", "histogram", "box"] as const;
export type Plot = (typeof PLOTS)[number];
export const PLOT_NAMES: Record<Plot, string> = {
  bar: "Largest values",
  time: "Over time",
  lines: "Filters over time",
  heat: "Field by field",
  scatter: "Each flow, two fields",
  histogram: "Distribution",
  box: "Distribution by value",
};

export interface Look {
  theme: Theme;
  text: string;
  grid: string;
}

const UNITS: Record<By, string> = { bytes: "bytes", packets: "packets", flows: "flows" };

export function layout(
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

// Of each filter its own line, so that they are compared and not added up.
export function linesFigure(
  answers: readonly Series[],
  filters: readonly string[],
  by: By,
  look: Look,
): Figure {
  const step_s = (answers[0]?.step_ns ?? 1e9) / 1e9;
  return {
    data: answers.map((answer, i) => ({
      type: "scatter",
      mode: "lines",
      x: answer.times_ns.map(isoOf),
      y: answer.total,
      name: filters[i] || "everything",
      line: { color: seriesColour(look.theme, i), dash: dashOf(i) },
    })),
    layout: layout(
      `${UNITS[by]} over time by filter`,
      "time (UTC)",
      `${UNITS[by]} in a step of ${step_s} s`,
      look,
      { showlegend: true, legend: { orientation: "h", y: 1.08, yanchor: "bottom" } },
    ),
  };
}

// As Plotly writes it.
const dashOf = (index: number): string =>
  DASHES[index % DASHES.length]!.map((px) => `${px}px`).join(",") || "solid";

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
