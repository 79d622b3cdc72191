import assert from "node:assert/strict";
import { test } from "node:test";
import type { DissectedField } from "../src/api_types.ts";
import {
  flattened,
  nameOf,
  type Node,
  nodesOf,
  seenOf,
  stepOf,
  valueOf,
} from "../src/dissection/tree.ts";
import { field } from "./dissected.ts";

const TREE: DissectedField[] = [
  field("Frame 7", { display_filter: "frame" }),
  field("Internet Protocol Version 4", {
    display_filter: "ip",
    children: [
      field("Version: 4", { display_filter: "ip.version == 4" }),
      field("Flags: 0x2", {
        display_filter: "ip.flags == 0x2",
        children: [field("Don't fragment: Set", { display_filter: "ip.flags.df == 1" })],
      }),
      field("Address: 192.0.2.1", { display_filter: "ip.addr == 192.0.2.1", is_hidden: true }),
    ],
  }),
  field("TLS", { display_filter: "tls" }),
  field("TLS", { display_filter: "tls" }),
];
const NODES = nodesOf(TREE);
const keys = (nodes: Iterable<Node>) => [...nodes].map((node) => node.key);
const byKey = (key: string) => [...flattened(NODES)].find((node) => node.key === key)!;

test("Layers have names that the next packet's layers have too, and no spaces in them", () => {
  assert.equal(nameOf(field("Frame 7: 66 bytes", { display_filter: "frame" })), "frame");
  assert.equal(nameOf(field("Time to Live: 64", { display_filter: "ip.ttl == 64" })), "ip.ttl");
  assert.equal(nameOf(field("TLSv1.3 Record Layer: Handshake")), "TLSv.-Record-Layer");
  // A slice of bytes says nothing about what they are.
  assert.equal(nameOf(field("Padding: 00", { display_filter: "frame[54:2] == 00:00" })), "Padding");
});

test("The value of a field is what stands behind its name", () => {
  assert.equal(valueOf(field("Source Address: 192.0.2.1")), "192.0.2.1");
  assert.equal(valueOf(field("0100 .... = Version: 4")), "4");
  assert.equal(valueOf(field("Host: a: b\\r\\n")), "a: b\\r\\n");
  assert.equal(valueOf(field("Frame 7: 66 bytes", { is_protocol: true })), "Frame 7: 66 bytes");
});

test("All but what is hidden is there, the second of a name with its count", () => {
  assert.deepEqual(keys(flattened(NODES)), [
    "frame",
    "ip",
    "ip/ip.version",
    "ip/ip.flags",
    "ip/ip.flags/ip.flags.df",
    "tls",
    "tls#1",
  ]);
});

test("What is seen are the children of what is open", () => {
  assert.deepEqual(keys(flattened(NODES, new Set())), ["frame", "ip", "tls", "tls#1"]);
  assert.deepEqual(keys(flattened(NODES, new Set(["ip"]))), [
    "frame",
    "ip",
    "ip/ip.version",
    "ip/ip.flags",
    "tls",
    "tls#1",
  ]);
  // Open within what is closed is not seen, and is so again when that is opened.
  assert.equal(keys(flattened(NODES, new Set(["ip/ip.flags"]))).length, 4);
});

test("Of what is not seen the outermost closed layer is", () => {
  const bit = byKey("ip/ip.flags/ip.flags.df");
  assert.equal(seenOf(bit, new Set()).key, "ip");
  assert.equal(seenOf(bit, new Set(["ip"])).key, "ip/ip.flags");
  assert.equal(seenOf(bit, new Set(["ip", "ip/ip.flags"])).key, bit.key);
});

test("Arrows, Home and End go through what is seen", () => {
  const open = new Set(["ip"]);
  const after = (key: string, from: string | null) =>
    stepOf(key, NODES, open, from === null ? null : byKey(from))?.chosen?.key;
  assert.equal(after("ArrowDown", null), "frame");
  assert.equal(after("ArrowDown", "ip"), "ip/ip.version");
  assert.equal(after("ArrowDown", "ip/ip.flags"), "tls");
  assert.equal(after("ArrowUp", "frame"), "frame");
  assert.equal(after("Home", "tls"), "frame");
  assert.equal(after("End", "frame"), "tls#1");
  assert.equal(after("ArrowDown", "tls#1"), "tls#1");
});

test("Right opens and then enters, left closes and then leaves", () => {
  const step = (key: string, from: string, open: string[]) =>
    stepOf(key, NODES, new Set(open), byKey(from));
  assert.equal(step("ArrowRight", "ip", [])?.open?.key, "ip");
  assert.equal(step("ArrowRight", "ip", ["ip"])?.chosen?.key, "ip/ip.version");
  assert.deepEqual(step("ArrowRight", "frame", []), {});
  assert.equal(step("ArrowLeft", "ip", ["ip"])?.close?.key, "ip");
  assert.equal(step("ArrowLeft", "ip/ip.flags", ["ip"])?.chosen?.key, "ip");
  assert.equal(step("Enter", "ip", [])?.open?.key, "ip");
  assert.equal(step(" ", "ip", ["ip"])?.close?.key, "ip");
  assert.equal(step("x", "ip", []), null);
});
