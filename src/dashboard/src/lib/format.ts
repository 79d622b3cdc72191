// How numbers are written: bits as bits (k, M, G), bytes as bytes, both decimal, as the filter reads
// them back ("1MB" is 10^6 bytes there too).

const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];

// Three significant digits, with the prefix that makes the number at least 1: "1.24 M".
export function scaled(value: number): [digits: string, prefix: string] {
  if (!Number.isFinite(value)) return ["–", ""];
  let power = 0;
  let rest = Math.abs(value);
  // 999.5 would be written as 1000.
  while (rest >= 999.5 && power < PREFIXES.length - 1) {
    rest /= 1000;
    power++;
  }
  const decimals =
    power === 0 && Number.isInteger(value) ? 0 : rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0;
  return [(value < 0 ? "−" : "") + rest.toFixed(decimals), PREFIXES[power]!];
}

function withUnit(value: number, unit: string): string {
  const [digits, prefix] = scaled(value);
  return `${digits}\u00a0${prefix}${unit}`;
}

export const formatBytes = (bytes: number): string => withUnit(bytes, "B");
export const formatBitRate = (bitsPerS: number): string => withUnit(bitsPerS, "bit/s");
export const formatPacketRate = (perS: number): string => withUnit(perS, "pkt/s");
export const formatRate = (perS: number): string => withUnit(perS, "/s");

// A number of things: whole up to a million, in groups of three; above it in short.
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return "–";
  if (Math.abs(count) >= 1e6) {
    const [digits, prefix] = scaled(count);
    return `${digits}\u00a0${prefix}`;
  }
  return formatWhole(Number.isInteger(count) ? count : Math.round(count * 100) / 100);
}

// Every digit, with thin spaces between the thousands.
export function formatWhole(count: number): string {
  const [whole, fraction] = String(count).split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return "–";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return "<0.1 %";
  return `${percent.toFixed(percent < 10 ? 1 : 0)}\u00a0%`;
}

const DURATIONS: [ns: number, unit: string][] = [
  [86400e9, "d"],
  [3600e9, "h"],
  [60e9, "min"],
];

// "812 µs", "1.53 s", "2 h 5 min".
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) return "–";
  if (ns < 0) return "−" + formatDuration(-ns);
  for (let i = 0; i < DURATIONS.length; i++) {
    const [unitNs, unit] = DURATIONS[i]!;
    if (ns < unitNs) continue;
    const whole = Math.floor(ns / unitNs);
    const [smallerNs, smaller] = DURATIONS[i + 1] ?? [1e9, "s"];
    const rest = Math.floor((ns - whole * unitNs) / smallerNs);
    return rest === 0 ? `${whole}\u00a0${unit}` : `${whole}\u00a0${unit} ${rest}\u00a0${smaller}`;
  }
  if (ns === 0) return "0\u00a0s";
  for (const [unitNs, unit] of [
    [1e9, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
  ] as const)
    if (ns >= unitNs) {
      const value = ns / unitNs;
      return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)}\u00a0${unit}`;
    }
  return `${Math.round(ns)}\u00a0ns`;
}

// By what the API adds up.
export type By = "bytes" | "packets" | "flows";
export function formatBy(by: By, value: number): string {
  return by === "bytes" ? formatBytes(value) : formatCount(value);
}
