// The host graph as it is drawn: sizes, colours and positions of nodes out of what the API gives.
//
// Must hold: a node that is drawn already stays where it is when more comes in or the window moves,
// so that the eye can follow; only what is new gets a place.
import Graph from "graphology";
import type { Graph as Answer, GraphEdge, GraphNode } from "../api_types.ts";
import { seriesColour, type Theme } from "../lib/palette.ts";

export type SizeBy = "bytes" | "flows" | "degree" | "pagerank" | "betweenness" | "coreness";
export const SIZES: readonly SizeBy[] = [
  "bytes",
  "flows",
  "degree",
  "pagerank",
  "betweenness",
  "coreness",
];
// Those that come with the graph; the others are asked for (/graph/metrics).
export const isOwn = (by: SizeBy): boolean => by === "bytes" || by === "flows" || by === "degree";

export const bytesOfNode = (node: GraphNode): number => node.bytes_sent + node.bytes_received;
export const bytesOfEdge = (edge: GraphEdge): number => edge.bytes[0] + edge.bytes[1];

export type Metrics = ReadonlyMap<string, Readonly<Record<string, number>>>;

export function measure(node: GraphNode, by: SizeBy, metrics: Metrics): number {
  if (by === "bytes") return bytesOfNode(node);
  if (by === "flows") return node.flows_begun + node.flows_answered;
  if (by === "degree") return node.degree;
  return metrics.get(node.id)?.[by] ?? 0;
}

// Radius in pixels: bytes span many powers of ten, so they go by their logarithm; the rest by area.
export function radius(value: number, high: number, by: SizeBy): number {
  if (high <= 0 || value <= 0) return 3;
  const share =
    by === "bytes" || by === "flows"
      ? Math.log1p(value) / Math.log1p(high)
      : Math.sqrt(value / high);
  return 3 + 11 * share ** 2;
}

// The largest communities have colours of their own, all others the last one's.
export function communityColour(theme: Theme, rank: number): string {
  return seriesColour(theme, Math.min(rank, 7));
}

// Communities by number of nodes, largest first: what place a community has.
export function communityRanks(nodes: readonly GraphNode[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const node of nodes)
    counts.set(node.community ?? 0, (counts.get(node.community ?? 0) ?? 0) + 1);
  const order = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return new Map(order.map(([community], rank) => [community, rank]));
}

export interface NodeLook {
  label: string;
  size: number;
  color: string;
  x: number;
  y: number;
  node: GraphNode;
  rank: number;
}
export interface EdgeLook {
  size: number;
  color: string;
  edge: GraphEdge;
}
export type Drawn = Graph<NodeLook, EdgeLook>;

// Where a node without a position goes: beside a neighbour that has one, else on a circle.
function placeFor(
  drawn: Drawn,
  node: GraphNode,
  edges: readonly GraphEdge[],
  index: number,
  count: number,
): { x: number; y: number } {
  if (node.x != null && node.y != null) return { x: node.x, y: node.y };
  const angle = (2 * Math.PI * index) / Math.max(count, 1);
  const edge = edges.find(
    (one) =>
      (one.a === node.id && drawn.hasNode(one.b)) || (one.b === node.id && drawn.hasNode(one.a)),
  );
  if (edge === undefined) return { x: Math.cos(angle) * 10, y: Math.sin(angle) * 10 };
  const near = drawn.getNodeAttributes(edge.a === node.id ? edge.b : edge.a);
  return { x: near.x + Math.cos(angle), y: near.y + Math.sin(angle) };
}

interface Looks {
  theme: Theme;
  by: SizeBy;
  metrics: Metrics;
  edgeColour: string;
}

// Brings what is drawn to what is known, touching nothing that is the same.
export function update(drawn: Drawn, answer: Answer, looks: Looks): void {
  const wanted = new Set(answer.nodes.map((node) => node.id));
  for (const id of drawn.nodes()) if (!wanted.has(id)) drawn.dropNode(id);
  const ranks = communityRanks(answer.nodes);
  const high = answer.nodes.reduce(
    (most, node) => Math.max(most, measure(node, looks.by, looks.metrics)),
    0,
  );
  answer.nodes.forEach((node, index) => {
    const rank = ranks.get(node.community ?? 0) ?? 0;
    const look = {
      label: node.id,
      node,
      rank,
      color: communityColour(looks.theme, rank),
      size: radius(measure(node, looks.by, looks.metrics), high, looks.by),
    };
    if (drawn.hasNode(node.id)) drawn.mergeNodeAttributes(node.id, look);
    else
      drawn.addNode(node.id, {
        ...look,
        ...placeFor(drawn, node, answer.edges, index, answer.nodes.length),
      });
  });
  updateEdges(drawn, answer, looks);
}

const keyOf = (edge: GraphEdge): string => `${edge.a} ${edge.b}`;

function updateEdges(drawn: Drawn, answer: Answer, looks: Looks): void {
  const wanted = new Set(answer.edges.map(keyOf));
  for (const key of drawn.edges()) if (!wanted.has(key)) drawn.dropEdge(key);
  const high = answer.edges.reduce((most, edge) => Math.max(most, bytesOfEdge(edge)), 1);
  for (const edge of answer.edges) {
    if (!drawn.hasNode(edge.a) || !drawn.hasNode(edge.b)) continue;
    const size = 0.4 + 3.6 * (Math.log1p(bytesOfEdge(edge)) / Math.log1p(high)) ** 3;
    const look = { size, color: looks.edgeColour, edge };
    if (drawn.hasEdge(keyOf(edge))) drawn.mergeEdgeAttributes(keyOf(edge), look);
    else drawn.addEdgeWithKey(keyOf(edge), edge.a, edge.b, look);
  }
}

// What an expansion adds to an answer: nodes and edges that it does not have yet.
export function merged(answer: Answer, more: Answer, around: string): Answer {
  const known = new Set(answer.nodes.map((node) => node.id));
  // Positions of another layout mean nothing here: the new ones are put beside their neighbour.
  const added = more.nodes
    .filter((node) => !known.has(node.id))
    .map(({ x: _x, y: _y, ...node }) => node);
  const edges = new Set(answer.edges.map(keyOf));
  const community = answer.nodes.find((node) => node.id === around)?.community;
  return {
    ...answer,
    nodes: [
      ...answer.nodes,
      ...added.map((node) => ({ ...node, community: community ?? node.community })),
    ],
    edges: [...answer.edges, ...more.edges.filter((edge) => !edges.has(keyOf(edge)))],
  };
}

export const emptyGraph = (): Drawn =>
  new Graph<NodeLook, EdgeLook>({ type: "undirected", multi: false });
