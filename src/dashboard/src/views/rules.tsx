// The rules in use, how often each has hit, how loading goes, and whether a text of rules could be used.
import { useMemo, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Rule, RuleCheck } from "../api_types.ts";
import { term } from "../filter/compose.ts";
import { formatWhole } from "../lib/format.ts";
import { go, keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { csvOf, SimpleTable } from "../table/simple.tsx";
import type { Column } from "../table/column.ts";
import { saveCsv } from "../ui/export.ts";
import { say } from "../ui/notice.tsx";
import { Panel } from "../ui/panel.tsx";

const COLUMNS: Column<Rule>[] = [
  {
    id: "id",
    title: "Id",
    widthPx: 90,
    isNumber: true,
    isMono: true,
    sort: true,
    value: (rule) => rule.id,
    filter: (rule) => term("rule.id", rule.id),
  },
  { id: "rev", title: "Rev", widthPx: 50, isNumber: true, value: (rule) => rule.rev },
  {
    id: "severity",
    title: "Sev.",
    widthPx: 52,
    sort: true,
    value: (rule) => rule.severity,
    show: (rule) => (
      <span class="severity" data-severity={rule.severity}>
        {rule.severity}
      </span>
    ),
  },
  { id: "action", title: "Action", widthPx: 70, sort: true, value: (rule) => rule.action },
  {
    id: "name",
    title: "Name",
    widthPx: 360,
    grows: 1,
    sort: true,
    value: (rule) => rule.name,
    filter: (rule) => term("rule.name", rule.name),
  },
  {
    id: "class",
    title: "Class",
    widthPx: 180,
    sort: true,
    value: (rule) => rule.classtype,
    filter: (rule) => term("rule.classtype", rule.classtype),
  },
];

export function Rules() {
  const sought = place.value.more.name ?? "";
  const asked = useQuery(["rules", sought], (signal) =>
    api.rules({ name: sought, limit: 500 }, signal),
  );
  const rules = useMemo(() => asked.result?.rules ?? [], [asked.result]);
  const search = (event: Event) => (
    event.preventDefault(),
    keep({ name: new FormData(event.currentTarget as HTMLFormElement).get("name")!.toString() })
  );
  const found = asked.result;
  return (
    <div class="fill">
      <div class="columns wide-left fill-columns">
        <Panel
          title="Rules"
          class="grow-box"
          asked={asked}
          note={
            found === null
              ? ""
              : `${formatWhole(rules.length)} of ${formatWhole(found.found)} found, ${formatWhole(found.count)} in use`
          }
          outputs={[{ label: "CSV", act: () => saveCsv("baleen-rules", ...csvOf(COLUMNS, rules)) }]}
          tools={
            <form role="search" onSubmit={search}>
              <input
                key={sought}
                name="name"
                type="search"
                aria-label="Rules by name"
                placeholder="Name, then Enter"
                defaultValue={sought}
              />
            </form>
          }
        >
          <SimpleTable
            label="Rules"
            columns={COLUMNS}
            rows={rules}
            rowKey={(rule) => `${rule.gid}:${rule.id}`}
            empty="No rule is in use, or none has such a name."
            onOpen={(rule) => go({ view: "matches", filter: term("rule.id", rule.id) })}
          />
        </Panel>
        <div class="stack">
          <Loading load={found?.load ?? null} files={found?.files ?? []} again={asked.again} />
          <Check />
        </div>
      </div>
    </div>
  );
}

function Loading({
  load,
  files,
  again,
}: {
  load: import("../api_types.ts").RuleLoad | null;
  files: string[];
  again: () => void;
}) {
  const reload = () => {
    if (!confirm("Load rules.files and use them? Rules in use stay until the new ones are ready."))
      return;
    api.reloadRules().then(
      () => (say("Loading has begun"), again()),
      (error: Error) => say(error.message),
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

function Check() {
  const [text, setText] = useState("");
  const [dialect, setDialect] = useState("suricata");
  const [check, setCheck] = useState<RuleCheck | string | null>(null);
  const run = () =>
    api.checkRules(text, dialect).then(setCheck, (error: Error) => setCheck(error.message));
  return (
    <Panel
      title="Check rules"
      tools={
        <select
          aria-label="Dialect"
          value={dialect}
          onChange={(event) => setDialect(event.currentTarget.value)}
        >
          {["suricata", "snort3", "native"].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      }
    >
      <div class="pad stack">
        <textarea
          class="mono"
          rows={7}
          aria-label="Rules"
          spellcheck={false}
          placeholder='alert tcp any any -> any 80 (msg:"…"; content:"…"; sid:1;)'
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p class="buttons">
          <button type="button" class="primary" disabled={text.trim() === ""} onClick={run}>
            Check
          </button>
        </p>
        {typeof check === "string" && (
          <p class="trouble" role="alert">
            {check}
          </p>
        )}
        {check !== null && typeof check !== "string" && <CheckResult check={check} />}
      </div>
    </Panel>
  );
}

const CheckResult = ({ check }: { check: RuleCheck }) => (
  <div role="status">
    <p>
      {check.rules} rules: {check.exact} exact, {check.prefilter} as a prefilter, {check.refused}{" "}
      refused, {check.invalid} invalid.
    </p>
    <ul class="peers">
      {check.problems.map((one, i) => (
        <li key={i} class="wrong">
          {one.line}:{one.column} {one.message}
        </li>
      ))}
      {check.refusals.map((one, i) => (
        <li key={`r${i}`}>
          {one.line}: rule {one.id} wants {one.keywords.join(", ")}
        </li>
      ))}
    </ul>
  </div>
);
