// A flow diagram (d3-sankey): who on the left sends how much to whom on the right.
import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Row } from "../api_types.ts";
import { keyText } from "../filter/keys_of_sums.ts";
import { type By, formatBy } from "../lib/format.ts";
import { seriesColour } from "../lib/palette.ts";
import { openMenu } from "../ui/menu.tsx";
import { theme } from "../ui/theme.ts";
import { sizeOf } from "./bars.tsx";

interface Node {
  name: string;
  side: 0 | 1;
}
interface Link {
  source: number;
  target: number;
  value: number;
  row: Row;
}

interface Properties {
  rows: readonly Row[];
  fields: [string, string];
  by: By;
  filterOf: (row: Row) => string;
}

// The same name may stand on both sides: a sender is another node than a receiver.
function network({ rows, fields, by }: Properties): { nodes: Node[]; links: Link[] } {
  const nodes: Node[] = [];
  const known = new Map<string, number>();
  const node = (name: string, side: 0 | 1): number => {
    const key = `${side} ${name}`;
    if (!known.has(key)) known.set(key, nodes.push({ name, side }) - 1);
    return known.get(key)!;
  };
  const links = rows
    .filter((row) => sizeOf(row, by) > 0)
    .map((row) => ({
      source: node(keyText(fields[0], [row.key[0]!]), 0),
      target: node(keyText(fields[1], [row.key[1] ?? ""]), 1),
      value: sizeOf(row, by),
      row,
    }));
  return { nodes, links };
}

const LETTER_PX = 6.4;
// Of the number behind a name.
const NUMBER_PX = 70;

// As much as the longest name takes, within reason.
function namePx(nodes: readonly Node[]): number {
  const longest = nodes.reduce((most, one) => Math.max(most, one.name.length), 0);
  return Math.min(longest * LETTER_PX + NUMBER_PX, 330);
}

export function Sankey(properties: Properties) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(box.current!.clientWidth));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const { nodes, links } = network(properties);
  const height =
    Math.max(
      nodes.filter((one) => one.side === 0).length,
      nodes.filter((one) => one.side === 1).length,
    ) *
      20 +
    20;
  return (
    <div ref={box} class="sankey">
      {width > 0 && links.length > 0 && (
        <Drawing {...properties} nodes={nodes} links={links} width={width} height={height} />
      )}
      {links.length === 0 && <p class="dim pad">Nothing in this time fits the filter.</p>}
    </div>
  );
}

function Drawing({
  nodes,
  links,
  width,
  height,
  by,
  filterOf,
}: Properties & { nodes: Node[]; links: Link[]; width: number; height: number }) {
  const layout = sankey<Node, Link>()
    .nodeWidth(8)
    .nodePadding(8)
    .nodeSort(undefined as never)
    .extent([
      [namePx(nodes), 8],
      [width - namePx(nodes), height - 8],
    ]);
  const drawn = layout({
    nodes: nodes.map((one) => ({ ...one })),
    links: links.map((one) => ({ ...one })),
  });
  const path = sankeyLinkHorizontal();
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`Flow diagram of ${links.length} conversations; the table has the same numbers`}
    >
      {drawn.links.map((link, i) => {
        const source = link.source as unknown as Node & { index: number };
        return (
          <path
            key={i}
            d={path(link as never) ?? ""}
            fill="none"
            stroke={seriesColour(theme.value, source.index)}
            stroke-opacity="0.35"
            stroke-width={Math.max(link.width ?? 1, 1)}
            onContextMenu={(event) => openMenu(event, link.row.key.join(" "), filterOf(link.row))}
          >
            <title>
              {link.row.key.join(" → ")}: {formatBy(by, link.value)}
            </title>
          </path>
        );
      })}
      {drawn.nodes.map((node, i) => (
        <g key={i}>
          <rect
            x={node.x0}
            y={node.y0}
            width={(node.x1 ?? 0) - (node.x0 ?? 0)}
            height={Math.max((node.y1 ?? 0) - (node.y0 ?? 0), 1)}
            class="sankey-node"
          />
          <text
            x={node.side === 0 ? (node.x0 ?? 0) - 6 : (node.x1 ?? 0) + 6}
            y={((node.y0 ?? 0) + (node.y1 ?? 0)) / 2}
            dy="0.32em"
            text-anchor={node.side === 0 ? "end" : "start"}
          >
            {node.name} <tspan class="dim">{formatBy(by, node.value ?? 0)}</tspan>
          </text>
        </g>
      ))}
    </svg>
  );
}
