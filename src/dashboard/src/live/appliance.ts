// How the appliance is: its status, and its rates of the last hour, kept up to date by the event
// stream for as long as the page is open.
import { computed, signal } from "@preact/signals";
import * as api from "../api.ts";
import type { Rates, Status } from "../api_types.ts";
import { subscribe } from "./stream.ts";

const HISTORY_MAX = 3600;

export const status = signal<Status | null>(null);
export const rates = signal<readonly Rates[]>([]);
export const problem = signal<string>("");

export const isLive = computed(
  () => status.value?.run.is_live === true && status.value.run.state === "running",
);
export const latest = computed(() => rates.value[rates.value.length - 1] ?? null);

function take(sample: Rates): void {
  const known = rates.value;
  const last = known[known.length - 1];
  if (last !== undefined && sample.time_ns <= last.time_ns) return;
  rates.value = [...known.slice(known.length >= HISTORY_MAX ? 1 : 0), sample];
}

export async function refreshStatus(): Promise<void> {
  try {
    status.value = await api.status({});
    problem.value = "";
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error);
  }
}

async function readRates(): Promise<void> {
  try {
    const newer = rates.value;
    const read = (await api.rates({})).rates;
    const last = read[read.length - 1]?.time_ns ?? 0;
    rates.value = [...read, ...newer.filter((sample) => sample.time_ns > last)].slice(-HISTORY_MAX);
  } catch {
    // Without a run there are none; the status says so.
  }
}

// Once, when the page begins; again when a token has been given.
export function startAppliance(): void {
  subscribe<Rates>("rates", take);
  subscribe<Status>("status", (value) => (status.value = value));
  api.tokensGiven.subscribe(() => {
    void refreshStatus();
    void readRates();
  });
  // The stream tells it as well, as long as it is there.
  setInterval(() => void refreshStatus(), 15000);
}
