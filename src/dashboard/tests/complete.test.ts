import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field } from "../src/api_types.ts";
import { applied, complete, unitsOf } from "../src/filter/complete.ts";

const FIELDS: Field[] = [
  { name: "ip.addr", type: "address", description: "either end" },
  { name: "ip.proto", type: "protocol", description: "" },
  { name: "flow.bytes", type: "number", description: "" },
  { name: "tls.sni", type: "text", description: "" },
  { name: "tls", type: "presence", description: "TLS" },
  { name: "app_proto", type: "text", description: "" },
];
// The caret is where the bar stands.
function at(text: string): { from: number; texts: string[] } {
  const caret = text.indexOf("|¦");
  const { from, suggestions } = complete(text.replace("|¦", ""), caret, FIELDS);
  return { from, texts: suggestions.map((one) => one.text) };
}

test("A filter begins with a field, or with a shorthand", () => {
  const { texts } = at("|¦");
  assert.ok(texts.includes("ip.addr") && texts.includes("host"));
});

test("What is typed is sought at the beginning first, then inside", () => {
  assert.deepEqual(at("ip|¦").texts.slice(0, 2), ["ip.addr", "ip.proto"]);
  assert.equal(at("addr|¦").texts[0], "ip.addr");
  assert.equal(at("tcp && ip.a|¦").from, 7);
});

test("Behind a field come operators that suit its type", () => {
  assert.ok(at("flow.bytes |¦").texts.includes(">"));
  assert.ok(!at("flow.bytes |¦").texts.includes("contains"));
  assert.ok(at("tls.sni |¦").texts.includes("contains"));
  assert.deepEqual(at("tls |¦").texts, ["&&", "||"]);
});

test("Behind an operator come values that are known, in sets too", () => {
  assert.ok(at("ip.proto == |¦").texts.includes("udp"));
  assert.deepEqual(at("ip.proto == u|¦").texts, ["udp"]);
  assert.ok(at("ip.proto in {|¦").texts.includes("udp"));
  assert.ok(at("ip.proto in {tcp, |¦").texts.includes("udp"));
  assert.ok(at("app_proto == |¦").texts.includes("tls"));
});

test("Behind a value come and and or; behind those a field again", () => {
  assert.deepEqual(at("flow.bytes > 1MB |¦").texts, ["&&", "||"]);
  assert.ok(at("tcp && |¦").texts.includes("ip.addr"));
  assert.ok(at("!(|¦").texts.includes("ip.addr"));
});

test("Nothing is offered inside an unfinished text", () => {
  assert.deepEqual(at('tls.sni contains "exa|¦').texts, []);
});

test("A suggestion takes the place of what was typed, and the caret goes behind it", () => {
  assert.deepEqual(applied("tcp && ip.a == 1", 11, 7, "ip.addr"), ["tcp && ip.addr == 1", 14]);
  assert.deepEqual(applied("ip", 2, 0, "ip.addr"), ["ip.addr ", 8]);
  assert.deepEqual(applied("port ", 5, 5, "in {"), ["port in {", 9]);
});

test("A place in bytes is found in letters of several bytes", () => {
  assert.equal(unitsOf("abc", 2), 2);
  assert.equal(unitsOf("äbc", 2), 1);
  assert.equal(unitsOf("😀x", 4), 2);
  assert.equal(unitsOf("abc", 99), 3);
});
