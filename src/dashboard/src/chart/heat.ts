// Which share of the colours a value of a heat map has.

// 0 for nothing, else from the smallest to the largest by their logarithms.
export function shareOf(value: number, low: number, high: number): number {
  if (value <= 0) return 0;
  return high <= low ? 1 : Math.log(value / low) / Math.log(high / low);
}

export function extent(values: readonly (readonly number[])[]): [low: number, high: number] {
  let low = Infinity;
  let high = 0;
  for (const row of values)
    for (const value of row)
      if (value > 0) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  return [high === 0 ? 0 : low, high];
}
