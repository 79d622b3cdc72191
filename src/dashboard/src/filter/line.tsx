// A line that a filter is typed in, whatever its language: checked while typing, completed, with
// the error under the place it is about. Enter or the button runs it; Escape leaves.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FilterCheck } from "../api_types.ts";
import { type Completer, unitsOf } from "./complete.ts";
import { useOffer } from "./use_offer.tsx";

const CHECK_AFTER_MS = 150;

export interface Language {
  // What it is called: another one judges the same text anew.
  name: string;
  check: (text: string, signal: AbortSignal) => Promise<FilterCheck>;
  complete: Completer;
}

interface Properties {
  value: string;
  language: Language;
  label: string;
  placeholder: string;
  id: string;
  onRun: (filter: string) => void;
}

function useCheck(text: string, language: Language): FilterCheck | null {
  const [check, setCheck] = useState<FilterCheck | null>(null);
  useEffect(() => {
    setCheck(null);
    if (text.trim() === "") return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      language.check(text, abort.signal).then(setCheck, () => {});
    }, CHECK_AFTER_MS);
    return () => (clearTimeout(timer), abort.abort());
  }, [text, language.name]);
  return check;
}

export function FilterLine({ value, language, label, placeholder, id, onRun }: Properties) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const check = useCheck(text, language);
  const offer = useOffer(input, id, language.complete, setText);
  useEffect(() => setText(value), [value]);
  const state =
    text.trim() === "" ? "empty" : check === null ? "unknown" : check.valid ? "valid" : "wrong";
  const run = (now: string) => {
    offer.close();
    if (state !== "wrong" || now === "") onRun(now.trim());
  };
  const press = (event: KeyboardEvent) => {
    if (!offer.press(event, text)) {
      if (event.key === "Enter") run(text);
      else if (event.key === "Escape") input.current?.blur();
      else return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <form
      class="filter"
      data-state={state}
      role="search"
      aria-label={label}
      onSubmit={(event) => (event.preventDefault(), run(text))}
    >
      <span class="filter-mark" aria-hidden="true">
        {state === "wrong" ? "✕" : state === "valid" ? "✓" : "▽"}
      </span>
      <input
        ref={input}
        id={id}
        type="text"
        class="mono"
        value={text}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-label={label}
        aria-invalid={state === "wrong"}
        aria-describedby={state === "wrong" ? `${id}-error` : undefined}
        {...offer.attributes}
        onInput={(event) => (
          setText(event.currentTarget.value),
          offer.suggest(event.currentTarget.value)
        )}
        onKeyDown={press}
        onClick={() => offer.suggest(text)}
        onBlur={() => setTimeout(offer.close, 150)}
      />
      <Buttons
        isEmpty={text === ""}
        isWrong={state === "wrong"}
        onClear={() => (setText(""), run(""))}
      />
      {offer.list}
      {state === "wrong" && !offer.isOpen && <FilterError id={id} text={text} check={check!} />}
    </form>
  );
}

interface ButtonsProperties {
  isEmpty: boolean;
  isWrong: boolean;
  onClear: () => void;
}

const Buttons = ({ isEmpty, isWrong, onClear }: ButtonsProperties) => (
  <>
    {!isEmpty && (
      <button
        type="button"
        class="plain"
        aria-label="Clear the filter"
        title="Clear"
        onClick={onClear}
      >
        ✕
      </button>
    )}
    <button type="submit" class="filter-run" disabled={isWrong} aria-label="Run the filter">
      ↵
    </button>
  </>
);

function FilterError({ id, text, check }: { id: string; text: string; check: FilterCheck }) {
  return (
    <div id={`${id}-error`} class="filter-error mono" role="alert">
      {check.offset !== undefined && (
        <span aria-hidden="true" class="filter-caret">
          {`${" ".repeat(unitsOf(text, check.offset))}▲ `}
        </span>
      )}
      {check.message}
    </div>
  );
}
