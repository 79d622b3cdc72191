// What is offered to complete a filter, as a list under its line: gone through by the arrows, taken
// by Tab, Enter or a click.
//
// Must hold: an offer that comes too late for what is typed is dropped.
import { type RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { applied, type Completer, type Completion } from "./complete.ts";

const NOTHING: Completion = { from: 0, suggestions: [] };

function useCompletion(input: RefObject<HTMLInputElement | null>, complete: Completer) {
  const [offer, setOffer] = useState(NOTHING);
  const [chosen, setChosen] = useState(-1);
  const asked = useRef(0);
  const latest = useRef(offer);
  latest.current = offer;
  const close = () => (asked.current++, setOffer(NOTHING), setChosen(-1));
  // What is chosen of one offer stays so in the next that has it.
  const replace = (next: Completion) => {
    setChosen((was) => {
      const text = latest.current.suggestions[was]?.text;
      return next.suggestions.findIndex((one) => one.text === text);
    });
    setOffer(next);
  };
  const suggest = (text: string) => {
    const mine = ++asked.current;
    setChosen(-1);
    const found = complete(text, input.current?.selectionStart ?? text.length);
    if (!(found instanceof Promise)) setOffer(found);
    else
      found.then(
        (next) => mine === asked.current && replace(next),
        () => {},
      );
  };
  return { offer, chosen, setChosen, suggest, close };
}

export function useOffer(
  input: RefObject<HTMLInputElement | null>,
  id: string,
  complete: Completer,
  setText: (text: string) => void,
) {
  const { offer, chosen, setChosen, suggest, close } = useCompletion(input, complete);
  const caret = useRef<number | null>(null);
  const isOpen = offer.suggestions.length > 0;
  useEffect(
    () => document.getElementById(`${id}-choice-${chosen}`)?.scrollIntoView({ block: "nearest" }),
    [chosen],
  );
  // As soon as the text is drawn, before another letter can be typed.
  useLayoutEffect(() => {
    if (caret.current === null) return;
    input.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
    suggest(input.current?.value ?? "");
  });
  const take = (index: number) => {
    const text = input.current?.value ?? "";
    const end = input.current?.selectionStart ?? text.length;
    const [next, at] = applied(text, end, offer.from, offer.suggestions[index]!.text);
    caret.current = at;
    setText(next);
    setChosen(-1);
  };
  const step = (by: number) => {
    const count = offer.suggestions.length;
    setChosen((was) =>
      count === 0 ? -1 : (was + by + count + (was < 0 && by < 0 ? 1 : 0)) % count,
    );
  };
  // Whether the key was for the list.
  const press = (event: KeyboardEvent, text: string): boolean => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (isOpen) step(event.key === "ArrowDown" ? 1 : -1);
      else suggest(text);
    } else if (["Tab", "Enter"].includes(event.key) && isOpen && chosen >= 0) take(chosen);
    else if (event.key === "Escape" && isOpen) close();
    else return false;
    return true;
  };
  const attributes = {
    role: "combobox",
    "aria-expanded": isOpen,
    "aria-controls": `${id}-choices`,
    "aria-autocomplete": "list",
    "aria-activedescendant": chosen >= 0 ? `${id}-choice-${chosen}` : undefined,
  } as const;
  const list = <Choices id={id} offer={offer} chosen={chosen} onTake={take} />;
  return { isOpen, suggest, close, press, attributes, list };
}

interface ChoicesProperties {
  id: string;
  offer: Completion;
  chosen: number;
  onTake: (index: number) => void;
}

const Choices = ({ id, offer, chosen, onTake }: ChoicesProperties) => (
  <ul
    id={`${id}-choices`}
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
        onMouseDown={(event) => (event.preventDefault(), onTake(index))}
      >
        <span class="mono">{one.text}</span> <span class="dim">{one.description}</span>
      </li>
    ))}
  </ul>
);
