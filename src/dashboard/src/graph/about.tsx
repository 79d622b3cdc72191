// Beside the graph, one of: the node that is chosen, a table of all, a path, what is new, scanners.
import type { ComponentChildren } from "preact";
import { GraphFacts } from "./graph_facts.tsx";
import { NodeFacts } from "./node_facts.tsx";
import { NodeTable } from "./node_table.tsx";
import { PathForm } from "./path_form.tsx";
import type { Settings, Tab } from "./settings.ts";
import { DiffList, ScanList } from "./side.tsx";
import type { GraphAsked } from "./use_graph.ts";
import { keep } from "../lib/location.ts";
import type { Asked } from "../lib/query.ts";

const TABS: [tab: Tab, title: string][] = [
  ["node", "Node"],
  ["table", "Table"],
  ["path", "Path"],
  ["diff", "Changes"],
  ["scans", "Scans"],
];

interface Properties {
  chosen: Settings;
  of: GraphAsked;
  selected: string;
  onSelect: (id: string) => void;
  onExpand: (id: string) => void;
}

function Awaited<Result>({
  asked,
  children,
  waiting,
}: {
  asked: Asked<Result>;
  waiting: string;
  children: (result: Result) => ComponentChildren;
}) {
  if (asked.result !== null) return <>{children(asked.result)}</>;
  return <p class="dim pad">{asked.error?.message ?? waiting}</p>;
}

function Part({ chosen, of, selected, onSelect, onExpand }: Properties) {
  const { graph } = of;
  switch (chosen.tab) {
    case "node":
      return (
        graph && (
          <NodeFacts
            graph={graph}
            id={selected}
            metrics={of.metrics}
            onExpand={onExpand}
            onPathFrom={(id) => keep({ tab: "path", from: id, to: "" })}
          />
        )
      );
    case "table":
      return graph && <NodeTable graph={graph} metrics={of.measured.result} onSelect={onSelect} />;
    case "path":
      return (
        <PathForm
          key={chosen.from + chosen.to}
          ends={chosen}
          nodes={graph?.nodes.map((node) => node.id) ?? []}
          asked={of.path}
          onChoose={(from, to) => keep({ from, to })}
        />
      );
    case "diff":
      return (
        <Awaited asked={of.diff} waiting="Comparing with the window before …">
          {(diff) => <DiffList diff={diff} />}
        </Awaited>
      );
    case "scans":
      return (
        <Awaited asked={of.scans} waiting="Asking …">
          {({ scans }) => <ScanList scans={scans} />}
        </Awaited>
      );
  }
}

export function AboutGraph(properties: Properties) {
  return (
    <section class="panel graph-side" aria-label="About the graph">
      <div class="choice" role="group" aria-label="Show">
        {TABS.map(([tab, title]) => (
          <button
            key={tab}
            type="button"
            aria-pressed={properties.chosen.tab === tab}
            onClick={() => keep({ tab: tab === "node" ? "" : tab })}
          >
            {title}
          </button>
        ))}
      </div>
      <Part {...properties} />
      <GraphFacts values={properties.of.measured.result?.graph} />
    </section>
  );
}
