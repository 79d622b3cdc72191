// A window that is moved over the time of the page: how long it is, where it is, and whether it plays.
import { useEffect } from "preact/hooks";
import { formatTimeOfDay } from "../lib/clock.ts";
import { formatDuration } from "../lib/format.ts";
import { keep, place } from "../lib/location.ts";
import { bounds } from "../time/scope.ts";
import { zone } from "../ui/zone.ts";
import { PARTS, scrubbed, steps, windowOf } from "./window.ts";

const STEP_MS = 1500;

export function Scrub() {
  const state = scrubbed(place.value.more);
  const window = windowOf(bounds.value, state);
  const last = steps(state.part);
  const move = (position: number) => keep({ position: String(position) });
  useEffect(() => {
    if (!state.isPlaying || last === 0) return;
    const timer = setTimeout(() => move(state.position >= last ? 0 : state.position + 1), STEP_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div class="scrub toolbar" role="group" aria-label="Window of time">
      <label>
        Window{" "}
        <select
          value={String(state.part)}
          onChange={(event) =>
            keep({
              part: event.currentTarget.value === "1" ? "" : event.currentTarget.value,
              position: "",
            })
          }
        >
          {PARTS.map((part) => (
            <option key={part} value={String(part)}>
              {part === 1
                ? "all of the time"
                : formatDuration((bounds.value.until_ns - bounds.value.since_ns) / part)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        disabled={last === 0}
        aria-pressed={state.isPlaying}
        onClick={() => keep({ play: state.isPlaying ? "" : "1" })}
      >
        {state.isPlaying ? "Stop" : "Play"}
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={state.position}
        disabled={last === 0}
        aria-label="Position of the window"
        aria-valuetext={formatTimeOfDay(window.since_ns, zone.value, 0)}
        onInput={(event) => move(event.currentTarget.valueAsNumber)}
      />
      <span class="mono dim">
        {formatTimeOfDay(window.since_ns, zone.value, 0)} –{" "}
        {formatTimeOfDay(window.until_ns, zone.value, 0)}
      </span>
    </div>
  );
}
