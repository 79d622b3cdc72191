// The border between two panes: dragged, or moved by arrows; a double click puts it where it was at
// first. Where it stands is kept in the browser.
import { useState } from "preact/hooks";

const LEAST = 15;
const MOST = 85;
const STEP = 3;

const bounded = (percent: number): number => Math.min(Math.max(percent, LEAST), MOST);

export interface Share {
  percent: number;
  set: (percent: number) => void;
  reset: () => void;
}

// How much of the room the first pane has.
export function useShare(name: string, initial: number): Share {
  const key = `baleen.share.${name}`;
  const [percent, setPercent] = useState(() =>
    bounded(Number(localStorage.getItem(key) ?? initial) || initial),
  );
  const set = (next: number) => {
    const kept = bounded(Math.round(next * 10) / 10);
    setPercent(kept);
    localStorage.setItem(key, String(kept));
  };
  return { percent, set, reset: () => set(initial) };
}

// Rows or columns of a grid: pane, border, pane.
export const tracks = ({ percent }: Share): string =>
  `minmax(0, ${percent}fr) 9px minmax(0, ${100 - percent}fr)`;

interface Properties {
  label: string;
  // Of the line itself: a horizontal one is between upper and lower.
  orientation: "horizontal" | "vertical";
  share: Share;
}

export function Splitter({ label, orientation, share }: Properties) {
  const isHorizontal = orientation === "horizontal";
  const drag = (event: PointerEvent) => {
    const line = event.currentTarget as HTMLElement;
    if (!line.hasPointerCapture(event.pointerId)) return;
    const box = line.parentElement!.getBoundingClientRect();
    const part = isHorizontal
      ? (event.clientY - box.top) / box.height
      : (event.clientX - box.left) / box.width;
    share.set(100 * part);
  };
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      [isHorizontal ? "ArrowUp" : "ArrowLeft"]: share.percent - STEP,
      [isHorizontal ? "ArrowDown" : "ArrowRight"]: share.percent + STEP,
      Home: LEAST,
      End: MOST,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    share.set(next);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(share.percent)}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
      onDblClick={share.reset}
    />
  );
}
