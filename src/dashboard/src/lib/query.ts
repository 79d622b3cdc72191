// A question to the API as a component asks it: answered anew when its words change, given up when
// nobody waits for it any more.
//
// Must hold: while a new answer is awaited the old one stays, so that a page that refreshes does not
// flicker; an answer that comes too late for its question is dropped.
import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiProblem, asProblem } from "../api.ts";

export interface Asked<Result> {
  result: Result | null;
  error: ApiProblem | null;
  isWaiting: boolean;
  again: () => void;
}

// `words`: what the question depends on. null: not yet.
export function useQuery<Result>(
  words: readonly unknown[] | null,
  ask: (signal: AbortSignal) => Promise<Result>,
): Asked<Result> {
  const [state, setState] = useState<{ result: Result | null; error: ApiProblem | null }>({
    result: null,
    error: null,
  });
  const [isWaiting, setWaiting] = useState(true);
  const [count, setCount] = useState(0);
  const latestAsk = useRef(ask);
  latestAsk.current = ask;
  const key = words === null ? null : JSON.stringify(words);
  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    setWaiting(true);
    latestAsk.current(abort.signal).then(
      (result) => !abort.signal.aborted && (setState({ result, error: null }), setWaiting(false)),
      (error: unknown) =>
        !abort.signal.aborted &&
        (setState((was) => ({ ...was, error: asProblem(error) })), setWaiting(false)),
    );
    return () => abort.abort();
  }, [key, count]);
  return { ...state, isWaiting, again: () => setCount((n) => n + 1) };
}
