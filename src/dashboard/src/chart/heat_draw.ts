// How a heat map is laid out and drawn on its canvas.
import { heatColour } from "../lib/palette.ts";
import { shareOf } from "./heat.ts";
import { styleColour, theme } from "../ui/theme.ts";

export interface HeatData {
  rows: readonly string[];
  columns: readonly string[];
  values: readonly (readonly number[])[];
  isTime: boolean;
}

export const LABEL_PX = 150;

const FOOT_PX = 22;

const FOOT_NAMES_PX = 96;

export const ROW_PX = 18;

function fit(text: string, letters: number): string {
  return text.length <= letters ? text : text.slice(0, letters - 1) + "…";
}

export interface Layout {
  width: number;
  height: number;
  cellWidth: number;
  footPx: number;
}

export function layoutOf(box: HTMLElement, { rows, columns, isTime }: HeatData): Layout {
  const width = Math.max(box.clientWidth, 320);
  const footPx = isTime ? FOOT_PX : FOOT_NAMES_PX;
  return {
    width,
    footPx,
    height: rows.length * ROW_PX + footPx,
    cellWidth: (width - LABEL_PX - 8) / Math.max(columns.length, 1),
  };
}

function drawNames(
  pen: CanvasRenderingContext2D,
  { rows, columns, isTime }: HeatData,
  { height, cellWidth, footPx }: Layout,
): void {
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = styleColour("--dim");
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  rows.forEach((name, i) => pen.fillText(fit(name, 24), LABEL_PX - 6, (i + 0.5) * ROW_PX));
  const every = Math.max(1, Math.ceil((isTime ? 76 : 13) / cellWidth));
  columns.forEach((name, i) => {
    if (i % every !== 0) return;
    pen.save();
    pen.translate(LABEL_PX + (i + 0.5) * cellWidth, height - footPx + (isTime ? 12 : 6));
    if (!isTime) pen.rotate(-Math.PI / 3.2);
    pen.textAlign = isTime ? "center" : "right";
    pen.fillText(isTime ? name.slice(11) : fit(name, 17), 0, 0);
    pen.restore();
  });
}

export function draw(
  canvas: HTMLCanvasElement,
  properties: HeatData,
  layout: Layout,
  range: [number, number],
): void {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(layout.width * ratio);
  canvas.height = Math.round(layout.height * ratio);
  const pen = canvas.getContext("2d")!;
  pen.scale(ratio, ratio);
  pen.fillStyle = styleColour("--panel");
  pen.fillRect(0, 0, layout.width, layout.height);
  pen.fillStyle = styleColour("--grid");
  for (let i = 0; i < properties.rows.length; i++)
    pen.fillRect(LABEL_PX, (i + 1) * ROW_PX - 1, layout.width - LABEL_PX - 8, 1);
  const gap = layout.cellWidth > 6 ? 1 : 0;
  properties.values.forEach((row, i) =>
    row.forEach((value, j) => {
      if (value <= 0) return;
      pen.fillStyle = `rgb(${heatColour(shareOf(value, ...range), theme.value).join(",")})`;
      pen.fillRect(
        LABEL_PX + j * layout.cellWidth,
        i * ROW_PX,
        Math.max(layout.cellWidth - gap, 1),
        ROW_PX - 1,
      );
    }),
  );
  drawNames(pen, properties, layout);
}
