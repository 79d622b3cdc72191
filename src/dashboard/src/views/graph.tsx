// The host graph: who talks to whom, in communities, laid out by the server; and what graph theory
// says of it.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Graph } from "../api_types.ts";
import { GraphCanvas } from "../graph/canvas.tsx";
import { isOwn, merged, type Metrics } from "../graph/model.ts";
import { PathForm } from "../graph/path_form.tsx";
import { Scrub } from "../graph/scrub.tsx";
import { scrubbed, windowOf } from "../graph/window.ts";
import { Communities } from "../graph/communities.tsx";
import { NodeFacts } from "../graph/node_facts.tsx";
import { NodeTable } from "../graph/node_table.tsx";
import { DiffList, ScanList } from "../graph/side.tsx";
import { keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { secondsWord } from "../time/range.ts";
import { bounds, moves } from "../time/scope.ts";
import { saveCanvas } from "../ui/export.ts";
import { jsonOutput, type Output, Panel } from "../ui/panel.tsx";
import { Controls } from "../graph/controls.tsx";
import { GraphFacts } from "../graph/graph_facts.tsx";
import { settings, type Tab } from "../graph/settings.ts";
import { useDiff } from "../graph/use_diff.ts";

const TABS: [tab: Tab, title: string][] = [
  ["node", "Node"],
  ["table", "Table"],
  ["path", "Path"],
  ["diff", "Changes"],
  ["scans", "Scans"],
];
const FILES = ["graphml", "gexf", "node-link", "dot", "csv"];
const NO_METRICS: Metrics = new Map();

// A window that moves with the present would be asked for every few seconds: graphs are asked for in
// steps of a sixtieth of their length.
function steady(ns: number, length: number): number {
  const step = Math.max(length / 60, 1e9);
  return moves.value ? Math.floor(ns / step) * step : ns;
}

export function GraphView() {
  const chosen = settings();
  const [selected, setSelected] = useState(chosen.around);
  const [community, setCommunity] = useState<number | null>(null);
  const [extra, setExtra] = useState<{ around: string; graph: Graph }[]>([]);
  const canvas = useRef<(() => HTMLCanvasElement) | null>(null);

  const window = windowOf(bounds.value, scrubbed(place.value.more));
  const length = window.until_ns - window.since_ns;
  const scope = {
    filter: place.value.filter,
    since: secondsWord(steady(window.since_ns, length)),
    until: secondsWord(steady(window.until_ns, length)),
    group: chosen.group,
    top: chosen.top,
    around: chosen.around,
    hops: chosen.around === "" ? undefined : chosen.hops,
  };
  const asked = useQuery(["graph", scope], (signal) =>
    api.graph({ ...scope, layout: true, communities: true }, signal),
  );
  const wantsMetrics = !isOwn(chosen.by) || chosen.tab === "table";
  const measured = useQuery(wantsMetrics ? ["graph metrics", scope] : null, (signal) =>
    api.graphMetrics({ ...scope, limit: chosen.top }, signal),
  );
  const path = useQuery(["graph path", scope, chosen.from, chosen.to], async (signal) =>
    chosen.from === "" || chosen.to === ""
      ? null
      : api.graphPath({ ...scope, from: chosen.from, to: chosen.to }, signal),
  );
  const diff = useDiff(chosen.tab === "diff", window);
  const scans = useQuery(
    chosen.tab === "scans" ? ["scans", scope.since, scope.until, scope.filter] : null,
    (signal) =>
      api.graphScans({ since: scope.since, until: scope.until, filter: scope.filter }, signal),
  );

  useEffect(() => setExtra([]), [JSON.stringify(scope)]);
  const graph = useMemo(
    () =>
      asked.result === null
        ? null
        : extra.reduce((sum, one) => merged(sum, one.graph, one.around), asked.result),
    [asked.result, extra],
  );
  const metrics = useMemo<Metrics>(
    () =>
      measured.result === null
        ? NO_METRICS
        : new Map(
            measured.result.nodes.map(({ id, ...values }) => [
              id,
              values as Record<string, number>,
            ]),
          ),
    [measured.result],
  );
  const marks = useMemo(
    () => ({
      selected,
      community,
      path: path.result?.nodes ?? [],
      fresh: new Set(diff.result?.new_nodes ?? []),
    }),
    [selected, community, path.result, diff.result],
  );

  const expand = (id: string) => {
    setSelected(id);
    void api
      .graph({ ...scope, around: id, hops: 1, top: 100, layout: false, communities: false })
      .then(
        (more) => setExtra((was) => [...was, { around: id, graph: more }]),
        () => {},
      );
  };
  const select = (id: string) => {
    setSelected(id);
    if (chosen.tab === "path" && id !== "" && chosen.from !== "" && chosen.to === "")
      keep({ to: id });
    else if (id !== "" && chosen.tab !== "table") keep({ tab: "" });
  };
  const files: Output[] = FILES.map((format) => ({
    label: format,
    act: () =>
      open(api.addressWithToken("graph", { ...scope, layout: true, communities: true, format })),
  }));
  const outputs: Output[] = [
    jsonOutput("baleen-graph", graph),
    ...files,
    { label: "PNG", act: () => canvas.current && saveCanvas("baleen-graph", canvas.current()) },
  ];
  const note = graph === null ? "" : `${graph.nodes.length} nodes, ${graph.edges.length} edges`;
  return (
    <div class="fill">
      <Controls />
      <div class="split graph-split">
        <Panel title="Host graph" note={note} asked={asked} outputs={outputs} class="grow-box">
          {graph !== null && graph.nodes.length === 0 && (
            <p class="dim pad">Nobody talks to anybody in this time.</p>
          )}
          {graph !== null && graph.nodes.length > 0 && (
            <GraphCanvas
              answer={graph}
              by={chosen.by}
              metrics={metrics}
              marks={marks}
              onSelect={select}
              onExpand={expand}
              canvasOf={(get) => (canvas.current = get)}
            />
          )}
          {graph !== null && (
            <Communities nodes={graph.nodes} chosen={community} onChoose={setCommunity} />
          )}
        </Panel>
        <section class="panel graph-side" aria-label="About the graph">
          <div class="choice" role="group" aria-label="Show">
            {TABS.map(([tab, title]) => (
              <button
                key={tab}
                type="button"
                aria-pressed={chosen.tab === tab}
                onClick={() => keep({ tab: tab === "node" ? "" : tab })}
              >
                {title}
              </button>
            ))}
          </div>
          {graph !== null && chosen.tab === "node" && (
            <NodeFacts
              graph={graph}
              id={selected}
              metrics={metrics}
              onExpand={expand}
              onPathFrom={(id) => keep({ tab: "path", from: id, to: "" })}
            />
          )}
          {graph !== null && chosen.tab === "table" && (
            <NodeTable graph={graph} metrics={measured.result} onSelect={setSelected} />
          )}
          {chosen.tab === "path" && (
            <PathForm
              key={chosen.from + chosen.to}
              ends={chosen}
              nodes={graph?.nodes.map((node) => node.id) ?? []}
              asked={path}
              onChoose={(from, to) => keep({ from, to })}
            />
          )}
          {chosen.tab === "diff" &&
            (diff.result === null ? (
              <p class="dim pad">{diff.error?.message ?? "Comparing with the window before …"}</p>
            ) : (
              <DiffList diff={diff.result} />
            ))}
          {chosen.tab === "scans" &&
            (scans.result === null ? (
              <p class="dim pad">{scans.error?.message ?? "Asking …"}</p>
            ) : (
              <ScanList scans={scans.result.scans} />
            ))}
          <GraphFacts values={measured.result?.graph} />
        </section>
      </div>
      <Scrub />
    </div>
  );
}
