// The layers of the chosen packet as a tree: gone through by arrows, opened and closed, each field
// with the menu of its value.
import type { JSX, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { copy } from "../ui/copy.ts";
import { type Item, openMenu } from "../ui/menu.tsx";
import { spanOf, toBase64, toHex } from "./bytes.ts";
import { displayItems } from "./display_menu.ts";
import { labelOf, type Node, seenOf, stepOf, valueOf } from "./tree.ts";
import type { Fields } from "./use_fields.ts";

interface Properties {
  label: string;
  fields: Fields;
  sources: readonly Uint8Array[];
  root: RefObject<HTMLUListElement | null>;
  onLeave: () => void;
}

function menuOf(node: Node, { fields, sources }: Properties): Item[] {
  const span = spanOf(node);
  const bytes = span && sources[node.field.source]?.slice(span.from, span.to);
  return [
    ...displayItems(node.field.display_filter ?? ""),
    ...(node.children.length === 0
      ? []
      : [{ label: "Open all below", act: () => fields.openAll(node) }]),
    ...(bytes == null
      ? []
      : [
          { label: "Copy bytes as hex", act: () => copy(toHex(bytes)) },
          { label: "Copy bytes as Base64", act: () => copy(toBase64(bytes)) },
        ]),
  ];
}

export function TreePane(props: Properties) {
  const { label, fields, root, onLeave } = props;
  const { nodes, open, chosen, pointed } = fields;
  const id = useId();
  const seen = chosen === null ? null : seenOf(chosen, open);
  const shown = pointed === null ? null : seenOf(pointed, open);
  useEffect(() => {
    if (seen !== null) document.getElementById(id + seen.key)?.scrollIntoView({ block: "nearest" });
  }, [seen?.key, nodes]);
  // What a pointer over the bytes finds; what it finds here is seen already.
  const isOver = useRef(false);
  useEffect(() => {
    if (shown !== null && !isOver.current)
      document.getElementById(id + shown.key)?.scrollIntoView({ block: "nearest" });
  }, [shown?.key]);
  const press = (event: KeyboardEvent) => {
    const step = stepOf(event.key, nodes, open, seen);
    if (event.key === "Escape") onLeave();
    else if (step !== null) fields.take(step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const menu = (event: MouseEvent, node: Node) => {
    fields.choose(node);
    openMenu(event, valueOf(node.field), "", menuOf(node, props));
  };
  const item = (node: Node) => (
    <Branch
      key={node.key}
      id={id}
      node={node}
      fields={fields}
      marked={{ chosen: seen, pointed: shown }}
      onMenu={menu}
      draw={item}
    />
  );
  return (
    <ul
      ref={root}
      class="tree mono"
      role="tree"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={seen === null ? undefined : id + seen.key}
      // By keys: somebody who clicks chooses what was clicked at.
      onFocus={(event) => {
        if (seen === null && event.currentTarget.matches(":focus-visible"))
          fields.choose(nodes[0]!);
      }}
      onKeyDown={press}
      onContextMenu={(event) => seen !== null && menu(event, seen)}
      onMouseEnter={() => (isOver.current = true)}
      onMouseLeave={() => ((isOver.current = false), fields.point(null))}
    >
      {nodes.map(item)}
    </ul>
  );
}

interface BranchProperties {
  id: string;
  node: Node;
  fields: Fields;
  marked: { chosen: Node | null; pointed: Node | null };
  onMenu: (event: MouseEvent, node: Node) => void;
  draw: (node: Node) => JSX.Element;
}

const SIGNS = { Comment: "✎", Chat: "·", Note: "i", Warning: "▲", Error: "✕" };

function Branch({ id, node, fields, marked, onMenu, draw }: BranchProperties) {
  const { field, children } = node;
  const hasMore = children.length > 0;
  const isOpen = hasMore && fields.open.has(node.key);
  const toggle = () => fields.take(isOpen ? { close: node } : { open: node });
  return (
    <li role="none">
      <div
        id={id + node.key}
        role="treeitem"
        aria-level={node.level}
        aria-selected={node === marked.chosen}
        aria-expanded={hasMore ? isOpen : undefined}
        aria-owns={isOpen ? `${id}${node.key}/` : undefined}
        data-layer={node.level === 1}
        data-pointed={node === marked.pointed}
        data-severity={field.severity ?? undefined}
        style={{ paddingLeft: `${14 * node.level - 8}px` }}
        onClick={() => fields.choose(node)}
        onDblClick={toggle}
        onMouseEnter={() => fields.point(node)}
        onContextMenu={(event) => onMenu(event, node)}
      >
        <span class="fold" aria-hidden="true" onClick={toggle}>
          {hasMore ? (isOpen ? "▾" : "▸") : ""}
        </span>
        {field.severity !== null && (
          <span class="severity-word">
            <span aria-hidden="true">{SIGNS[field.severity]}</span> {field.severity}
          </span>
        )}
        {labelOf(node)}
      </div>
      {isOpen && (
        <ul role="group" id={`${id}${node.key}/`}>
          {children.map(draw)}
        </ul>
      )}
    </li>
  );
}
