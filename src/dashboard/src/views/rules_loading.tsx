// How loading rules goes, and what the last load has come to.
import { useState } from "preact/hooks";
import * as api from "../api.ts";
import type { RuleLoad } from "../api_types.ts";
import { say } from "../ui/notice.tsx";
import { Panel } from "../ui/panel.tsx";

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
        {typeof load?.last?.reason === "string" && (
          <p class="trouble" role="alert">
            {String(load.last.text)}
          </p>
        )}
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
