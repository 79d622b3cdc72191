// The host graph: who talks to whom, in communities, laid out by the server; and what graph theory
// says of it.
import { useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import { AboutGraph } from "../graph/about.tsx";
import { GraphCanvas } from "../graph/canvas.tsx";
import { Communities } from "../graph/communities.tsx";
import { Controls } from "../graph/controls.tsx";
import { Scrub } from "../graph/scrub.tsx";
import { settings } from "../graph/settings.ts";
import { type GraphAsked, useGraph } from "../graph/use_graph.ts";
import { keep } from "../lib/location.ts";
import { saveCanvas } from "../ui/export.ts";
import { jsonOutput, type Output, Panel } from "../ui/panel.tsx";

const FILES = ["graphml", "gexf", "node-link", "dot", "csv"];

type GetCanvas = () => HTMLCanvasElement;

const outputsOf = (
  { graph, scope }: GraphAsked,
  canvas: { current: GetCanvas | null },
): Output[] => [
  jsonOutput("baleen-graph", graph),
  ...FILES.map((format) => ({
    label: format,
    act: () =>
      open(api.addressWithToken("graph", { ...scope, layout: true, communities: true, format })),
  })),
  { label: "PNG", act: () => canvas.current && saveCanvas("baleen-graph", canvas.current()) },
];

export function GraphView() {
  const chosen = settings();
  const [selected, setSelected] = useState(chosen.around);
  const [community, setCommunity] = useState<number | null>(null);
  const canvas = useRef<GetCanvas | null>(null);
  const all = useGraph(chosen);
  const { graph, path, diff } = all;
  const marks = useMemo(
    () => ({
      selected,
      community,
      path: path.result?.nodes ?? [],
      fresh: new Set(diff.result?.new_nodes ?? []),
    }),
    [selected, community, path.result, diff.result],
  );

  const expand = (id: string) => (setSelected(id), all.expand(id));
  const select = (id: string) => {
    setSelected(id);
    if (chosen.tab === "path" && id !== "" && chosen.from !== "" && chosen.to === "")
      keep({ to: id });
    else if (id !== "" && chosen.tab !== "table") keep({ tab: "" });
  };
  const note = graph === null ? "" : `${graph.nodes.length} nodes, ${graph.edges.length} edges`;
  return (
    <div class="fill">
      <Controls />
      <div class="split graph-split">
        <Panel
          title="Host graph"
          note={note}
          asked={all.asked}
          outputs={outputsOf(all, canvas)}
          class="grow-box"
        >
          {graph !== null && graph.nodes.length === 0 && (
            <p class="dim pad">Nobody talks to anybody in this time.</p>
          )}
          {graph !== null && graph.nodes.length > 0 && (
            <GraphCanvas
              answer={graph}
              by={chosen.by}
              metrics={all.metrics}
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
        <AboutGraph
          chosen={chosen}
          of={all}
          selected={selected}
          onSelect={setSelected}
          onExpand={expand}
        />
      </div>
      <Scrub />
    </div>
  );
}
