// The time and the filter that all views share, as bounds that are fixed until the next refresh: all
// panels of a page ask about the same moment.
import { computed, effect, signal } from "@preact/signals";
import { isLive, status } from "../live/appliance.ts";
import { go, place } from "../lib/location.ts";
import {
  ALL,
  absolute,
  type Bounds,
  boundsOf,
  isRelative,
  type Range,
  secondsWord,
  type Stored,
  widened,
} from "./range.ts";

export const nowNs = (): number => Date.now() * 1e6;

export const range = computed<Range>(() => ({
  since: place.value.since,
  until: place.value.until,
}));

// Seconds between refreshes; 0: none.
export const REFRESHES = [0, 1, 5, 30] as const;
export const refreshSeconds = signal<number>(5);
// What "now" is for all questions until the next refresh.
export const moment = signal(nowNs());

const runState = computed(() => status.value?.run.state ?? "none");
const hasStore = computed(() => status.value?.store != null);

// What is stored as of the moment: the status itself comes every second.
const stored = computed<Stored>(() => {
  void [moment.value, runState.value, hasStore.value];
  const store = status.peek()?.store;
  return {
    isLive: isLive.value,
    first_ns: store?.first_ns ?? null,
    last_ns: store?.last_ns ?? null,
  };
});

export const bounds = computed<Bounds>(() => boundsOf(range.value, moment.value, stored.value));

// Whether new data can come into the bounds as time goes by.
export const moves = computed(
  () =>
    isRelative(range.value) ||
    (runState.value === "running" && ["", ALL].includes(range.value.since)),
);

// Nothing is asked before the status has said what "all" means.
export const isKnown = computed(() => status.value !== null || range.value.since !== "");

export const scope = computed(() => ({
  since: secondsWord(bounds.value.since_ns),
  until: secondsWord(bounds.value.until_ns),
}));
export const filterScope = computed(() => ({ ...scope.value, filter: place.value.filter }));

let timer: ReturnType<typeof setInterval> | undefined;
effect(() => {
  clearInterval(timer);
  if (refreshSeconds.value === 0 || !moves.value) return;
  timer = setInterval(() => {
    if (!document.hidden) moment.value = nowNs();
  }, refreshSeconds.value * 1000);
});
// A new range is asked about as of now.
effect(() => {
  void range.value;
  moment.value = nowNs();
});

// Ranges that were zoomed into, so that zooming out leads back.
const zoomed: Range[] = [];

export function setRange(next: Range): void {
  zoomed.length = 0;
  go(next);
}

export function zoomTo(next: Bounds): void {
  zoomed.push(range.peek());
  go(absolute(next));
}

export function zoomOut(): void {
  go(zoomed.pop() ?? absolute(widened(bounds.peek(), nowNs())));
}
