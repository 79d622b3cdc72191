// How full something is, as a bar and in words.

const HIGH_SHARE = 0.8;

export function Meter({ value, high, label }: { value: number; high: number; label: string }) {
  const share = high <= 0 ? 0 : Math.min(value / high, 1);
  return (
    <span class="gauge" role="img" aria-label={`${Math.round(share * 100)} %: ${label}`}>
      <span class="meter">
        <span data-high={share > HIGH_SHARE} style={{ width: `${100 * share}%` }} />
      </span>{" "}
      <span class="dim">{label}</span>
    </span>
  );
}
