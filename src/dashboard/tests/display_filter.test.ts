import assert from "node:assert/strict";
import { test } from "node:test";
import { addressFilter } from "../src/dissection/address_filter.ts";
import { completeDisplay } from "../src/dissection/display_complete.ts";

const FIELDS = [
  { name: "tls", label: "Transport Layer Security" },
  { name: "tls.handshake.type", label: "Handshake Type" },
  { name: "tcp.port", label: "Source or Destination Port" },
];
const asked: string[] = [];
const fields = async (prefix: string) => {
  asked.push(prefix);
  return FIELDS.filter((one) => one.name.startsWith(prefix));
};
const at = async (text: string) =>
  (await completeDisplay(text, text.length, fields)).suggestions.map((one) => one.text);

test("Fields are asked for by what is typed, and of nothing not at all", async () => {
  assert.deepEqual(await at("tls"), ["tls", "tls.handshake.type"]);
  assert.deepEqual(await at("tcp.port == 80 && tls.h"), ["tls.handshake.type"]);
  assert.deepEqual(await at("!(tc"), ["tcp.port"]);
  assert.deepEqual(asked, ["tls", "tls.h", "tc"]);
  assert.deepEqual(await at(""), []);
  assert.deepEqual(await at("tls && "), []);
  assert.equal(asked.length, 3);
});

test("Behind a field come operators, behind a value and and or, of a value nothing is known", async () => {
  assert.ok((await at("tcp.port ")).includes("contains"));
  assert.deepEqual(await at("tcp.port == 80 "), ["&&", "||"]);
  assert.deepEqual(await at("tcp.port in {80 443} "), ["&&", "||"]);
  assert.deepEqual(await at("tcp.port == 8"), []);
  assert.deepEqual(await at('http.host contains "exa'), []);
});

test("Addresses of the list are filters of their kind and end", () => {
  assert.equal(addressFilter("Source", "192.0.2.1"), "ip.src == 192.0.2.1");
  assert.equal(addressFilter("Destination", "2001:db8::1"), "ipv6.dst == 2001:db8::1");
  assert.equal(addressFilter("Source", "02:00:00:00:00:10"), "eth.src == 02:00:00:00:00:10");
  assert.equal(addressFilter("Destination", "Broadcast"), "");
  assert.equal(addressFilter("Info", "192.0.2.1"), "");
});
