import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime, formatTimeOfDay, parseTime, zoneName } from "../src/lib/clock.ts";

test("EVE's time stamps are read to the microsecond and written back", () => {
  const ns = parseTime("2026-11-23T15:34:14.667900+0000");
  assert.equal(formatTime(ns, "utc", 6), "2026-11-23 15:34:14.667900");
  assert.equal(formatTimeOfDay(ns, "utc", 3), "15:34:14.667");
  assert.equal(formatTime(parseTime("2026-11-23T15:34:14Z"), "utc"), "2026-11-23 15:34:14");
  assert.equal(parseTime("2026-11-23T17:34:14+0200"), parseTime("2026-11-23T15:34:14Z"));
  assert.ok(Number.isNaN(parseTime("yesterday")));
});

test("Times before 1970 count their microseconds forwards", () => {
  assert.equal(formatTime(-1_000, "utc", 6), "1969-12-31 23:59:59.999999");
});

test("UTC is called UTC, whatever the zone of the browser", () => {
  assert.equal(zoneName(0, "utc"), "UTC");
  assert.match(zoneName(1.7e18, "local"), /^UTC([+−]\d+(:\d\d)?)?$/);
});
