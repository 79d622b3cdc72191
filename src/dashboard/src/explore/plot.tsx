// A Plotly figure on the page. Plotly itself (cartesian, half a megabyte compressed) is fetched when the
// first figure is drawn.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Figure } from "./figure.ts";

interface PlotlyLibrary {
  react(box: HTMLElement, data: unknown[], layout: unknown, config: unknown): Promise<unknown>;
  purge(box: HTMLElement): void;
  Plots: { resize(box: HTMLElement): void };
}
interface PlotlyBox extends HTMLDivElement {
  on?(event: string, act: (event: { points: { customdata?: unknown }[] }) => void): void;
  removeAllListeners?(event: string): void;
}

const CONFIG = {
  responsive: false,
  displaylogo: false,
  scrollZoom: false,
  modeBarButtonsToRemove: ["lasso2d", "select2d"],
  plotlyServerURL: "",
};

let library: Promise<PlotlyLibrary> | null = null;
const load = (): Promise<PlotlyLibrary> =>
  (library ??= import("plotly.js-cartesian-dist-min").then(
    (module) => (module.default ?? module) as PlotlyLibrary,
  ));

export function PlotlyFigure({
  figure,
  onPoint,
}: {
  figure: Figure;
  onPoint: (id: string) => void;
}) {
  const box = useRef<PlotlyBox>(null);
  const [state, setState] = useState<"loading" | "drawn" | "failed">("loading");
  const latest = useRef(onPoint);
  latest.current = onPoint;
  useEffect(() => {
    let isWanted = true;
    load()
      .then(async (plotly) => {
        if (!isWanted || box.current === null) return;
        await plotly.react(box.current, figure.data, { ...figure.layout, autosize: true }, CONFIG);
        box.current?.removeAllListeners?.("plotly_click");
        box.current?.on?.("plotly_click", (event) => {
          const id = event.points[0]?.customdata;
          if (id !== undefined) latest.current(String(id));
        });
        setState("drawn");
      })
      .catch(() => setState("failed"));
    return () => void (isWanted = false);
  }, [figure]);
  useEffect(() => {
    const observer = new ResizeObserver(
      () =>
        void library?.then(
          (plotly) =>
            box.current?.classList.contains("js-plotly-plot") && plotly.Plots.resize(box.current),
        ),
    );
    observer.observe(box.current!);
    const made = box.current!;
    return () => (observer.disconnect(), void library?.then((plotly) => plotly.purge(made)));
  }, []);
  const title = (figure.layout.title as { text: string }).text;
  return (
    <div class="plot">
      {state === "loading" && <p class="dim pad">Loading Plotly …</p>}
      {state === "failed" && (
        <p class="trouble" role="alert">
          Plotly could not be loaded.
        </p>
      )}
      <div ref={box} class="plot-box" role="figure" aria-label={title} data-state={state} />
    </div>
  );
}
