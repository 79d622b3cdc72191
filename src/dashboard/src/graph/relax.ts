// The "Relax" button: ForceAtlas2 moves what is drawn, a few milliseconds of each frame, until it is
// stopped or has had its time. Where the server has put the nodes is where it begins.
import { signal } from "@preact/signals";
import { bytesOfEdge, type Drawn } from "./model.ts";

export const isRelaxing = signal(false);

// Who wants more presses again.
const TIME_MS = 6000;
// Of a frame of 16.7 ms; the rest is for drawing.
const SHARE_MS = 8;

// Until isRelaxing says no, or the time is over. What it returns ends it at once.
export function relax(drawn: Drawn): () => void {
  let isEnded = false;
  const end = () => {
    isEnded = true;
    isRelaxing.value = false;
  };
  void import("graphology-layout-forceatlas2").then(({ default: layout }) => {
    const begun = performance.now();
    const settings = {
      ...layout.inferSettings(drawn),
      barnesHutOptimize: drawn.order > 1000,
      adjustSizes: true,
    };
    let iterations = 1;
    const step = () => {
      if (isEnded || !isRelaxing.value) return;
      const before = performance.now();
      if (before - begun > TIME_MS || drawn.order < 2) return end();
      layout.assign(drawn, {
        iterations,
        settings,
        getEdgeWeight: (_key, look) => Math.log1p(bytesOfEdge(look.edge)),
      });
      const taken = Math.max(performance.now() - before, 0.1);
      iterations = Math.min(Math.max(Math.floor((iterations * SHARE_MS) / taken), 1), 50);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }, end);
  return end;
}
