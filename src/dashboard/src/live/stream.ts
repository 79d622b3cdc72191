// The one event stream of a page. HTTP/1.1 gives a page six connections to a host, so views do not
// open streams of their own: they subscribe to topics here.
//
// Must hold: at most one EventSource is open. A browser resumes it by itself behind the last event
// it has seen; it is opened anew only when the topics change.
import { signal } from "@preact/signals";
import { addressWithToken, needsToken, tokensGiven } from "../api.ts";

export type Topic = "rates" | "status" | "flows" | "matches" | "gap";
type Listener = (value: unknown) => void;

export type Connection = "waiting" | "open" | "broken";
export const connection = signal<Connection>("waiting");
// Events that this page was too slow for, or that the server no longer had.
export const gapCount = signal(0);

const listeners = new Map<Topic, Set<Listener>>();
let source: EventSource | null = null;
let openTopics = "";
let isScheduled = false;

const wanted = (): string =>
  [...listeners]
    .filter(([topic, set]) => set.size > 0 && topic !== "gap")
    .map(([topic]) => topic)
    .sort()
    .join(",");

function tell(topic: Topic, event: MessageEvent<string>): void {
  let value: unknown;
  try {
    value = JSON.parse(event.data);
  } catch {
    return;
  }
  for (const listener of listeners.get(topic) ?? []) listener(value);
}

function open(): void {
  isScheduled = false;
  const topics = wanted();
  if (source !== null && topics === openTopics) return;
  source?.close();
  source = null;
  openTopics = topics;
  if (topics === "" || needsToken.value) return;
  source = new EventSource(addressWithToken("stream", { topics }));
  source.onopen = () => (connection.value = "open");
  source.onerror = () => {
    connection.value = "broken";
    // A refusal ends the stream for good; the browser does not try again then.
    if (source?.readyState === EventSource.CLOSED) reopenLater();
  };
  for (const topic of topics.split(",") as Topic[])
    source.addEventListener(topic, (event) => tell(topic, event as MessageEvent<string>));
  source.addEventListener("gap", () => gapCount.value++);
}

function reopenLater(): void {
  source = null;
  setTimeout(schedule, 5000);
}

// Views come and go in the same moment: one change of topics for all of them.
function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(open, 0);
}

tokensGiven.subscribe(() => {
  source?.close();
  source = null;
  schedule();
});

export function subscribe<Value>(topic: Topic, listener: (value: Value) => void): () => void {
  const set = listeners.get(topic) ?? new Set<Listener>();
  listeners.set(topic, set);
  set.add(listener as Listener);
  schedule();
  return () => {
    set.delete(listener as Listener);
    schedule();
  };
}
