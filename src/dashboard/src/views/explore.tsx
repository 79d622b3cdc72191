// Any field against any other, drawn by Plotly, whose bar of tools its users know. The figure can be
// taken along as JSON.
import { useMemo } from "preact/hooks";
import * as api from "../api.ts";
import {
  barFigure,
  type Figure,
  flowsFigure,
  heatFigure,
  type Plot,
  PLOT_NAMES,
  PLOTS,
  timeFigure,
} from "../explore/figure.ts";
import { PlotlyFigure } from "../explore/plot.tsx";
import type { By } from "../lib/format.ts";
import { go, keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { filterScope } from "../time/scope.ts";
import { saveJson } from "../ui/export.ts";
import { Caveats, Panel } from "../ui/panel.tsx";
import { styleColour, theme } from "../ui/theme.ts";
import { by, ByChoice } from "./by.tsx";
import { FieldChoice } from "./heatmaps.tsx";

// Of single flows, a sample of so many of the newest.
const FLOWS_MAX = 2000;
const PAGE = 500;

const DEFAULTS: Record<Plot, [x: string, y: string]> = {
  bar: ["app_proto", ""],
  time: ["app_proto", ""],
  heat: ["ip.src", "port.dst"],
  scatter: ["flow.duration", "flow.bytes"],
  histogram: ["flow.duration", ""],
  box: ["app_proto", "flow.bytes"],
};
const ofFlows = (plot: Plot): boolean =>
  plot === "scatter" || plot === "histogram" || plot === "box";
const hasSecond = (plot: Plot): boolean => plot === "heat" || plot === "scatter" || plot === "box";

type Scope = typeof filterScope.value;
interface Asked {
  figure: (look: Parameters<typeof barFigure>[3]) => Figure;
  answer: Parameters<typeof Caveats>[0]["answer"];
  note: string;
}

async function readFlows(scope: Scope, signal: AbortSignal) {
  const flows = [];
  let cursor: string | undefined;
  do {
    const page = await api.flows({ ...scope, sort: "-flow.start", limit: PAGE, cursor }, signal);
    flows.push(...page.flows);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined && flows.length < FLOWS_MAX);
  return { flows, isAll: cursor === undefined };
}

async function ask(
  plot: Plot,
  x: string,
  y: string,
  how: By,
  scope: Scope,
  signal: AbortSignal,
): Promise<Asked> {
  if (plot === "bar") {
    const answer = await api.top({ ...scope, field: x, by: how, limit: 40 }, signal);
    return { answer, note: "", figure: (look) => barFigure(answer, x, how, look) };
  }
  if (plot === "time") {
    const answer = await api.series({ ...scope, field: x, by: how, limit: 8 }, signal);
    return { answer, note: "", figure: (look) => timeFigure(answer, x, how, look) };
  }
  if (plot === "heat") {
    const answer = await api.matrix({ ...scope, rows: y, columns: x, by: how, limit: 50 }, signal);
    return { answer, note: "", figure: (look) => heatFigure(answer, y, x, how, look) };
  }
  const { flows, isAll } = await readFlows(scope, signal);
  return {
    answer: null,
    note: isAll ? `${flows.length} flows` : `the newest ${flows.length} flows`,
    figure: (look) => flowsFigure(flows, plot, x, y, look),
  };
}

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
  const asked = useQuery(["explore", plot, x, y, how, scope], (signal) =>
    ask(plot, x, y, how, scope, signal),
  );
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
        <FieldChoice
          label={hasSecond(plot) ? "X" : "Field"}
          value={x}
          extra={plot === "heat" ? ["time"] : []}
          onChoose={(field) => keep({ x: field })}
        />
        {hasSecond(plot) && (
          <FieldChoice label="Y" value={y} onChoose={(field) => keep({ y: field })} />
        )}
      </div>
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
