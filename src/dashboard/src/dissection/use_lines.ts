// The lines that a page shows of a dissection. Those of the filter before stay until there are new
// ones.
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Dissection } from "../api_types.ts";
import type { Asked } from "../lib/query.ts";
import { LineReader } from "./line_reader.ts";
import { type Lines, NO_LINES, PAGE_LINES } from "./lines.ts";
import type { Session } from "./session.ts";

export interface LinesAsked extends Asked<Lines> {
  lines: Lines;
  see: (first: number, last: number) => void;
}

type State = Pick<LinesAsked, "lines" | "error" | "isWaiting">;

export function useLines(session: Session, dissection: Dissection, filter: string): LinesAsked {
  const [state, setState] = useState<State>({ lines: NO_LINES, error: null, isWaiting: true });
  const [count, setCount] = useState(0);
  const reader = useRef<LineReader | null>(null);
  useEffect(() => {
    const ask = (skip: number, signal: AbortSignal) =>
      session.ask((id) =>
        api.dissectedList(id, { display_filter: filter, skip, limit: PAGE_LINES }, signal),
      );
    const reading = new LineReader(ask, filter === "" ? dissection.packets : null, () =>
      setState(({ lines }) => ({
        lines: reading.error === null ? reading.lines : lines,
        error: reading.error === null ? null : api.asProblem(reading.error),
        isWaiting: false,
      })),
    );
    reader.current = reading;
    setState((was) => ({ ...was, isWaiting: true }));
    return () => reading.end();
  }, [session, dissection.packets, filter, count]);
  return {
    ...state,
    result: state.isWaiting && state.lines === NO_LINES ? null : state.lines,
    again: () => setCount((n) => n + 1),
    see: (first, last) => reader.current?.see(first, last),
  };
}
