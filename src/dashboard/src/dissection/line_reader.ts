// Reads the lines of a list as they are looked at, each page once.
//
// Must hold: pages that somebody only scrolls past are not asked for; after the end nothing
// changes.
import type { DissectedList } from "../api_types.ts";
import { awaited, type Lines, NO_LINES, placed, wanted } from "./lines.ts";

const REST_MS = 60;

type AskLines = (skip: number, signal: AbortSignal) => Promise<DissectedList>;

export class LineReader {
  lines: Lines;
  error: unknown = null;
  private readonly asked = new Set<number>();
  private readonly abort = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  // `total`: null where it is not known.
  constructor(
    private readonly ask: AskLines,
    total: number | null,
    private readonly changed: () => void,
    private readonly restMs = REST_MS,
  ) {
    this.lines = total === null ? NO_LINES : awaited(total);
    this.read(0);
  }

  see(first: number, last: number): void {
    clearTimeout(this.timer);
    const skips = wanted(this.lines, first, last).filter((skip) => !this.asked.has(skip));
    if (skips.length > 0) this.timer = setTimeout(() => skips.forEach(this.read), this.restMs);
  }

  end(): void {
    clearTimeout(this.timer);
    this.abort.abort();
  }

  private readonly read = (skip: number): void => {
    const { signal } = this.abort;
    this.asked.add(skip);
    this.ask(skip, signal).then(
      (list) => {
        if (signal.aborted) return;
        this.lines = placed(this.lines, skip, list);
        this.error = null;
        this.changed();
      },
      (error: unknown) => {
        if (signal.aborted) return;
        this.asked.delete(skip);
        this.error = error;
        this.changed();
      },
    );
  };
}
