// Figures of single flows: one value against another, or how they are distributed.
import type { Eve } from "../api_types.ts";
import { type Figure, layout, type Look, type Plot } from "./figure.ts";
import { valueOfFlow } from "./flow_values.ts";

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
