// How times are written. Each time a page shows is either followed by its zone or stands in a table
// whose header names it.
//
// Must hold: ns since 1970 exceed what a number holds exactly by a factor of 200, so times are good
// to a microsecond, and bounds of questions are widened by one (see range.ts).

export type Zone = "local" | "utc";

const pad = (value: number, width = 2): string => String(value).padStart(width, "0");

interface Parts {
  date: string;
  seconds: string;
  microseconds: string;
}

function partsOf(ns: number, zone: Zone): Parts {
  const us = Math.round(ns / 1000);
  const ms = Math.floor(us / 1000);
  const time = new Date(zone === "utc" ? ms : ms - new Date(ms).getTimezoneOffset() * 60000);
  const date = `${time.getUTCFullYear()}-${pad(time.getUTCMonth() + 1)}-${pad(time.getUTCDate())}`;
  const hours = `${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}:${pad(time.getUTCSeconds())}`;
  return { date, seconds: hours, microseconds: pad(us - Math.floor(us / 1e6) * 1e6, 6) };
}

// "UTC", "UTC+2", "UTC+5:30".
export function zoneName(ns: number, zone: Zone): string {
  const minutes = zone === "utc" ? 0 : -new Date(ns / 1e6).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  const hours = `${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}`;
  return `UTC${hours}${size % 60 === 0 ? "" : ":" + pad(size % 60)}`;
}

// "2024-05-01 12:00:00.123456"; shorter with fewer digits.
export function formatTime(ns: number, zone: Zone, digits: 0 | 1 | 3 | 6 = 0): string {
  if (!Number.isFinite(ns)) return "–";
  const parts = partsOf(ns, zone);
  const fraction = digits === 0 ? "" : "." + parts.microseconds.slice(0, digits);
  return `${parts.date} ${parts.seconds}${fraction}`;
}

export function formatTimeOfDay(ns: number, zone: Zone, digits: 0 | 3 | 6 = 3): string {
  const parts = partsOf(ns, zone);
  return parts.seconds + (digits === 0 ? "" : "." + parts.microseconds.slice(0, digits));
}

// EVE's time stamps, to a microsecond: "2026-11-23T15:34:14.667900+0000".
export function parseTime(text: string): number {
  const found = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (found === null) return NaN;
  const offset = found[3]!.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const whole = Date.parse(found[1]! + offset);
  return whole * 1e6 + Number((found[2] ?? "").padEnd(9, "0").slice(0, 9));
}
