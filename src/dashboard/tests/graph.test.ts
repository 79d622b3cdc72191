import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph, GraphNode } from "../src/api_types.ts";
import { communityRanks, emptyGraph, merged, radius, update } from "../src/graph/model.ts";
import { before, steps, windowOf } from "../src/graph/window.ts";

const node = (id: string, more: Partial<GraphNode> = {}): GraphNode => ({
  id,
  kind: "host",
  bytes_sent: 100,
  bytes_received: 0,
  packets_sent: 1,
  packets_received: 0,
  flows_begun: 1,
  flows_answered: 0,
  degree: 1,
  degree_out: 1,
  degree_in: 0,
  first_ns: 0,
  last_ns: 0,
  x: 0,
  y: 0,
  community: 0,
  ...more,
});
const edge = (a: string, b: string) => ({
  a,
  b,
  bytes: [1, 1] as [number, number],
  packets: [1, 1] as [number, number],
  flows: [1, 0] as [number, number],
  first_ns: 0,
  last_ns: 0,
});
const graph = (nodes: GraphNode[], edges = [edge("a", "b")]): Graph => ({
  since_ns: 0,
  until_ns: 1,
  nodes,
  edges,
});
const LOOKS = {
  theme: "light" as const,
  by: "bytes" as const,
  metrics: new Map(),
  edgeColour: "#cccccc",
};

test("A node that is drawn stays where it is when the window moves", () => {
  const drawn = emptyGraph();
  update(drawn, graph([node("a", { x: 1, y: 2 }), node("b")]), LOOKS);
  update(
    drawn,
    graph([node("a", { x: 50, y: 60 }), node("c", { x: 7, y: 8 })], [edge("a", "c")]),
    LOOKS,
  );
  assert.deepEqual([drawn.getNodeAttribute("a", "x"), drawn.getNodeAttribute("a", "y")], [1, 2]);
  assert.equal(drawn.hasNode("b"), false);
  assert.equal(drawn.getNodeAttribute("c", "x"), 7);
  assert.deepEqual(drawn.edges(), ["a c"]);
});

test("What an expansion brings is added once and takes a place beside its neighbour", () => {
  const sum = merged(
    graph([node("a", { x: 5, y: 5, community: 3 }), node("b")]),
    graph([node("a"), node("d", { x: 900, y: 900 })], [edge("a", "b"), edge("a", "d")]),
    "a",
  );
  assert.deepEqual(
    sum.nodes.map((one) => one.id),
    ["a", "b", "d"],
  );
  assert.equal(sum.edges.length, 2);
  const drawn = emptyGraph();
  update(drawn, sum, LOOKS);
  assert.ok(
    Math.hypot(drawn.getNodeAttribute("d", "x") - 5, drawn.getNodeAttribute("d", "y") - 5) < 2,
  );
  assert.equal(drawn.getNodeAttribute("d", "node").community, 3);
});

test("An edge whose end is missing is not drawn", () => {
  const drawn = emptyGraph();
  update(drawn, graph([node("a")], [edge("a", "gone")]), LOOKS);
  assert.equal(drawn.size, 0);
});

test("Sizes grow with what they stand for and stay within bounds", () => {
  assert.ok(radius(1e9, 1e9, "bytes") > radius(1e6, 1e9, "bytes"));
  for (const value of [0, 1, 1e3, 1e12])
    assert.ok(radius(value, 1e12, "bytes") >= 3 && radius(value, 1e12, "bytes") <= 14);
});

test("The largest community comes first", () => {
  const ranks = communityRanks([
    node("a", { community: 9 }),
    node("b", { community: 4 }),
    node("c", { community: 4 }),
  ]);
  assert.deepEqual(
    [...ranks],
    [
      [4, 0],
      [9, 1],
    ],
  );
});

test("Windows overlap by half and end where the time ends", () => {
  const all = { since_ns: 1000, until_ns: 9000 };
  assert.deepEqual(windowOf(all, { part: 1, position: 0, isPlaying: false }), all);
  assert.deepEqual(windowOf(all, { part: 4, position: 1, isPlaying: false }), {
    since_ns: 2000,
    until_ns: 4000,
  });
  assert.equal(windowOf(all, { part: 4, position: steps(4), isPlaying: false }).until_ns, 9000);
  assert.deepEqual(before({ since_ns: 2000, until_ns: 4000 }), { since_ns: 0, until_ns: 2000 });
});
