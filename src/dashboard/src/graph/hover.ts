// The label of the node under the pointer, on a box in the colours of the theme; sigma's own is white.
import type { NodeDisplayData, PartialButFor } from "sigma/types";
import { styleColour } from "../ui/theme.ts";

const PAD_PX = 4;
const LETTER_PX = 12;

export function drawHover(
  pen: CanvasRenderingContext2D,
  node: PartialButFor<NodeDisplayData, "x" | "y" | "size" | "label" | "color">,
): void {
  pen.beginPath();
  pen.arc(node.x, node.y, node.size + 3, 0, 2 * Math.PI);
  pen.lineWidth = 2;
  pen.strokeStyle = styleColour("--text");
  pen.stroke();
  if (!node.label) return;
  pen.font = `${LETTER_PX}px system-ui, sans-serif`;
  const width = pen.measureText(node.label).width;
  const left = node.x + node.size + 6;
  pen.fillStyle = styleColour("--raised");
  pen.fillRect(left, node.y - LETTER_PX / 2 - PAD_PX, width + 2 * PAD_PX, LETTER_PX + 2 * PAD_PX);
  pen.lineWidth = 1;
  pen.strokeStyle = styleColour("--line");
  pen.strokeRect(left, node.y - LETTER_PX / 2 - PAD_PX, width + 2 * PAD_PX, LETTER_PX + 2 * PAD_PX);
  pen.fillStyle = styleColour("--text");
  pen.textBaseline = "middle";
  pen.fillText(node.label, left + PAD_PX, node.y + 1);
  pen.textBaseline = "alphabetic";
}
