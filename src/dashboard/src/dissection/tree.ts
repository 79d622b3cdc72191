// The layers of a packet as a tree whose items have names that other packets' layers share: what is
// open and what is chosen stays so from one packet to the next.
import type { DissectedField } from "../api_types.ts";

export interface Node {
  // Names from the outermost layer inwards: "ip/ip.flags"; the second of a name is "ip#1". Without
  // spaces, so that it can be part of an id.
  key: string;
  field: DissectedField;
  level: number; // from 1 on
  parent: Node | null;
  children: readonly Node[];
}

// By its filter, which begins with the name of the field, else by what stands before the value.
export function nameOf(field: DissectedField): string {
  const named = /^[\w.-]+/.exec(field.display_filter ?? "")?.[0];
  // Bytes that have no field of their own are filtered as a slice of the frame.
  const isSlice = field.display_filter?.[named?.length ?? 0] === "[";
  if (named !== undefined && !isSlice) return named;
  const words = field.label.split(/[:=,(]/)[0]!.replace(/\d+/g, "");
  return words.trim().replace(/\s+/g, "-");
}

// What is computed stands in brackets, as Wireshark has it.
export function labelOf({ field }: Node): string {
  return field.is_generated && !field.label.startsWith("[") ? `[${field.label}]` : field.label;
}

// What stands behind the name in a label, "Time to Live: 64"; layers are not values.
export function valueOf({ label, is_protocol }: DissectedField): string {
  const at = label.indexOf(": ");
  return is_protocol || at < 0 ? label : label.slice(at + 2);
}

// Without what Wireshark hides.
export function nodesOf(
  fields: readonly DissectedField[],
  parent: Node | null = null,
): readonly Node[] {
  const seen = new Map<string, number>();
  return fields
    .filter((field) => !field.is_hidden)
    .map((field) => {
      const name = nameOf(field);
      const count = seen.get(name) ?? 0;
      seen.set(name, count + 1);
      const own = count === 0 ? name : `${name}#${count}`;
      const key = parent === null ? own : `${parent.key}/${own}`;
      const node: Node = { key, field, level: (parent?.level ?? 0) + 1, parent, children: [] };
      node.children = nodesOf(field.children, node);
      return node;
    });
}

// All of them, or with `open` those that are seen: children of what is open.
export function* flattened(
  nodes: readonly Node[],
  open: ReadonlySet<string> | null = null,
): Generator<Node> {
  for (const node of nodes) {
    yield node;
    if (open === null || open.has(node.key)) yield* flattened(node.children, open);
  }
}

export function* above(node: Node): Generator<Node> {
  for (let at = node.parent; at !== null; at = at.parent) yield at;
}

// The item itself if it is seen, else the innermost of those around it that is.
export function seenOf(node: Node, open: ReadonlySet<string>): Node {
  const closed = [...above(node)].filter((one) => !open.has(one.key));
  return closed[closed.length - 1] ?? node;
}

export interface Step {
  chosen?: Node;
  open?: Node;
  close?: Node;
}

// What a key does, as trees do everywhere (ARIA Authoring Practices); null: nothing.
export function stepOf(
  key: string,
  nodes: readonly Node[],
  open: ReadonlySet<string>,
  chosen: Node | null,
): Step | null {
  const seen = [...flattened(nodes, open)];
  const at = chosen === null ? -1 : seen.indexOf(seenOf(chosen, open));
  const isOpen = chosen !== null && open.has(chosen.key);
  const hasMore = chosen !== null && chosen.children.length > 0;
  switch (key) {
    case "ArrowDown":
      return { chosen: seen[Math.min(at + 1, seen.length - 1)] };
    case "ArrowUp":
      return { chosen: seen[Math.max(at - 1, 0)] };
    case "Home":
      return { chosen: seen[0] };
    case "End":
      return { chosen: seen[seen.length - 1] };
    case "ArrowRight":
      if (!hasMore) return {};
      return isOpen ? { chosen: chosen.children[0] } : { open: chosen };
    case "ArrowLeft":
      if (hasMore && isOpen) return { close: chosen };
      return { chosen: chosen?.parent ?? undefined };
    case "Enter":
    case " ":
      if (!hasMore) return {};
      return isOpen ? { close: chosen } : { open: chosen };
    default:
      return null;
  }
}
