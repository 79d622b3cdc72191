// What the menu of a value offers where values are Wireshark's: its own filter, kept apart from
// that of flows.
import { join, type Join } from "../filter/compose.ts";
import { keep, place } from "../lib/location.ts";
import { copy } from "../ui/copy.ts";
import type { Item } from "../ui/menu.tsx";

export function applyDisplayFilter(added: string, how: Join): void {
  keep({ display_filter: join(place.value.more.display_filter ?? "", added, how) });
}

export function displayItems(filter: string): Item[] {
  if (filter === "") return [];
  return [
    { label: "Apply as display filter", act: () => applyDisplayFilter(filter, "replace") },
    { label: "… and this", act: () => applyDisplayFilter(filter, "and") },
    { label: "… and not this", act: () => applyDisplayFilter(filter, "and not") },
    { label: "Copy filter", act: () => copy(filter) },
  ];
}
