// What the page of the graph asks of the API, and the graph with what was expanded in place.
import { useEffect, useMemo, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Graph } from "../api_types.ts";
import { isOwn, merged, type Metrics } from "./model.ts";
import type { Settings } from "./settings.ts";
import { useDiff } from "./use_diff.ts";
import { scrubbed, windowOf } from "./window.ts";
import { place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { secondsWord } from "../time/range.ts";
import { bounds, moves } from "../time/scope.ts";

const NO_METRICS: Metrics = new Map();
// Neighbours of one node that is expanded.
const EXPANDED_MAX = 100;

export type GraphAsked = ReturnType<typeof useGraph>;

// A window that moves with the present would be asked for every few seconds: graphs are asked for in
// steps of a sixtieth of their length.
function steady(ns: number, length: number): number {
  const step = Math.max(length / 60, 1e9);
  return moves.value ? Math.floor(ns / step) * step : ns;
}

// The graph of these words, and around some of its nodes their neighbours besides.
function useExpanded(whole: Graph | null, scope: Record<string, unknown>) {
  const [extra, setExtra] = useState<{ around: string; graph: Graph }[]>([]);
  useEffect(() => setExtra([]), [JSON.stringify(scope)]);
  const graph = useMemo(
    () => whole && extra.reduce((sum, one) => merged(sum, one.graph, one.around), whole),
    [whole, extra],
  );
  const expand = (id: string) =>
    void api
      .graph({
        ...scope,
        around: id,
        hops: 1,
        top: EXPANDED_MAX,
        layout: false,
        communities: false,
      })
      .then(
        (more) => setExtra((was) => [...was, { around: id, graph: more }]),
        () => {},
      );
  return { graph, expand };
}

export function useGraph({ around, by, from, group, hops, tab, to, top }: Settings) {
  const window = windowOf(bounds.value, scrubbed(place.value.more));
  const length = window.until_ns - window.since_ns;
  const records = {
    filter: place.value.filter,
    since: secondsWord(steady(window.since_ns, length)),
    until: secondsWord(steady(window.until_ns, length)),
  };
  const scope = { ...records, group, top, around, hops: around === "" ? undefined : hops };

  const asked = useQuery(["graph", scope], (signal) =>
    api.graph({ ...scope, layout: true, communities: true }, signal),
  );
  const wantsMetrics = !isOwn(by) || tab === "table";
  const measured = useQuery(wantsMetrics ? ["graph metrics", scope] : null, (signal) =>
    api.graphMetrics({ ...scope, limit: top }, signal),
  );
  const path = useQuery(["graph path", scope, from, to], async (signal) =>
    from === "" || to === "" ? null : api.graphPath({ ...scope, from, to }, signal),
  );
  const diff = useDiff(tab === "diff", window);
  const scans = useQuery(tab === "scans" ? ["scans", records] : null, (signal) =>
    api.graphScans(records, signal),
  );
  const metrics = useMemo<Metrics>(
    () =>
      measured.result === null
        ? NO_METRICS
        : new Map(
            measured.result.nodes.map(({ id, ...values }) => [
              id,
              values as Record<string, number>,
            ]),
          ),
    [measured.result],
  );
  return {
    scope,
    asked,
    measured,
    metrics,
    path,
    diff,
    scans,
    ...useExpanded(asked.result, scope),
  };
}
