// Any field against any other, drawn by Plotly, whose bar of tools its users know. The figure can be
// taken along as JSON.
import { useMemo } from "preact/hooks";
import { ask } from "../explore/ask.ts";
import { type Plot, PLOT_NAMES, PLOTS } from "../explore/figure.ts";
import { FilterLines } from "../explore/filter_lines.tsx";
import { isStep, parseLines, STEPS } from "../explore/lines.ts";
import { PlotlyFigure } from "../explore/plot.tsx";
import { go, keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { filterScope } from "../time/scope.ts";
import { saveJson } from "../ui/export.ts";
import { Caveats, Panel } from "../ui/panel.tsx";
import { styleColour, theme } from "../ui/theme.ts";
import { by, ByChoice } from "./by.tsx";
import { FieldChoice } from "./heatmaps.tsx";

const DEFAULTS: Record<Plot, [x: string, y: string]> = {
  bar: ["app_proto", ""],
  time: ["app_proto", ""],
  lines: ["", ""],
  heat: ["ip.src", "port.dst"],
  scatter: ["flow.duration", "flow.bytes"],
  histogram: ["flow.duration", ""],
  box: ["app_proto", "flow.bytes"],
};
const ofFlows = (plot: Plot): boolean =>
  plot === "scatter" || plot === "histogram" || plot === "box";
const isOverTime = (plot: Plot): boolean => plot === "time" || plot === "lines";
const hasSecond = (plot: Plot): boolean => plot === "heat" || plot === "scatter" || plot === "box";

export function Explore() {
  const { more } = place.value;
  const plot = (PLOTS as readonly string[]).includes(more.plot ?? "")
    ? (more.plot as Plot)
    : "heat";
  const [defaultX, defaultY] = DEFAULTS[plot];
  const x = more.x ?? defaultX;
  const y = more.y ?? defaultY;
  const scope = filterScope.value;
  const how = by.value;
  const filters = parseLines(more.lines);
  const step = isStep(more.step) ? more.step : "";
  const question = { plot, x, y, by: how, filters, step, scope };
  const asked = useQuery(["explore", question], (signal) => ask(question, signal));
  const colours = theme.value;
  const figure = useMemo(
    () =>
      asked.result?.figure({
        theme: colours,
        text: styleColour("--text"),
        grid: styleColour("--grid"),
      }) ?? null,
    [asked.result, colours],
  );
  const name = `baleen-${plot}-${x}${hasSecond(plot) ? "-" + y : ""}`.replace(/[/.]/g, "-");
  const outputs =
    figure === null ? [] : [{ label: "Figure (Plotly JSON)", act: () => saveJson(name, figure) }];
  return (
    <div class="fill">
      <Toolbar plot={plot} x={x} y={y} step={step} />
      {plot === "lines" && <FilterLines filters={filters} />}
      <Panel
        title="Explore"
        note={asked.result?.note}
        asked={asked}
        outputs={outputs}
        class="grow-box"
        tools={!ofFlows(plot) && <ByChoice />}
      >
        {figure !== null && (
          <PlotlyFigure
            figure={figure}
            onPoint={(id) => go({ view: "flows", item: id, more: {} })}
          />
        )}
        <Caveats answer={asked.result?.answer ?? null} />
      </Panel>
    </div>
  );
}

interface Chosen {
  plot: Plot;
  x: string;
  y: string;
  step: string;
}

function Toolbar({ plot, x, y, step }: Chosen) {
  return (
    <div class="toolbar">
      <span class="choice" role="group" aria-label="Plot">
        {PLOTS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === plot}
            onClick={() => keep({ plot: one, x: "", y: "" })}
          >
            {PLOT_NAMES[one]}
          </button>
        ))}
      </span>
      {plot !== "lines" && (
        <FieldChoice
          label={hasSecond(plot) ? "X" : "Field"}
          value={x}
          extra={plot === "heat" ? ["time"] : []}
          onChoose={(field) => keep({ x: field })}
        />
      )}
      {hasSecond(plot) && (
        <FieldChoice label="Y" value={y} onChoose={(field) => keep({ y: field })} />
      )}
      {isOverTime(plot) && <StepChoice step={step} />}
    </div>
  );
}

const StepChoice = ({ step }: { step: string }) => (
  <label>
    Step{" "}
    <select value={step} onChange={(event) => keep({ step: event.currentTarget.value })}>
      {STEPS.map((one) => (
        <option key={one} value={one}>
          {one || "as fits"}
        </option>
      ))}
    </select>
  </label>
);
