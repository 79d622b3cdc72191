// What the places are called where packets or records can be lost.
import type { Loss } from "../api_types.ts";

export const LOSS_NAMES: Record<Loss, { name: string; hint: string }> = {
  nic_missed: {
    name: "Missed by the card",
    hint: "The card had no free descriptor: workers were too slow",
  },
  no_mbuf: { name: "No packet buffer", hint: "The pool of buffers was empty" },
  shed: { name: "Shed", hint: "Given up by the distributor or a full flow table, to keep up" },
  records_dropped: { name: "Records dropped", hint: "A ring was full, or the store refused" },
  events_dropped: { name: "Events dropped", hint: "A ring was full, or the store refused" },
  capture_shed: { name: "Not written", hint: "Packets that the disk was too slow for" },
};
