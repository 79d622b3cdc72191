// How loading rules goes, and what the last load has come to.
import { useState } from "preact/hooks";
import * as api from "../api.ts";
import type { RuleLoad, RulesReport } from "../api_types.ts";
import { say } from "../ui/notice.tsx";
import { Panel } from "../ui/panel.tsx";

// What the last load found wrong with the files; their other rules are in use all the same.
function Problems({ of: problems }: { of: RulesReport["problems"] }) {
  if (problems === undefined || problems.count === 0) return null;
  const more = problems.count - problems.lines.length;
  return (
    <ul class="peers" aria-label="Problems">
      {problems.lines.map((line, i) => (
        <li key={i} class="wrong">
          {line}
        </li>
      ))}
      {more > 0 && <li class="dim">and {more} more: baleen rules check lists them</li>}
    </ul>
  );
}

export function Loading({
  load,
  files,
  again,
}: {
  load: RuleLoad | null;
  files: string[];
  again: () => void;
}) {
  const [refusal, setRefusal] = useState("");
  const reload = () => {
    if (!confirm("Load rules.files and use them? Rules in use stay until the new ones are ready."))
      return;
    setRefusal("");
    api.reloadRules().then(
      () => (say("Loading has begun"), again()),
      (error: Error) => setRefusal(error.message),
    );
  };
  const progress = load?.progress;
  return (
    <Panel
      title="Loading"
      tools={
        <button type="button" disabled={load?.served !== true} onClick={reload}>
          Load again
        </button>
      }
    >
      <div class="pad stack">
        {refusal !== "" && (
          <p class="trouble" role="alert">
            Not loaded: {refusal}
          </p>
        )}
        <p>
          {load?.task
            ? `Doing: ${load.task}`
            : load?.served
              ? "Nothing is being loaded."
              : "No run takes rules now."}
        </p>
        {progress != null && load?.task && (
          <p>
            <progress
              max={progress.database_count}
              value={progress.databases_done}
              aria-label="Databases"
            />{" "}
            {progress.databases_done} of {progress.database_count} databases,{" "}
            {progress.seconds.toFixed(0)} s
          </p>
        )}
        {load?.last?.reason != null && (
          <p class="trouble" role="alert">
            {load.last.text}
          </p>
        )}
        <Problems of={load?.last?.problems} />
        {load?.last != null && (
          <dl class="pairs">
            {Object.entries(load.last)
              .filter(([, value]) => typeof value !== "object")
              .map(([name, value]) => [
                <dt key={name} class="dim">
                  {name}
                </dt>,
                <dd key={name + "v"}>{String(value)}</dd>,
              ])}
          </dl>
        )}
        {files.map((file) => (
          <p key={file} class="mono dim">
            {file}
          </p>
        ))}
      </div>
    </Panel>
  );
}
