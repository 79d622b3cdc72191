// What the address keeps of the graph.
import { type SizeBy } from "./model.ts";
import { place } from "../lib/location.ts";

export type Tab = "node" | "table" | "path" | "diff" | "scans";

export type Settings = ReturnType<typeof settings>;

export function settings() {
  const {
    around = "",
    group = "host",
    top = "200",
    hops = "1",
    size = "bytes",
    tab = "node",
    from = "",
    to = "",
  } = place.value.more;
  return {
    around,
    group,
    top: Number(top),
    hops: Number(hops),
    by: size as SizeBy,
    tab: tab as Tab,
    from,
    to,
  };
}
