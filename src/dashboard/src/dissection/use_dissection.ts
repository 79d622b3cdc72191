// The dissection of what a page searches for: opened when the words of the search change, closed
// when nobody looks any more.
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Dissection } from "../api_types.ts";
import type { Asked } from "../lib/query.ts";
import { pause } from "../lib/pause.ts";
import { Session } from "./session.ts";

export interface Opened extends Asked<Dissection> {
  session: Session | null;
}

type State = Pick<Opened, "session" | "result" | "error">;
const NOTHING: State = { session: null, result: null, error: null };

// The server has few places: one is given back before the next is asked for, but not waited for
// long.
const CLOSING_MS = 1000;
let closing: Promise<void> = Promise.resolve();

const isGone = (error: unknown): boolean =>
  error instanceof api.ApiProblem && [404, 410].includes(error.status);

function sessionOf(scope: api.Parameters, onOpened: (dissection: Dissection) => void): Session {
  const doors = {
    open: async (signal: AbortSignal) => {
      await Promise.race([closing, pause(CLOSING_MS, signal)]);
      return api.openDissection(scope, signal);
    },
    close: api.closeDissection,
    isGone,
  };
  return new Session(doors, onOpened);
}

export function useDissection(words: readonly unknown[], scope: api.Parameters): Opened {
  const [state, setState] = useState<State>(NOTHING);
  const [count, setCount] = useState(0);
  const latest = useRef(scope);
  latest.current = scope;
  const key = JSON.stringify(words);
  useEffect(() => {
    setState(NOTHING);
    let isWanted = true;
    const session = sessionOf(latest.current, (result) =>
      setState({ session, result, error: null }),
    );
    session.open().catch((error: unknown) => {
      if (isWanted) setState({ ...NOTHING, error: api.asProblem(error) });
    });
    // The tab is closed, or left and perhaps come back to: then it is opened again.
    const leave = () => void session.close();
    addEventListener("pagehide", leave);
    return () => {
      isWanted = false;
      removeEventListener("pagehide", leave);
      closing = session.end();
    };
  }, [key, count]);
  const isWaiting = state.result === null && state.error === null;
  return { ...state, isWaiting, again: () => setCount((n) => n + 1) };
}
