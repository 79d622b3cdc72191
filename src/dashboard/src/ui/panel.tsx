// A titled box with what it shows, what can be taken out of it, and what is to be said about the
// answer: that it is awaited, wrong, or not the whole truth.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Answer } from "../api_types.ts";
import type { Asked } from "../lib/query.ts";
import { saveJson } from "./export.ts";
import { px } from "./px.ts";

export interface Output {
  label: string;
  act: () => void;
}

interface Properties {
  title: string;
  note?: ComponentChildren;
  tools?: ComponentChildren;
  outputs?: Output[];
  asked?: Asked<unknown>;
  class?: string;
  // Height of what will be there, so that an answer does not move what stands below it from under
  // somebody's pointer.
  contentPx?: number;
  children: ComponentChildren;
}

// Of the header and both borders.
const AROUND_PX = 36;

export const jsonOutput = (name: string, value: unknown): Output => ({
  label: "JSON",
  act: () => saveJson(name, value),
});

export function Panel({
  title,
  note,
  tools,
  outputs = [],
  asked,
  class: kind = "",
  contentPx = 0,
  children,
}: Properties) {
  const wait = asked !== undefined && asked.isWaiting && asked.result === null;
  return (
    <section
      class={`panel ${kind}`}
      aria-label={title}
      aria-busy={wait}
      style={{ minHeight: px(contentPx + AROUND_PX) }}
    >
      <header>
        <h2>{title}</h2>
        {note !== undefined && <span class="dim">{note}</span>}
        <span class="grow" />
        {tools}
        {outputs.length > 0 && <Outputs title={title} outputs={outputs} />}
      </header>
      {asked?.error != null && <Trouble asked={asked} />}
      {wait ? asked.error === null && <div class="wait dim">Asking …</div> : children}
    </section>
  );
}

function Outputs({ title, outputs }: { title: string; outputs: Output[] }) {
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => details.current?.removeAttribute("open");
  return (
    <details
      class="outputs"
      ref={details}
      onFocusOut={(event) => {
        if (!details.current?.contains(event.relatedTarget as Node | null)) close();
      }}
    >
      <summary aria-label={`Export ${title}`} title="Export">
        ⤓
      </summary>
      <div>
        {outputs.map((output) => (
          <button key={output.label} type="button" onClick={() => (output.act(), close())}>
            {output.label}
          </button>
        ))}
      </div>
    </details>
  );
}

function Trouble({ asked }: { asked: Asked<unknown> }) {
  const { error } = asked;
  if (error!.problem.type === "/problems/no-run")
    return <p class="dim pad">No data plane is running, and none has run since the start.</p>;
  // The filter's bar says what is wrong with it, once for all panels.
  if (error!.problem.parameter === "filter")
    return <p class="dim pad">No answer: the filter cannot be read.</p>;
  return (
    <div class="trouble" role="alert">
      <b>{error!.problem.title ?? "No answer"}</b> {error!.problem.detail ?? ""}{" "}
      <button type="button" class="plain" onClick={asked.again}>
        Try again
      </button>
    </div>
  );
}

// What an answer says of itself, in words.
export function Caveats({
  answer,
}: {
  answer: Partial<Pick<Answer, "is_exact" | "is_whole" | "problems">> | null;
}) {
  if (answer === null) return null;
  const said = [
    answer.is_whole === false &&
      "Not everything in this time was looked at: the question took too long.",
    answer.is_exact === false &&
      "Small values may be missing or too low: roll-ups keep the largest.",
    ...(answer.problems ?? []),
  ].filter(Boolean);
  if (said.length === 0) return null;
  return (
    <div class="caveat" role="note">
      ⚠ {said.join(" ")}
    </div>
  );
}
