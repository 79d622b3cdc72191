// One event in a line: when, what, who with whom.
import type { Eve } from "../api_types.ts";
import { at } from "../filter/eve_fields.ts";
import { term } from "../filter/compose.ts";
import { formatTimeOfDay, parseTime } from "../lib/clock.ts";
import { link } from "../lib/location.ts";
import { Value } from "../ui/value.tsx";
import { zone } from "../ui/zone.ts";
import { summaryOf } from "./event_summary.ts";

export function endpoint(address: unknown, port: unknown): string {
  const text = String(address ?? "");
  if (port === undefined || port === null || port === "") return text;
  return text.includes(":") ? `[${text}]:${port}` : `${text}:${port}`;
}

const SEVERITIES = ["", "grave", "middling", "slight"];

export function EventLine({ event }: { event: Eve }) {
  const severity = Number(at(event, "alert.severity") ?? 0);
  const rule = at(event, "alert.signature_id");
  return (
    <li class="event">
      <time class="mono dim">{formatTimeOfDay(parseTime(event.timestamp), zone.value)}</time>
      {severity > 0 && (
        <span class="severity" data-severity={severity} title={SEVERITIES[severity] ?? ""}>
          {severity}
        </span>
      )}
      <Value
        class="event-text"
        text={summaryOf(event)}
        href={link({ view: "flows", item: String(event.flow_id), filter: "" })}
        filter={rule === undefined ? term("flow.id", event.flow_id) : term("rule.id", Number(rule))}
      />
      <span class="mono dim event-ends">
        {endpoint(event.src_ip, event.src_port)} → {endpoint(event.dest_ip, event.dest_port)}
      </span>
    </li>
  );
}
