// The rules in use, how often each has hit, how loading goes, and whether a text of rules could be used.
import { useEffect, useMemo } from "preact/hooks";
import * as api from "../api.ts";
import type { Rule, Top } from "../api_types.ts";
import { term } from "../filter/compose.ts";
import { formatCount, formatWhole } from "../lib/format.ts";
import { go, keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { csvOf, SimpleTable } from "../table/simple.tsx";
import type { Column } from "../table/column.ts";
import { filterScope, moment } from "../time/scope.ts";
import { saveCsv } from "../ui/export.ts";
import { Panel } from "../ui/panel.tsx";
import { Check } from "./rules_check.tsx";
import { Loading } from "./rules_loading.tsx";

// Of the page's time, by a rule's id; null where that is not known: not yet, or it is not among the largest.
function hitsIn(answer: Top | null): (rule: Rule) => number | null {
  const flows = new Map(answer?.rows.map((row) => [String(row.key[0]), row.flows]));
  const others = answer !== null && answer.others.records === 0 ? 0 : null;
  return (rule) => flows.get(String(rule.id)) ?? others;
}

const hitsColumn = (hits: (rule: Rule) => number | null): Column<Rule> => ({
  id: "flows",
  title: "Flows",
  hint: "Flows of this time, as far as they have ended, that the rule has found something in",
  widthPx: 70,
  isNumber: true,
  sort: true,
  value: hits,
  show: (rule) => {
    const flows = hits(rule);
    return flows === null ? "" : formatCount(flows);
  },
  filter: (rule) => term("rule.id", rule.id),
});

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

// Loading has no events of its own: it is looked at until it has ended.
const LOOKS_MS = 500;

export function Rules() {
  const sought = place.value.more.name ?? "";
  const asked = useQuery(["rules", sought, moment.value], (signal) =>
    api.rules({ name: sought, limit: 500 }, signal),
  );
  useEffect(() => {
    if (!asked.result?.load.task) return;
    const timer = setTimeout(asked.again, LOOKS_MS);
    return () => clearTimeout(timer);
  }, [asked.result]);
  const rules = useMemo(() => asked.result?.rules ?? [], [asked.result]);
  const hits = useQuery(["rule hits", filterScope.value], (signal) =>
    api.top({ ...filterScope.value, field: "rule.id", by: "flows", limit: 1000 }, signal),
  );
  const columns = useMemo(() => [...COLUMNS, hitsColumn(hitsIn(hits.result))], [hits.result]);
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
          outputs={[{ label: "CSV", act: () => saveCsv("baleen-rules", ...csvOf(columns, rules)) }]}
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
            columns={columns}
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
