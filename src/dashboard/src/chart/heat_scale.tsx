// What the colours of a heat map mean.
import { heatColour } from "../lib/palette.ts";
import { theme } from "../ui/theme.ts";

const STEPS = [0, 0.25, 0.5, 0.75, 1];

export function HeatScale({
  low,
  high,
  format,
}: {
  low: number;
  high: number;
  format: (value: number) => string;
}) {
  if (high === 0) return null;
  const colours = STEPS.map((share) => `rgb(${heatColour(share, theme.value).join(",")})`).join(
    ", ",
  );
  return (
    <span class="heat-scale dim">
      {format(low)}{" "}
      <i style={{ background: `linear-gradient(90deg, ${colours})` }} aria-hidden="true" />{" "}
      {format(high)} (logarithmic)
    </span>
  );
}
