// In which zone times are shown: that of the browser, or UTC.
import { signal } from "@preact/signals";
import type { Zone } from "../lib/clock.ts";

const KEY = "baleen.zone";
export const zone = signal<Zone>(localStorage.getItem(KEY) === "utc" ? "utc" : "local");

export function toggleZone(): void {
  zone.value = zone.value === "utc" ? "local" : "utc";
  localStorage.setItem(KEY, zone.value);
}
