// A heat map on a canvas: a cell for each row and column, further from the colour of the panel with the logarithm of its
// value. The pointer or the arrow keys tell a cell's value; a click opens what is behind it; dragging
// over columns of time zooms.
//
// Must hold: what is not there (0) is the colour of the panel, so that it cannot pass for a small value.
import { useEffect, useRef, useState } from "preact/hooks";
import { extent } from "./heat.ts";
import { draw, type HeatData, LABEL_PX, type Layout, layoutOf, ROW_PX } from "./heat_draw.ts";
import { px } from "../ui/px.ts";
import { theme } from "../ui/theme.ts";
import { HeatScale } from "./heat_scale.tsx";

export interface HeatCell {
  row: number;
  column: number;
}

interface Properties extends HeatData {
  label: string;
  format: (value: number) => string;
  onOpen: (cell: HeatCell) => void;
  onZoom?: ((first: number, last: number) => void) | undefined;
  canvas?: (canvas: HTMLCanvasElement) => void;
}

export function HeatMap(properties: Properties) {
  const { label, rows, columns, values, format, onOpen, onZoom } = properties;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [layout, setLayout] = useState<Layout | null>(null);
  const [cell, setCell] = useState<HeatCell | null>(null);
  const [drag, setDrag] = useState<[from: number, to: number] | null>(null);
  const range = extent(values);
  useEffect(() => {
    const measure = () => setLayout(layoutOf(box.current!, properties));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    properties.canvas?.(canvas.current!);
    return () => observer.disconnect();
  }, [rows.length, columns.length, properties.isTime]);
  useEffect(() => {
    if (layout !== null) draw(canvas.current!, properties, layout, range);
  }, [values, layout, theme.value]);

  const cellAt = (event: MouseEvent): HeatCell | null => {
    if (layout === null) return null;
    const column = Math.floor((event.offsetX - LABEL_PX) / layout.cellWidth);
    const row = Math.floor(event.offsetY / ROW_PX);
    return row >= 0 && row < rows.length && column >= 0 && column < columns.length
      ? { row, column }
      : null;
  };
  const release = (event: MouseEvent) => {
    const at = cellAt(event);
    const from = drag?.[0];
    setDrag(null);
    if (at === null) return;
    if (onZoom !== undefined && from !== undefined && from !== at.column)
      onZoom(Math.min(from, at.column), Math.max(from, at.column));
    else onOpen(at);
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[event.key];
    if (step !== undefined)
      setCell((was) => ({
        row: clamp((was?.row ?? 0) + step[0], rows.length),
        column: clamp((was?.column ?? 0) + step[1], columns.length),
      }));
    else if (event.key === "Enter" && cell !== null) onOpen(cell);
    else return;
    event.preventDefault();
  };
  const said =
    cell === null || values[cell.row] === undefined
      ? ""
      : `${rows[cell.row]} × ${columns[cell.column]}: ${(values[cell.row]![cell.column] ?? 0) > 0 ? format(values[cell.row]![cell.column]!) : "nothing"}`;
  if (rows.length === 0) return <p class="dim pad">Nothing in this time fits the filter.</p>;
  return (
    <div class="heat" ref={box}>
      <div
        class="heat-canvas"
        tabIndex={0}
        role="application"
        aria-label={`${label}: ${rows.length} rows, ${columns.length} columns; arrows move, Enter opens the flows`}
        onKeyDown={press}
        onMouseMove={(event) => (
          setCell(cellAt(event)),
          drag && setDrag([drag[0], cellAt(event)?.column ?? drag[1]])
        )}
        onMouseLeave={() => setCell(null)}
        onMouseDown={(event) =>
          onZoom && setDrag(cellAt(event) && [cellAt(event)!.column, cellAt(event)!.column])
        }
        onMouseUp={release}
      >
        <canvas
          ref={canvas}
          style={
            layout === null ? undefined : { width: px(layout.width), height: px(layout.height) }
          }
        />
        {layout !== null && cell !== null && (
          <i
            class="heat-cell"
            style={{
              left: px(LABEL_PX + cell.column * layout.cellWidth),
              top: px(cell.row * ROW_PX),
              width: px(Math.max(layout.cellWidth, 3)),
              height: px(ROW_PX),
            }}
          />
        )}
        {layout !== null && drag !== null && drag[0] !== drag[1] && (
          <i
            class="heat-drag"
            style={{
              left: px(LABEL_PX + Math.min(...drag) * layout.cellWidth),
              width: px((Math.abs(drag[1] - drag[0]) + 1) * layout.cellWidth),
              height: px(rows.length * ROW_PX),
            }}
          />
        )}
      </div>
      <div class="heat-foot">
        <span class="mono" role="status">
          {said || "\u00a0"}
        </span>
        <span class="grow" />
        <HeatScale low={range[0]} high={range[1]} format={format} />
      </div>
    </div>
  );
}

const clamp = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1);
