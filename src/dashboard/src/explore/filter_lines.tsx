// The filters that are compared, one a line, each in the colour of its curve.
import { FilterBar } from "../filter/bar.tsx";
import { keep } from "../lib/location.ts";
import { DASHES, seriesColour } from "../lib/palette.ts";
import { theme } from "../ui/theme.ts";
import { formatLines, LINES_MAX } from "./lines.ts";

export function FilterLines({ filters }: { filters: readonly string[] }) {
  const set = (next: readonly string[]) => keep({ lines: formatLines(next) });
  return (
    <ol class="filter-lines" aria-label="Filters that are compared">
      {filters.map((filter, i) => (
        <li key={i}>
          <Sample index={i} />
          <FilterBar
            id={`line-${i}`}
            kind="flow"
            label={`Filter ${i + 1}`}
            value={filter}
            placeholder="everything"
            onRun={(text) => set(filters.map((was, at) => (at === i ? text : was)))}
          />
          <button
            type="button"
            aria-label={`Remove filter ${i + 1}`}
            title="Remove"
            disabled={filters.length === 1}
            onClick={() => set(filters.filter((_, at) => at !== i))}
          >
            −
          </button>
        </li>
      ))}
      {filters.length < LINES_MAX && (
        <li>
          <button type="button" onClick={() => set([...filters, ""])}>
            + Filter
          </button>
        </li>
      )}
    </ol>
  );
}

const Sample = ({ index }: { index: number }) => (
  <svg width="28" height="8" aria-hidden="true">
    <line
      x2="28"
      y1="4"
      y2="4"
      stroke={seriesColour(theme.value, index)}
      stroke-width="2"
      stroke-dasharray={DASHES[index % DASHES.length]!.join(" ")}
    />
  </svg>
);
