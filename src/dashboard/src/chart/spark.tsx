// A line without axes, as wide as its box: the shape of the last minutes beside a number.
import { theme } from "../ui/theme.ts";
import { seriesColour } from "../lib/palette.ts";

const WIDTH = 100;
const HEIGHT = 22;

export function Spark({ values, colour = 0 }: { values: readonly number[]; colour?: number }) {
  if (values.length < 2) return <svg class="spark" aria-hidden="true" />;
  const high = Math.max(...values, 1e-9);
  const points = values.map(
    (value, i) =>
      `${((i / (values.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - (value / high) * (HEIGHT - 3)).toFixed(1)}`,
  );
  const stroke = seriesColour(theme.value, colour);
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polygon
        points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`}
        fill={stroke}
        opacity={0.14}
      />
      <polyline
        points={points.join(" ")}
        fill="none"
        stroke={stroke}
        stroke-width="1.25"
        vector-effect="non-scaling-stroke"
      />
    </svg>
  );
}
