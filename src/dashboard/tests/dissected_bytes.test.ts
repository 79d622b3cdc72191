import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decoded,
  hexRow,
  innermostAt,
  offsetOf,
  spanOf,
  toBase64,
  toHex,
  within,
} from "../src/dissection/bytes.ts";
import { flattened, nodesOf } from "../src/dissection/tree.ts";
import { field } from "./dissected.ts";

const BYTES = Uint8Array.from({ length: 40 }, (_, i) => 0x30 + i);

test("A row has sixteen bytes, the last one what is left", () => {
  assert.deepEqual(hexRow(BYTES, 0).hex.slice(0, 3), ["30", "31", "32"]);
  assert.equal(hexRow(BYTES, 1).at, 16);
  assert.equal(hexRow(BYTES, 1).ascii.join(""), "@ABCDEFGHIJKLMNO");
  assert.equal(hexRow(BYTES, 2).hex.length, 8);
  assert.deepEqual(hexRow(Uint8Array.of(0x0a, 0x7f, 0xe4, 0x20), 0).ascii, [".", ".", ".", " "]);
});

test("Offsets have as many digits as the last one needs, at least four", () => {
  assert.equal(offsetOf(16, 40), "0010");
  assert.equal(offsetOf(0, 0), "0000");
  assert.equal(offsetOf(16, 0x10000), "0010");
  assert.equal(offsetOf(16, 0x10001), "00010");
});

test("Bytes come and go as Base64 and hex, many as well as few", () => {
  assert.equal(toHex(decoded("AP8Q")), "00ff10");
  assert.equal(toBase64(Uint8Array.of(0, 255, 16)), "AP8Q");
  const many = Uint8Array.from({ length: 200_001 }, (_, i) => i & 255);
  assert.deepEqual(decoded(toBase64(many)), many);
});

test("A span covers of each row its part", () => {
  const span = { from: 10, to: 40 };
  assert.deepEqual(within(span, 0), { from: 10, to: 16 });
  assert.deepEqual(within(span, 1), { from: 16, to: 32 });
  assert.deepEqual(within(span, 2), { from: 32, to: 40 });
  assert.equal(within(span, 3), null);
  assert.equal(within(null, 0), null);
});

const NODES = nodesOf([
  field("Frame", { offset: 0, length: 54 }),
  field("IP", {
    offset: 14,
    length: 20,
    children: [
      field("Version", { offset: 14, length: 1 }),
      field("Flags", {
        offset: 20,
        length: 1,
        children: [field("Reserved", { offset: 20, length: 1 })],
      }),
      field("Header checksum", { offset: 24, length: 2 }),
      field("Checksum status", { offset: 24, length: 2, is_generated: true }),
      field("Source", { offset: 26, length: 4 }),
    ],
  }),
  field("Nothing", { offset: 30, length: 0 }),
  field("Reassembled", { offset: 0, length: 10, source: 1 }),
]);
const at = (byte: number, source = 0) => innermostAt(flattened(NODES), source, byte)?.field.label;

test("A byte leads to the smallest field that covers it, of its own source", () => {
  assert.equal(at(0), "Frame");
  assert.equal(at(14), "Version");
  assert.equal(at(15), "IP");
  assert.equal(at(29), "Source");
  assert.equal(at(30), "IP", "a field without bytes covers none");
  assert.equal(at(0, 1), "Reassembled");
  assert.equal(at(10, 1), undefined);
  assert.equal(at(54), undefined);
});

test("Of equals the innermost, and nothing that was only computed", () => {
  assert.equal(at(20), "Reserved");
  assert.equal(at(24), "Header checksum");
});

test("What has no bytes has no span", () => {
  assert.equal(spanOf(null), null);
  assert.equal(spanOf(nodesOf([field("x")])[0]!), null);
  assert.deepEqual(spanOf(NODES[1]!), { from: 14, to: 34 });
});
