// All nodes as a table: what the graph shows, for those who do not see it, and with all measures.
import { useMemo } from "preact/hooks";
import type { Graph, GraphMetrics, GraphNode } from "../api_types.ts";
import { nodeTerm } from "../filter/compose.ts";
import { formatBytes, formatCount } from "../lib/format.ts";
import type { Column } from "../table/column.ts";
import { SimpleTable } from "../table/simple.tsx";
import { bytesOfNode } from "./model.ts";

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
        filter: (node) => nodeTerm(node.id),
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
