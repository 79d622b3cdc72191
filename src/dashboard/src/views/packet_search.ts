// Which packets a page is about, as its address says: those of one flow, whenever it was, or those
// in the page's time of flows that fit.
import type { Parameters } from "../api.ts";
import { place } from "../lib/location.ts";
import { filterScope } from "../time/scope.ts";

export interface Search {
  flow: string; // the number of one, or ""
  flows: string;
  packetFilter: string;
  bpf: string;
  scope: Parameters;
  // What a search depends on. Of a time that moves it is not made anew by itself: each is a search
  // of the disk.
  words: string[];
}

export function searchOf(): Search {
  const { since, until, more } = place.value;
  const { packet_filter: packetFilter = "", bpf = "", flow = "" } = more;
  const flows = flow === "" ? (more.flows ?? filterScope.value.filter) : "";
  const packets = { filter: packetFilter, pcap_filter: bpf };
  const time = { since: filterScope.value.since, until: filterScope.value.until };
  return {
    flow,
    flows,
    packetFilter,
    bpf,
    scope: flow === "" ? { ...time, flows, ...packets } : packets,
    words:
      flow === ""
        ? ["", since, until, flows, packetFilter, bpf]
        : [flow, "", "", "", packetFilter, bpf],
  };
}
