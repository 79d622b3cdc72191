// Beside the graph: the chosen node, the path between two, what is new, who scans, and all nodes as a
// table.
import { useMemo } from "preact/hooks";
import type { Graph, GraphDiff, GraphMetrics, GraphNode, Scan } from "../api_types.ts";
import { hostTerm } from "../filter/compose.ts";
import { formatBytes, formatCount, formatShare } from "../lib/format.ts";
import { link, place } from "../lib/location.ts";
import { join } from "../filter/compose.ts";
import type { Column } from "../table/column.ts";
import { SimpleTable } from "../table/simple.tsx";
import { HostValue } from "../ui/value.tsx";
import { theme } from "../ui/theme.ts";
import {
  bytesOfEdge,
  bytesOfNode,
  communityColour,
  communityRanks,
  type Metrics,
} from "./model.ts";

export function NodeFacts({
  graph,
  id,
  metrics,
  onExpand,
  onPathFrom,
}: {
  graph: Graph;
  id: string;
  metrics: Metrics;
  onExpand: (id: string) => void;
  onPathFrom: (id: string) => void;
}) {
  const node = graph.nodes.find((one) => one.id === id);
  if (node === undefined)
    return (
      <p class="dim pad">
        A click chooses a node, a double click expands it, a right click filters by it.
      </p>
    );
  const edges = graph.edges
    .filter((edge) => edge.a === id || edge.b === id)
    .sort((a, b) => bytesOfEdge(b) - bytesOfEdge(a));
  const measures = Object.entries(metrics.get(id) ?? {}).filter(
    ([name]) => !["degree", "community"].includes(name),
  );
  return (
    <div class="node-facts">
      <p>
        <b>
          <HostValue address={id} />
        </b>{" "}
        <span class="dim">community {node.community ?? "–"}</span>
      </p>
      <p class="dim">
        Sent {formatBytes(node.bytes_sent)}, received {formatBytes(node.bytes_received)}.{" "}
        {formatCount(node.flows_begun)} flows begun, {formatCount(node.flows_answered)} answered,{" "}
        {node.degree} peers.
      </p>
      {measures.length > 0 && (
        <p class="dim">
          {measures.map(([name, value]) => `${name} ${Number(value).toPrecision(3)}`).join(", ")}
        </p>
      )}
      <p class="toolbar">
        <button type="button" onClick={() => onExpand(id)}>
          Expand
        </button>
        <button type="button" onClick={() => onPathFrom(id)}>
          Path from here
        </button>
        <a
          class="button"
          href={link({ view: "flows", filter: join(place.value.filter, hostTerm(id), "and") })}
        >
          Flows
        </a>
      </p>
      <ul class="peers">
        {edges.slice(0, 12).map((edge) => {
          const other = edge.a === id ? edge.b : edge.a;
          return (
            <li key={other}>
              <HostValue address={other} />{" "}
              <span class="dim">{(edge.services ?? []).map((one) => one.name).join(" ")}</span>
              <span class="number">{formatBytes(bytesOfEdge(edge))}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

export function Communities({
  nodes,
  chosen,
  onChoose,
}: {
  nodes: readonly GraphNode[];
  chosen: number | null;
  onChoose: (community: number | null) => void;
}) {
  const ranks = communityRanks(nodes);
  const counts = useMemo(() => {
    const found = new Map<number, number>();
    for (const node of nodes)
      found.set(node.community ?? 0, (found.get(node.community ?? 0) ?? 0) + 1);
    return found;
  }, [nodes]);
  return (
    <ul class="communities" aria-label="Communities">
      {[...ranks].slice(0, 12).map(([community, rank]) => (
        <li key={community}>
          <button
            type="button"
            aria-pressed={chosen === community}
            onClick={() => onChoose(chosen === community ? null : community)}
          >
            <i style={{ background: communityColour(theme.value, rank) }} aria-hidden="true" />
            {community} <span class="dim">{counts.get(community)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function NodeTable({
  graph,
  metrics,
  onSelect,
}: {
  graph: Graph;
  metrics: GraphMetrics | null;
  onSelect: (id: string) => void;
}) {
  const rows = graph.nodes;
  const columns = useMemo(() => {
    const values = new Map((metrics?.nodes ?? []).map((node) => [node.id, node]));
    const number = (
      id: string,
      title: string,
      pick: (node: GraphNode) => number,
      show: (value: number) => string,
    ): Column<GraphNode> => ({
      id,
      title,
      widthPx: 78,
      isNumber: true,
      sort: true,
      value: pick,
      show: (node) => show(pick(node)),
    });
    const measured = (name: string, title: string) =>
      number(
        name,
        title,
        (node) => Number(values.get(node.id)?.[name] ?? 0),
        (value) => value.toPrecision(2),
      );
    const own: Column<GraphNode>[] = [
      {
        id: "id",
        title: "Node",
        widthPx: 116,
        grows: 1,
        isMono: true,
        sort: true,
        value: (node) => node.id,
        filter: (node) => (node.kind === "host" ? hostTerm(node.id) : ""),
      },
      number("bytes", "Bytes", bytesOfNode, formatBytes),
      { ...number("degree", "Peers", (node) => node.degree, formatCount), widthPx: 56 },
      { ...number("community", "Com.", (node) => node.community ?? 0, String), widthPx: 52 },
    ];
    return metrics === null
      ? own
      : [
          ...own,
          measured("pagerank", "PageRank"),
          measured("betweenness", "Between"),
          measured("coreness", "Core"),
        ];
  }, [metrics, graph]);
  return (
    <SimpleTable
      label="Nodes"
      columns={columns}
      rows={rows}
      rowKey={(node) => node.id}
      initialSort="-bytes"
      onSelect={(node) => onSelect(node.id)}
    />
  );
}

export function DiffList({ diff }: { diff: GraphDiff }) {
  const part = (title: string, names: string[]) => (
    <div>
      <h3>
        {title} <span class="dim">{names.length}</span>
      </h3>
      {names.length === 0 ? (
        <p class="dim">none</p>
      ) : (
        <ul class="peers">
          {names.slice(0, 50).map((name) => (
            <li key={name} class="mono">
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
  const pair = (edge: Record<string, unknown>) => `${String(edge.a)} ↔ ${String(edge.b)}`;
  return (
    <div class="pad stack">
      {part("New nodes", diff.new_nodes)}
      {part("Gone nodes", diff.gone_nodes)}
      {part("New edges", diff.new_edges.map(pair))}
      {part("Gone edges", diff.gone_edges.map(pair))}
      {part(
        "Many more peers than before",
        diff.degree_jumps.map((jump) => Object.values(jump).map(String).join(" ")),
      )}
    </div>
  );
}

export function ScanList({ scans }: { scans: readonly Scan[] }) {
  if (scans.length === 0) return <p class="dim pad">Nobody looks like a scanner in this time.</p>;
  return (
    <ul class="peers pad">
      {scans.map((scan, i) => (
        <li key={i}>
          <HostValue address={scan.source} />{" "}
          <span class="dim">
            {scan.kind === "sweep"
              ? `swept ${formatCount(scan.targets)} hosts${scan.port ? ` for ${scan.port}` : ""}`
              : `tried ${formatCount(scan.ports)} ports${scan.target ? ` of ${scan.target}` : ""}`}
            , {formatShare(scan.unanswered, 1)} unanswered
          </span>
        </li>
      ))}
    </ul>
  );
}
