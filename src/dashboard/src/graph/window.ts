// Where the window of the graph lies in the time of the page.
import type { Bounds } from "../time/range.ts";

export const PARTS = [1, 2, 4, 8, 16, 32];

export interface Scrubbed {
  part: number; // the window is the page's time divided by this
  position: number; // in half windows from the beginning
  isPlaying: boolean;
}

export function scrubbed(more: Readonly<Record<string, string>>): Scrubbed {
  const part = PARTS.includes(Number(more.part)) ? Number(more.part) : 1;
  const position = Math.min(Math.max(Number(more.position) || 0, 0), steps(part));
  return { part, position, isPlaying: more.play === "1" };
}

// Windows overlap by half: what lies across a border is seen whole in one of them.
export const steps = (part: number): number => 2 * (part - 1);

export function windowOf(all: Bounds, { part, position }: Scrubbed): Bounds {
  const length = (all.until_ns - all.since_ns) / part;
  const since_ns = all.since_ns + (position * length) / 2;
  return { since_ns, until_ns: since_ns + length };
}

// The window of the same length before this one, as far as there is one.
export function before(window: Bounds): Bounds {
  return { since_ns: 2 * window.since_ns - window.until_ns, until_ns: window.since_ns };
}
