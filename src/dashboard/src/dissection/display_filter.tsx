// The line of display filters: Wireshark's language, about the packets of the list; neither the
// filter of flows nor that of packets, which say what is searched for.
import { useMemo } from "preact/hooks";
import * as api from "../api.ts";
import { FilterLine } from "../filter/line.tsx";
import { keep, place } from "../lib/location.ts";
import { pause } from "../lib/pause.ts";
import { completeDisplay } from "./display_complete.ts";
import type { Session } from "./session.ts";

const ASK_AFTER_MS = 80;

function languageOf(session: Session) {
  let latest = new AbortController();
  // Only what somebody rests at is asked about.
  const fields = async (prefix: string) => {
    latest.abort();
    const { signal } = (latest = new AbortController());
    await pause(ASK_AFTER_MS, signal);
    return (await session.ask((id) => api.displayFields(id, { prefix }, signal))).fields;
  };
  return {
    name: "display filter",
    check: (text: string, signal: AbortSignal) =>
      session.ask((id) => api.checkDisplayFilter(id, { display_filter: text }, signal)),
    complete: (text: string, caret: number) => completeDisplay(text, caret, fields),
  };
}

export function DisplayFilter({ session }: { session: Session }) {
  const language = useMemo(() => languageOf(session), [session]);
  return (
    <FilterLine
      id="display-filter"
      label="Display filter, in Wireshark's language"
      placeholder="Wireshark's display filter: tls.handshake.type == 1"
      language={language}
      value={place.value.more.display_filter ?? ""}
      onRun={(text) => keep({ display_filter: text })}
    />
  );
}
