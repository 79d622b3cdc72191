// The line of filters that the API reads itself (docs/filter.md).
import * as api from "../api.ts";
import type { Kind } from "../api_types.ts";
import { complete } from "./complete.ts";
import { fieldsOf } from "./fields.ts";
import { FilterLine } from "./line.tsx";

interface Properties {
  value: string;
  kind: Kind;
  label: string;
  placeholder: string;
  id: string;
  onRun: (filter: string) => void;
}

export function FilterBar({ kind, ...line }: Properties) {
  const { fields } = fieldsOf(kind);
  const language = {
    name: kind,
    check: (text: string, signal: AbortSignal) => api.checkFilter({ filter: text, kind }, signal),
    complete: (text: string, caret: number) => complete(text, caret, fields),
  };
  return <FilterLine {...line} language={language} />;
}
