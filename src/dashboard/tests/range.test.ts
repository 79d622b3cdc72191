import assert from "node:assert/strict";
import { test } from "node:test";
import { absolute, boundsOf, secondsWord, timeOf, widened } from "../src/time/range.ts";

const NOW = 1_795_000_000e9;
const LIVE = { isLive: true, first_ns: NOW - 1e15, last_ns: NOW };
const REPLAY = { isLive: false, first_ns: 1.2e18, last_ns: 1.2e18 + 5e9 };

test("Words of time mean what the API takes them for", () => {
  assert.equal(timeOf("now", NOW), NOW);
  assert.equal(timeOf("now-15m", NOW), NOW - 900e9);
  assert.equal(timeOf("1700000000.5", NOW), 1_700_000_000.5e9);
  assert.equal(timeOf("2024-05-01T12:00:00Z", NOW), Date.UTC(2024, 4, 1, 12) * 1e6);
  assert.equal(timeOf("soon", NOW), null);
});

test("Without a range a live run shows its last quarter of an hour, a capture all of itself", () => {
  assert.deepEqual(boundsOf({ since: "", until: "" }, NOW, LIVE), {
    since_ns: NOW - 900e9,
    until_ns: NOW,
  });
  const bounds = boundsOf({ since: "", until: "" }, NOW, REPLAY);
  assert.ok(bounds.since_ns < REPLAY.first_ns && bounds.until_ns > REPLAY.last_ns);
});

test("All data reaches past both ends by what rounding may have taken", () => {
  const { since_ns, until_ns } = boundsOf({ since: "all", until: "" }, NOW, REPLAY);
  assert.ok(REPLAY.first_ns - since_ns >= 256 && until_ns - REPLAY.last_ns >= 256);
  assert.ok(Number(secondsWord(since_ns)) <= REPLAY.first_ns / 1e9);
});

test("Bounds are never the wrong way round", () => {
  const { since_ns, until_ns } = boundsOf({ since: "now", until: "now-1h" }, NOW, LIVE);
  assert.ok(since_ns < until_ns);
});

test("Seconds keep their microseconds", () => {
  assert.equal(secondsWord(1_795_448_054_667_900_000), "1795448054.667900");
  assert.equal(secondsWord(5_000), "0.000005");
});

test("Zooming out is twice as long and does not leave the present", () => {
  const inner = { since_ns: NOW - 100e9, until_ns: NOW - 10e9 };
  const outer = widened(inner, NOW);
  assert.equal(outer.until_ns - outer.since_ns, 180e9);
  assert.ok(outer.until_ns <= NOW);
  assert.match(absolute(outer).since, /^\d+\.\d{6}$/);
});
