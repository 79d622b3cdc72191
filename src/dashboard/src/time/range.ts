// The time that a page asks about: two words, as the API takes them ("now-15m", "now", RFC 3339 or
// seconds since 1970), "all" for all that the store has, or nothing for what suits the run.

export interface Range {
  since: string;
  until: string;
}

export interface Bounds {
  since_ns: number;
  until_ns: number;
}

export const ALL = "all";
export const PRESETS: [since: string, label: string][] = [
  ["now-5m", "Last 5 minutes"],
  ["now-15m", "Last 15 minutes"],
  ["now-1h", "Last hour"],
  ["now-6h", "Last 6 hours"],
  ["now-24h", "Last 24 hours"],
  ["now-7d", "Last 7 days"],
];

const UNIT_NS: Record<string, number> = { s: 1e9, m: 60e9, h: 3600e9, d: 86400e9 };

export const isRelative = (range: Range): boolean => range.since.startsWith("now-");

// ns since 1970, or null if the word says no time.
export function timeOf(word: string, nowNs: number): number | null {
  if (word === "now") return nowNs;
  const ago = /^now-(\d+)([smhd])$/.exec(word);
  if (ago !== null) return nowNs - Number(ago[1]) * UNIT_NS[ago[2]!]!;
  if (/^\d+(\.\d+)?$/.test(word)) return Number(word) * 1e9;
  const ms = Date.parse(word.replace(" ", "T"));
  return Number.isNaN(ms) ? null : ms * 1e6;
}

// Seconds with nine digits, as the API reads them.
export function secondsWord(ns: number): string {
  const us = Math.floor(ns / 1000);
  const seconds = Math.floor(us / 1e6);
  return `${seconds}.${String(us - seconds * 1e6).padStart(6, "0")}`;
}

export interface Stored {
  isLive: boolean;
  first_ns: number | null;
  last_ns: number | null;
}

// What a range means now. Without one: the last quarter of an hour of a live run, all of a capture.
export function boundsOf(range: Range, nowNs: number, stored: Stored): Bounds {
  const since = range.since || (stored.isLive ? "now-15m" : ALL);
  if (since === ALL) {
    // A microsecond more at either end: the store's times are rounded to what a number can hold.
    const first = stored.first_ns ?? nowNs - UNIT_NS.h!;
    const last = stored.last_ns ?? nowNs;
    return { since_ns: first - 1000, until_ns: Math.max(last, first) + 2000 };
  }
  const until_ns = timeOf(range.until || "now", nowNs) ?? nowNs;
  const since_ns = timeOf(since, nowNs) ?? until_ns - UNIT_NS.h!;
  return since_ns < until_ns ? { since_ns, until_ns } : { since_ns: until_ns - 1e9, until_ns };
}

export function absolute(bounds: Bounds): Range {
  return { since: secondsWord(bounds.since_ns), until: secondsWord(bounds.until_ns) };
}

// Twice as long around the same middle, not past the present.
export function widened(bounds: Bounds, nowNs: number): Bounds {
  const half = (bounds.until_ns - bounds.since_ns) / 2;
  const until_ns = Math.min(bounds.until_ns + half, Math.max(nowNs, bounds.until_ns));
  return { since_ns: until_ns - 4 * half, until_ns };
}
