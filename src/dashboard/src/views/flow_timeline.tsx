// When a flow was alive, and when its events were, on one axis: records as bars, events as marks with
// their names.
import type { Flow } from "../api_types.ts";
import { at } from "../filter/eve_fields.ts";
import { formatTimeOfDay, parseTime } from "../lib/clock.ts";
import { formatDuration } from "../lib/format.ts";
import { px } from "../ui/px.ts";
import { zone } from "../ui/zone.ts";

const WIDTH = 720;
const LANE_PX = 20;
const LABEL_PX = 80;

interface Mark {
  from: number;
  to: number;
  lane: string;
  title: string;
}

function marksOf(flow: Flow): Mark[] {
  const records = flow.records.map((record, i) => ({
    from: Number(at(record, "flow.start_ns")),
    to: Number(at(record, "flow.end_ns")),
    lane: "flow",
    title: `Record ${i + 1}`,
  }));
  const events = flow.events.map((event) => {
    const time = parseTime(event.timestamp);
    return {
      from: time,
      to: time,
      lane: event.event_type,
      title: String(at(event, "alert.signature") ?? event.event_type),
    };
  });
  return [...records, ...events].filter((mark) => Number.isFinite(mark.from));
}

export function FlowTimeline({ flow }: { flow: Flow }) {
  const marks = marksOf(flow);
  const first = Math.min(...marks.map((mark) => mark.from));
  const last = Math.max(...marks.map((mark) => mark.to), first + 1000);
  const lanes = [...new Set(marks.map((mark) => mark.lane))];
  const x = (ns: number) => LABEL_PX + ((ns - first) / (last - first)) * (WIDTH - LABEL_PX - 12);
  const height = lanes.length * LANE_PX + 20;
  const label = `From ${formatTimeOfDay(first, zone.value)} for ${formatDuration(last - first)}: ${flow.records.length} records, ${flow.events.length} events`;
  return (
    <svg
      class="timeline"
      viewBox={`0 0 ${WIDTH} ${height}`}
      style={{ height: px(height) }}
      preserveAspectRatio="xMinYMin meet"
      role="img"
      aria-label={label}
    >
      {lanes.map((lane, i) => (
        <g key={lane}>
          <text x="10" y={i * LANE_PX + 14} class="dim">
            {lane}
          </text>
          <line x1={LABEL_PX} x2={WIDTH - 12} y1={(i + 1) * LANE_PX} y2={(i + 1) * LANE_PX} />
        </g>
      ))}
      {marks.map((mark, i) => {
        const top = lanes.indexOf(mark.lane) * LANE_PX + 5;
        const width = x(mark.to) - x(mark.from);
        const kind = mark.lane === "flow" ? "life" : mark.lane === "alert" ? "alert" : "said";
        return mark.lane === "alert" ? (
          <path key={i} class={kind} d={`M${x(mark.from)} ${top} l5 10 h-10 z`}>
            <title>{mark.title}</title>
          </path>
        ) : (
          <rect
            key={i}
            class={kind}
            x={x(mark.from) - (width < 2 ? 1.5 : 0)}
            y={top}
            width={Math.max(width, 3)}
            height="10"
          >
            <title>{mark.title}</title>
          </rect>
        );
      })}
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <text
          key={share}
          x={LABEL_PX + share * (WIDTH - LABEL_PX - 12)}
          y={height - 4}
          class="dim"
          text-anchor={share === 0 ? "start" : share === 1 ? "end" : "middle"}
        >
          {share === 0
            ? formatTimeOfDay(first, zone.value)
            : "+" + formatDuration(share * (last - first))}
        </text>
      ))}
    </svg>
  );
}
