// The place in the address bar as a signal, and ways to change it.
import { signal } from "@preact/signals";
import { type Change, changed, formatPlace, parsePlace, type Place } from "./place.ts";

export const place = signal<Place>(parsePlace(location.hash));

addEventListener("hashchange", () => (place.value = parsePlace(location.hash)));

// The address of another place, seen from this one.
export const link = (change: Change): string => formatPlace(changed(place.value, change));

export function go(change: Change): void {
  const hash = link(change);
  if (hash !== location.hash) location.hash = hash;
}

// Without an entry in the history: for what changes by the second.
export function replace(change: Change): void {
  history.replaceState(null, "", link(change));
  place.value = parsePlace(location.hash);
}

// What the view keeps for itself; nothing of what is "" stays.
export function keep(more: Record<string, string>): void {
  const merged: Record<string, string> = { ...place.value.more, ...more };
  for (const name of Object.keys(merged)) if (merged[name] === "") delete merged[name];
  replace({ more: merged });
}
