// Records that the API gives page by page, as one list that grows while somebody scrolls.
//
// Must hold: rows of one question only; when the question changes, pages of the one before that
// arrive late are dropped. At most ROWS_MAX rows: what is more is for an export or a filter.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiProblem } from "../api.ts";
import type { Eve, Page } from "../api_types.ts";
import type { Asked } from "../lib/query.ts";

export const ROWS_MAX = 100_000;
export const PAGE_ROWS = 500;

export interface Paged extends Asked<Eve[]> {
  rows: Eve[];
  hasMore: boolean;
  caveats: Pick<Page, "is_whole" | "problems"> | null;
  more: () => void;
}

type AskPage = (
  cursor: string | undefined,
  signal: AbortSignal,
) => Promise<{ page: Page; rows: Eve[] }>;

interface State {
  rows: Eve[];
  cursor: string | null;
  caveats: Paged["caveats"];
  error: ApiProblem | null;
}
const NOTHING: State = { rows: [], cursor: null, caveats: null, error: null };

export function usePages(words: readonly unknown[], ask: AskPage): Paged {
  const [state, setState] = useState<State>(NOTHING);
  const [isWaiting, setWaiting] = useState(true);
  const [count, setCount] = useState(0);
  const abort = useRef<AbortController | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  const key = JSON.stringify(words);

  const read = (cursor: string | undefined) => {
    const control = abort.current!;
    setWaiting(true);
    latest.current(cursor, control.signal).then(
      ({ page, rows }) => {
        if (control.signal.aborted) return;
        setState((was) => ({
          rows: cursor === undefined ? rows : [...was.rows, ...rows],
          cursor: page.cursor,
          caveats: page,
          error: null,
        }));
        setWaiting(false);
      },
      (error: unknown) => {
        if (control.signal.aborted) return;
        const problem =
          error instanceof ApiProblem ? error : new ApiProblem({ title: String(error) }, 0);
        setState((was) => ({ ...was, cursor: null, error: problem }));
        setWaiting(false);
      },
    );
  };
  useEffect(() => {
    abort.current = new AbortController();
    read(undefined);
    return () => abort.current?.abort();
  }, [key, count]);

  const hasMore = state.cursor !== null && state.rows.length < ROWS_MAX;
  return {
    result: isWaiting && state.rows.length === 0 ? null : state.rows,
    rows: state.rows,
    error: state.error,
    isWaiting,
    hasMore,
    caveats: state.caveats,
    again: () => setCount((n) => n + 1),
    more: () => hasMore && !isWaiting && read(state.cursor!),
  };
}
