import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatBitRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  formatWhole,
} from "../src/lib/format.ts";

const plain = (text: string) => text.replace(/\u00a0/g, " ").replace(/\u202f/g, "'");

test("Bits are bits and bytes are bytes, both decimal, with three digits", () => {
  assert.equal(plain(formatBitRate(20_240_000_000)), "20.2 Gbit/s");
  assert.equal(plain(formatBitRate(999.6)), "1.00 kbit/s");
  assert.equal(plain(formatBytes(1_000_000)), "1.00 MB");
  assert.equal(plain(formatBytes(999)), "999 B");
  assert.equal(plain(formatBytes(0)), "0 B");
});

test("No prefix writes 1000 of the smaller one", () => {
  for (let power = 0; power < 18; power++)
    for (const factor of [0.9994, 0.9995, 0.99999, 1, 1.0001, 9.994, 9.996, 99.94, 99.96])
      assert.doesNotMatch(plain(formatBytes(factor * 10 ** power)), /^\d{4}/);
});

test("Counts keep every digit below a million", () => {
  assert.equal(plain(formatCount(999_999)), "999'999");
  assert.equal(plain(formatCount(1_234_567)), "1.23 M");
  assert.equal(plain(formatWhole(1234567)), "1'234'567");
  assert.equal(plain(formatWhole(-1234.5)), "-1'234.5");
});

test("Durations take the unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 s"],
    [812, "812 ns"],
    [93_200, "93.2 µs"],
    [1_530_000_000, "1.53 s"],
    [59_900_000_000, "59.9 s"],
    [63_000_000_000, "1 min 3 s"],
    [7_500_000_000_000, "2 h 5 min"],
    [86_400_000_000_000, "1 d"],
  ];
  for (const [ns, text] of cases) assert.equal(plain(formatDuration(ns)), text);
});

test("A share that is small but there is not written as none", () => {
  assert.equal(plain(formatShare(1, 1e9)), "<0.1 %");
  assert.equal(plain(formatShare(0, 1e9)), "0.0 %");
  assert.equal(plain(formatShare(1, 0)), "–");
  assert.equal(plain(formatShare(1, 3)), "33 %");
});

test("What is no number is a dash", () => {
  for (const format of [formatBytes, formatCount, formatDuration]) assert.match(format(NaN), /–/);
});
