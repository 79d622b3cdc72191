// The line a filter is typed in: checked by the API while typing, completed, with the error under the
// place it is about. Enter or the button runs it; Escape leaves.
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { FilterCheck, Kind } from "../api_types.ts";
import { applied, complete, type Completion, unitsOf } from "./complete.ts";
import { fieldsOf } from "./fields.ts";

const CHECK_AFTER_MS = 150;

interface Properties {
  value: string;
  kind: Kind;
  label: string;
  placeholder: string;
  id: string;
  onRun: (filter: string) => void;
}

function useCheck(text: string, kind: Kind): FilterCheck | null {
  const [check, setCheck] = useState<FilterCheck | null>(null);
  useEffect(() => {
    setCheck(null);
    if (text.trim() === "") return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.checkFilter({ filter: text, kind }, abort.signal).then(setCheck, () => {});
    }, CHECK_AFTER_MS);
    return () => (clearTimeout(timer), abort.abort());
  }, [text, kind]);
  return check;
}

const NOTHING: Completion = { from: 0, suggestions: [] };

export function FilterBar({ value, kind, label, placeholder, id, onRun }: Properties) {
  const [text, setText] = useState(value);
  const [offer, setOffer] = useState(NOTHING);
  const [chosen, setChosen] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const check = useCheck(text, kind);
  const { fields } = fieldsOf(kind);
  useEffect(() => setText(value), [value]);
  useEffect(
    () => document.getElementById(`${id}-choice-${chosen}`)?.scrollIntoView({ block: "nearest" }),
    [chosen],
  );

  const close = () => (setOffer(NOTHING), setChosen(-1));
  const suggest = (now: string) => {
    setOffer(complete(now, input.current?.selectionStart ?? now.length, fields));
    setChosen(-1);
  };
  const run = (now: string) => (close(), onRun(now.trim()));
  const take = (index: number) => {
    const caret = input.current?.selectionStart ?? text.length;
    const [next, at] = applied(text, caret, offer.from, offer.suggestions[index]!.text);
    setText(next);
    requestAnimationFrame(() => {
      input.current?.setSelectionRange(at, at);
      suggest(next);
    });
  };
  const step = (by: number) => {
    const count = offer.suggestions.length;
    setChosen((was) =>
      count === 0 ? -1 : (was + by + count + (was < 0 && by < 0 ? 1 : 0)) % count,
    );
  };
  const press = (event: KeyboardEvent) => {
    const isOpen = offer.suggestions.length > 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (isOpen) step(event.key === "ArrowDown" ? 1 : -1);
      else suggest(text);
    } else if (event.key === "Tab" && isOpen && chosen >= 0) take(chosen);
    else if (event.key === "Enter") chosen >= 0 ? take(chosen) : run(text);
    else if (event.key === "Escape") isOpen ? close() : input.current?.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const state =
    text.trim() === "" ? "empty" : check === null ? "unknown" : check.valid ? "valid" : "wrong";
  const list = `${id}-choices`;
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
        role="combobox"
        aria-label={label}
        aria-expanded={offer.suggestions.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-invalid={state === "wrong"}
        aria-describedby={state === "wrong" ? `${id}-error` : undefined}
        aria-activedescendant={chosen >= 0 ? `${id}-choice-${chosen}` : undefined}
        onInput={(event) => (
          setText(event.currentTarget.value),
          suggest(event.currentTarget.value)
        )}
        onKeyDown={press}
        onClick={() => suggest(text)}
        onBlur={() => setTimeout(close, 150)}
      />
      {text !== "" && (
        <button
          type="button"
          class="plain"
          aria-label="Clear the filter"
          title="Clear"
          onClick={() => (setText(""), run(""))}
        >
          ✕
        </button>
      )}
      <button
        type="submit"
        class="filter-run"
        disabled={state === "wrong"}
        aria-label="Run the filter"
      >
        ↵
      </button>
      <ul
        id={list}
        class="filter-choices"
        role="listbox"
        aria-label="Completions"
        hidden={offer.suggestions.length === 0}
      >
        {offer.suggestions.map((one, index) => (
          <li
            key={one.text}
            id={`${id}-choice-${index}`}
            role="option"
            aria-selected={index === chosen}
            onMouseDown={(event) => (event.preventDefault(), take(index))}
          >
            <span class="mono">{one.text}</span> <span class="dim">{one.description}</span>
          </li>
        ))}
      </ul>
      {state === "wrong" && offer.suggestions.length === 0 && (
        <FilterError id={id} text={text} check={check!} />
      )}
    </form>
  );
}

function FilterError({ id, text, check }: { id: string; text: string; check: FilterCheck }) {
  const at = unitsOf(text, check.offset ?? 0);
  return (
    <div id={`${id}-error`} class="filter-error mono" role="alert">
      <span aria-hidden="true" class="filter-caret">{`${" ".repeat(at)}▲ `}</span>
      {check.message}
    </div>
  );
}
