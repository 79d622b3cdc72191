// The choice of time: the last minutes to days, a time from and to, or all that the store has; how
// often pages ask anew; and the zone in which times are shown.
import { useEffect, useRef, useState } from "preact/hooks";
import { formatTime, formatTimeOfDay, zoneName } from "../lib/clock.ts";
import { formatDuration } from "../lib/format.ts";
import { toggleZone, zone } from "../ui/zone.ts";
import { isLive } from "../live/appliance.ts";
import { ALL, type Bounds, PRESETS, timeOf } from "./range.ts";
import {
  bounds,
  moment,
  moves,
  nowNs,
  range,
  REFRESHES,
  refreshSeconds,
  setRange,
  zoomOut,
} from "./scope.ts";

function summary(now: Bounds): string {
  const { since, until } = range.value;
  const preset = PRESETS.find(([word]) => word === (since || (isLive.value ? "now-15m" : "")));
  if (preset !== undefined && (until === "" || until === "now")) return preset[1];
  if (since === ALL || since === "")
    return `All data, ${formatDuration(now.until_ns - now.since_ns)}`;
  const sameDay =
    formatTime(now.since_ns, zone.value).slice(0, 10) ===
    formatTime(now.until_ns, zone.value).slice(0, 10);
  const end = sameDay
    ? formatTimeOfDay(now.until_ns, zone.value, 0)
    : formatTime(now.until_ns, zone.value);
  return `${formatTime(now.since_ns, zone.value)} – ${end}`;
}

export function TimePicker() {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const now = bounds.value;
  const close = () => (setOpen(false), button.current?.focus());
  useEffect(() => {
    if (!isOpen) return;
    root.current?.querySelector<HTMLElement>(".picker button")?.focus();
    const away = (event: Event) => !root.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [isOpen]);
  const choose = (since: string, until: string) => (setRange({ since, until }), close());
  return (
    <div
      class="time"
      ref={root}
      onKeyDown={(event) => event.key === "Escape" && isOpen && (event.stopPropagation(), close())}
    >
      <button
        id="time"
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        title="Time (t)"
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-hidden="true">◷</span> {summary(now)}{" "}
        <span class="dim">{zoneName(now.until_ns, zone.value)}</span>
      </button>
      <button type="button" title="Zoom out" aria-label="Zoom out in time" onClick={zoomOut}>
        −
      </button>
      <button
        type="button"
        title="Ask again now"
        aria-label="Refresh"
        data-moves={moves.value}
        onClick={() => (moment.value = nowNs())}
      >
        ↻
      </button>
      {isOpen && (
        <div class="picker" role="dialog" aria-label="Time">
          <div class="picker-presets">
            {PRESETS.map(([since, label]) => (
              <button
                key={since}
                type="button"
                aria-pressed={range.value.since === since}
                onClick={() => choose(since, "now")}
              >
                {label}
              </button>
            ))}
            <button
              type="button"
              aria-pressed={range.value.since === ALL}
              onClick={() => choose(ALL, "")}
            >
              All data
            </button>
          </div>
          <Absolute bounds={now} onChoose={choose} />
        </div>
      )}
    </div>
  );
}

function Absolute({
  bounds: now,
  onChoose,
}: {
  bounds: Bounds;
  onChoose: (since: string, until: string) => void;
}) {
  const asText = (ns: number) =>
    formatTime(ns, zone.value).replace(" ", "T") + (zone.value === "utc" ? "Z" : "");
  const [since, setSince] = useState(asText(now.since_ns));
  const [until, setUntil] = useState(asText(now.until_ns));
  const from = timeOf(since, nowNs());
  const to = timeOf(until, nowNs());
  const wrong =
    from === null || to === null
      ? "Write now-2h, 2024-05-01T12:00:00Z, or seconds since 1970."
      : from >= to
        ? "From is not before to."
        : "";
  const submit = (event: Event) => {
    event.preventDefault();
    if (wrong !== "") return;
    const word = (text: string, ns: number) => (text.startsWith("now") ? text : String(ns / 1e9));
    onChoose(word(since, from!), word(until, to!));
  };
  return (
    <form class="picker-absolute" onSubmit={submit}>
      <label>
        From{" "}
        <input
          class="mono"
          value={since}
          onInput={(event) => setSince(event.currentTarget.value)}
        />
      </label>
      <label>
        To{" "}
        <input
          class="mono"
          value={until}
          onInput={(event) => setUntil(event.currentTarget.value)}
        />
      </label>
      <p class={wrong ? "wrong" : "dim"} role={wrong ? "alert" : undefined}>
        {wrong || "Or drag over a chart; a double click on it goes back."}
      </p>
      <div class="buttons">
        <button type="submit" class="primary" disabled={wrong !== ""}>
          Apply
        </button>
        <label>
          Refresh{" "}
          <select
            value={String(refreshSeconds.value)}
            onChange={(event) => (refreshSeconds.value = Number(event.currentTarget.value))}
          >
            {REFRESHES.map((seconds) => (
              <option key={seconds} value={String(seconds)}>
                {seconds === 0 ? "off" : `${seconds} s`}
              </option>
            ))}
          </select>
        </label>
        <button type="button" aria-pressed={zone.value === "utc"} onClick={toggleZone}>
          Show UTC
        </button>
      </div>
    </form>
  );
}
