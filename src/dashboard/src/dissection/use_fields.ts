// What is open and chosen in the layers of a packet, for both panes that show them. All of it is by
// name, and so holds for the next packet as well.
import { useMemo, useState } from "preact/hooks";
import type { DissectedPacket } from "../api_types.ts";
import { innermostAt } from "./bytes.ts";
import { above, flattened, type Node, nodesOf, type Step } from "./tree.ts";

export interface Fields {
  nodes: readonly Node[];
  open: ReadonlySet<string>;
  chosen: Node | null;
  // Under the pointer, in either pane.
  pointed: Node | null;
  choose: (node: Node) => void;
  point: (node: Node | null) => void;
  take: (step: Step) => void;
  openAll: (node: Node) => void;
  at: (source: number, byte: number) => Node | null;
}

export function useFields(packet: DissectedPacket | null): Fields {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [chosenKey, setChosen] = useState("");
  const [pointed, point] = useState<Node | null>(null);
  const { nodes, known } = useMemo(() => {
    const made = nodesOf(packet?.tree ?? []);
    return { nodes: made, known: new Map([...flattened(made)].map((node) => [node.key, node])) };
  }, [packet]);

  const opened = (keys: Iterable<string>) => setOpen((was) => new Set([...was, ...keys]));
  const chosen = known.get(chosenKey) ?? null;
  const close = (node: Node) => {
    setOpen((was) => new Set([...was].filter((one) => one !== node.key)));
    // What is chosen is always seen.
    if (chosen !== null && [...above(chosen)].includes(node)) setChosen(node.key);
  };
  const keysOf = (some: Iterable<Node>) => [...some].map((node) => node.key);
  const choose = (node: Node) => {
    setChosen(node.key);
    opened(keysOf(above(node)));
  };
  return {
    nodes,
    open,
    chosen,
    pointed: pointed !== null && known.get(pointed.key) === pointed ? pointed : null,
    choose,
    point,
    take: (step) => {
      if (step.chosen !== undefined) choose(step.chosen);
      if (step.open !== undefined) opened([step.open.key]);
      if (step.close !== undefined) close(step.close);
    },
    openAll: (node) => opened([node.key, ...keysOf(flattened(node.children))]),
    at: (source, byte) => innermostAt(known.values(), source, byte),
  };
}
