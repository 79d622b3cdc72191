import assert from "node:assert/strict";
import { test } from "node:test";
import type { DissectedList } from "../src/api_types.ts";
import { LineReader } from "../src/dissection/line_reader.ts";
import {
  awaited,
  indexOf,
  isHere,
  NO_LINES,
  PAGE_LINES,
  placed,
  wanted,
} from "../src/dissection/lines.ts";
import { line } from "./dissected.ts";

const page = (from: number, count: number, is_last = false): DissectedList => ({
  columns: ["No.", "Time"],
  packets: Array.from({ length: count }, (_, i) => line(from + i)),
  is_last,
});

test("Lines of a known count have their place before they are here", () => {
  const lines = placed(awaited(50_000), 49_800, page(49_801, 200, true));
  assert.equal(lines.rows.length, 50_000);
  assert.ok(!isHere(lines.rows[49_799]!) && isHere(lines.rows[49_800]!));
  assert.equal(lines.rows[49_799]!.number, 49_800);
  assert.deepEqual(lines.columns, ["No.", "Time"]);
});

test("Pages that are seen and not here are wanted", () => {
  const lines = placed(awaited(1000), 200, page(201, 200));
  assert.deepEqual(wanted(lines, 0, 30), [0]);
  assert.deepEqual(wanted(lines, 190, 410), [0, 400]);
  assert.deepEqual(wanted(lines, 210, 300), []);
});

test("Where the count is not known the next page is wanted near the end, until the last one", () => {
  const begun = placed(NO_LINES, 0, page(5, PAGE_LINES));
  assert.deepEqual(wanted(begun, 0, 50), []);
  assert.deepEqual(wanted(begun, 60, 120), [PAGE_LINES]);
  const whole = placed(begun, PAGE_LINES, page(300, 3, true));
  assert.deepEqual(wanted(whole, 150, 202), []);
  assert.equal(whole.rows.length, PAGE_LINES + 3);
});

test("Fewer lines than were thought are as many as there are", () => {
  assert.equal(placed(awaited(100), 0, page(1, 40, true)).rows.length, 40);
});

test("A packet is found by its number among those that fit", () => {
  const lines = placed(NO_LINES, 0, { ...page(0, 0, true), packets: [3, 8, 21].map(line) });
  assert.equal(indexOf(lines, 8), 1);
  assert.equal(indexOf(lines, 9), -1);
  assert.equal(indexOf(lines, 99), -1);
  assert.equal(indexOf(NO_LINES, 1), -1);
});

const later = (ms: number) => new Promise((done) => setTimeout(done, ms));

test("What somebody only scrolls past is not asked for, and nothing twice", async () => {
  const asked: number[] = [];
  const ask = async (skip: number) => (asked.push(skip), page(skip + 1, PAGE_LINES));
  const reader = new LineReader(ask, 10_000, () => {}, 20);
  reader.see(0, 20);
  await later(1);
  for (const first of [2000, 4000, 6000]) reader.see(first, first + 20);
  await later(60);
  reader.see(6000, 6020);
  await later(60);
  assert.deepEqual(asked, [0, 6000]);
  assert.ok(isHere(reader.lines.rows[6000]!) && !isHere(reader.lines.rows[2000]!));
  reader.end();
});

test("A page that could not be had is asked for again when it is seen again", async () => {
  let isBroken = true;
  let changes = 0;
  const ask = async (skip: number) => {
    if (isBroken) throw new Error("not now");
    return page(skip + 1, 10, true);
  };
  const reader = new LineReader(ask, 10, () => changes++, 1);
  await later(10);
  assert.match(String(reader.error), /not now/);
  isBroken = false;
  reader.see(0, 9);
  await later(20);
  assert.equal(reader.error, null);
  assert.ok(isHere(reader.lines.rows[9]!));
  assert.equal(changes, 2);
  reader.end();
});
