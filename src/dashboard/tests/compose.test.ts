import assert from "node:assert/strict";
import { test } from "node:test";
import { all, formatValue, join, nodeTerm, term } from "../src/filter/compose.ts";
import { keyFilter, keyText } from "../src/filter/keys_of_sums.ts";

test("Values are quoted where the filter would read something else", () => {
  assert.equal(term("ip.src", "10.0.0.1"), "ip.src == 10.0.0.1");
  assert.equal(term("ip.src", "2001:db8::/32"), "ip.src == 2001:db8::/32");
  assert.equal(term("tls.version", "TLS 1.3"), 'tls.version == "TLS 1.3"');
  assert.equal(
    term("community_id", "1:wCb3OG7yAFWelaUydu0D+125CLM="),
    'community_id == "1:wCb3OG7yAFWelaUydu0D+125CLM="',
  );
  assert.equal(formatValue('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(formatValue("http://x"), '"http://x"');
  assert.equal(formatValue(""), '""');
  assert.equal(formatValue(443), "443");
});

test("A term joins what is there without changing its meaning", () => {
  assert.equal(join("", "tcp", "and"), "tcp");
  assert.equal(join("udp", "tcp", "replace"), "tcp");
  assert.equal(join("tcp", "port == 80", "and"), "tcp && port == 80");
  assert.equal(join("tcp || udp", "port == 80", "and"), "(tcp || udp) && port == 80");
  assert.equal(join("tcp or udp", "alerted", "and not"), "(tcp or udp) && !alerted");
  assert.equal(join("", "ip.src == 10.0.0.1", "and not"), "!(ip.src == 10.0.0.1)");
  assert.equal(join("tcp", "a == 1 || b == 2", "and"), "tcp && (a == 1 || b == 2)");
});

test("An or in quotes or parentheses is no reason for more of them", () => {
  assert.equal(join('x == "a or b"', "tcp", "and"), 'x == "a or b" && tcp');
  assert.equal(join("(a || b)", "tcp", "and"), "(a || b) && tcp");
  assert.equal(join("port.src == 1", "tcp", "and"), "port.src == 1 && tcp");
});

test("All of nothing is nothing", () => assert.equal(all("", ""), ""));

test("Nodes that no filter can say have none", () => {
  assert.equal(nodeTerm("10.0.0.1"), "ip.addr == 10.0.0.1");
  assert.equal(nodeTerm("10.1.0.0/16"), "ip.addr == 10.1.0.0/16");
  assert.equal(nodeTerm("2001:db8::/64"), "ip.addr == 2001:db8::/64");
  for (const id of ["AS64500", "others", "", "unknown"]) assert.equal(nodeTerm(id), "");
});

test("Keys of sums say their filter", () => {
  assert.equal(keyFilter("host", ["10.0.0.1"]), "ip.addr == 10.0.0.1");
  assert.equal(keyFilter("port", ["TCP", 443]), "tcp.dstport == 443");
  assert.equal(keyFilter("port", ["tcp/443"]), "tcp.dstport == 443");
  assert.equal(
    keyFilter("pair", ["10.0.0.1", "10.0.0.2"]),
    "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2",
  );
  assert.equal(
    keyFilter("protocol", [4, "TCP", "tls"]),
    "ip.version == 4 && ip.proto == tcp && app_proto == tls",
  );
  assert.equal(keyFilter("app_proto", [""]), "!app_proto");
  assert.equal(keyText("port", ["TCP", 443]), "tcp/443");
});
