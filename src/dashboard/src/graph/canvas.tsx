// The graph on the screen (sigma, WebGL): drag and wheel move and zoom, a click chooses a node, a
// double click expands it in place, a right click opens the menu of its address.
import { useEffect, useRef, useState } from "preact/hooks";
import Sigma from "sigma";
import type { Settings } from "sigma/settings";
import type { Graph as Answer } from "../api_types.ts";
import { nodeTerm } from "../filter/compose.ts";
import { openMenu } from "../ui/menu.tsx";
import { styleColour, theme } from "../ui/theme.ts";
import { drawHover } from "./hover.ts";
import {
  type Drawn,
  type EdgeLook,
  emptyGraph,
  type Metrics,
  type NodeLook,
  type SizeBy,
  update,
} from "./model.ts";
import { isRelaxing, relax } from "./relax.ts";

export interface Marks {
  selected: string;
  // Nodes in the order of the path.
  path: readonly string[];
  fresh: ReadonlySet<string>;
  // Only this community stands out, if one is chosen.
  community: number | null;
}

interface Properties {
  answer: Answer;
  by: SizeBy;
  metrics: Metrics;
  marks: Marks;
  onSelect: (id: string) => void;
  onExpand: (id: string) => void;
  canvasOf: (get: (() => HTMLCanvasElement) | null) => void;
}

const settings = (): Partial<Settings<NodeLook, EdgeLook>> => ({
  allowInvalidContainer: true,
  labelColor: { color: styleColour("--text") },
  labelFont: "system-ui, sans-serif",
  labelSize: 11,
  labelDensity: 0.6,
  labelRenderedSizeThreshold: 7,
  zIndex: true,
  minCameraRatio: 0.02,
  maxCameraRatio: 4,
  defaultDrawNodeHover: drawHover,
});

function neighbours(drawn: Drawn, marks: Marks): Set<string> | null {
  if (marks.path.length > 0) return new Set(marks.path);
  if (marks.community !== null)
    return new Set(
      drawn.filterNodes((_id, look) => (look.node.community ?? 0) === marks.community),
    );
  if (marks.selected === "" || !drawn.hasNode(marks.selected)) return null;
  return new Set([marks.selected, ...drawn.neighbors(marks.selected)]);
}

function isOnPath(path: readonly string[], a: string, b: string): boolean {
  const at = path.indexOf(a);
  return at >= 0 && (path[at + 1] === b || path[at - 1] === b);
}

// What stands out and what steps back.
function applyMarks(sigma: Sigma<NodeLook, EdgeLook>, drawn: Drawn, marks: Marks): void {
  const bright = neighbours(drawn, marks);
  const pale = styleColour("--line");
  const accent = styleColour("--wrong");
  sigma.setSetting("nodeReducer", (id, look) => {
    const isFresh = marks.fresh.has(id);
    const shown = {
      ...look,
      label: isFresh ? `+ ${look.label}` : look.label,
      forceLabel: isFresh || id === marks.selected || marks.path.includes(id),
    };
    if (id === marks.selected) return { ...shown, highlighted: true, zIndex: 2 };
    if (bright !== null && !bright.has(id)) return { ...shown, color: pale, label: "", zIndex: 0 };
    return { ...shown, zIndex: 1 };
  });
  sigma.setSetting("edgeReducer", (key, look) => {
    const [a, b] = drawn.extremities(key);
    if (marks.path.length > 1)
      return isOnPath(marks.path, a, b)
        ? { ...look, color: accent, size: 4, zIndex: 2 }
        : { ...look, size: 0.5, color: pale };
    if (bright === null) return look;
    const isBright =
      marks.community === null
        ? a === marks.selected || b === marks.selected
        : bright.has(a) && bright.has(b);
    return isBright
      ? { ...look, color: styleColour("--dim"), zIndex: 1 }
      : { ...look, hidden: true };
  });
}

export function GraphCanvas(properties: Properties) {
  const { answer, by, metrics, marks } = properties;
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(emptyGraph());
  const sigma = useRef<Sigma<NodeLook, EdgeLook> | null>(null);
  const latest = useRef(properties);
  latest.current = properties;
  const [trouble, setTrouble] = useState("");
  const looks = { theme: theme.value, by, metrics, edgeColour: styleColour("--graph-edge") };

  useEffect(() => {
    update(drawn.current, answer, looks);
    try {
      sigma.current = new Sigma<NodeLook, EdgeLook>(drawn.current, box.current!, settings());
    } catch {
      setTrouble(
        "This browser has no WebGL, which the graph is drawn with. The table beside it has the same nodes.",
      );
      return;
    }
    listen(sigma.current, latest);
    properties.canvasOf(() => flatten(sigma.current!));
    return () => {
      sigma.current?.kill();
      sigma.current = null;
      properties.canvasOf(null);
    };
  }, [theme.value]);
  useEffect(() => {
    update(drawn.current, answer, looks);
    sigma.current?.refresh();
  }, [answer, by, metrics]);
  useEffect(() => {
    if (sigma.current !== null) applyMarks(sigma.current, drawn.current, marks);
  }, [marks, answer, theme.value]);

  useEffect(() => (isRelaxing.value ? relax(drawn.current) : undefined), [isRelaxing.value]);

  return trouble === "" ? (
    <div
      ref={box}
      class="graph-canvas"
      role="img"
      aria-label={`Graph of ${answer.nodes.length} nodes and ${answer.edges.length} edges; the table beside it lists them`}
    />
  ) : (
    <p class="caveat" role="note">
      {trouble}
    </p>
  );
}

function listen(sigma: Sigma<NodeLook, EdgeLook>, latest: { current: Properties }): void {
  sigma.on("clickNode", ({ node }) => latest.current.onSelect(node));
  sigma.on("clickStage", () => latest.current.onSelect(""));
  sigma.on("doubleClickNode", ({ node, preventSigmaDefault }) => {
    preventSigmaDefault();
    latest.current.onExpand(node);
  });
  sigma.on("rightClickNode", ({ node, event, preventSigmaDefault }) => {
    preventSigmaDefault();
    const original = event.original as MouseEvent;
    openMenu(original, node, nodeTerm(node), [
      { label: "Expand here", act: () => latest.current.onExpand(node) },
    ]);
  });
}

// All layers in one picture.
function flatten(sigma: Sigma<NodeLook, EdgeLook>): HTMLCanvasElement {
  sigma.refresh({ schedule: false });
  const layers = Object.values(sigma.getCanvases());
  const out = document.createElement("canvas");
  out.width = layers[0]!.width;
  out.height = layers[0]!.height;
  const pen = out.getContext("2d")!;
  pen.fillStyle = styleColour("--panel");
  pen.fillRect(0, 0, out.width, out.height);
  for (const layer of layers)
    if (layer.width > 0) pen.drawImage(layer, 0, 0, out.width, out.height);
  return out;
}
