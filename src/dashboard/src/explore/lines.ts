// The filters whose lines are compared over time, as the address holds them: each behind a line
// feed, so that a single one that is empty, which is everything, is still there.

export const LINES_MAX = 8;
const DEFAULT = ["", "tcp", "udp"];

export const formatLines = (filters: readonly string[]): string =>
  filters.map((filter) => `\n${filter.replace(/\s+/g, " ").trim()}`).join("");

export const parseLines = (text: string | undefined): string[] =>
  text === undefined || text === "" ? [...DEFAULT] : text.split("\n").slice(1, LINES_MAX + 1);

// Lengths of a step, and what the API calls them; it chooses one itself without.
export const STEPS = ["", "1s", "10s", "1m", "10m", "1h", "1d"] as const;
export const isStep = (text: string | undefined): text is string =>
  (STEPS as readonly string[]).includes(text ?? "");
