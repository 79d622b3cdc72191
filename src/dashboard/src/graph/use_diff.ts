// What is new against the window of the same length before this one.
import * as api from "../api.ts";
import type { GraphDiff } from "../api_types.ts";
import { before } from "./window.ts";
import { place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { secondsWord } from "../time/range.ts";

export function useDiff(isWanted: boolean, window: { since_ns: number; until_ns: number }) {
  const range = (part: typeof window) =>
    `${secondsWord(part.since_ns)}..${secondsWord(part.until_ns)}`;
  const { filter, more } = place.value;
  const words = { before: range(before(window)), after: range(window), filter, group: more.group };
  return useQuery<GraphDiff>(isWanted ? ["graph diff", words] : null, (signal) =>
    api.graphDiff(words, signal),
  );
}
