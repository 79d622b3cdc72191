import assert from "node:assert/strict";
import { test } from "node:test";
import { at, fieldOf, leaves } from "../src/filter/eve_fields.ts";
import { summaryOf } from "../src/views/event_summary.ts";

const KNOWN = new Set(["ip.src", "flow.reason", "dns.queries.rrname", "tls.sni"]);

test("Paths of EVE have the names of the filter, where it has them", () => {
  assert.equal(fieldOf("src_ip", KNOWN), "ip.src");
  assert.equal(fieldOf("flow.end_reason", KNOWN), "flow.reason");
  assert.equal(fieldOf("dns.rrname", KNOWN), "dns.queries.rrname");
  assert.equal(fieldOf("tls.sni", KNOWN), "tls.sni");
  assert.equal(fieldOf("flow.gap_mean_ns_toserver", KNOWN), "");
});

test("Leaves come in order, elements of arrays under one path", () => {
  const found = [...leaves({ a: 1, b: { c: ["x", "y"], d: null }, e: [{ f: true }] })];
  assert.deepEqual(found, [
    ["a", 1],
    ["b.c", "x"],
    ["b.c", "y"],
    ["e.f", true],
  ]);
});

test("A path goes through arrays by their first element", () => {
  assert.equal(
    at({ dns: { queries: [{ rrname: "a" }, { rrname: "b" }] } }, "dns.queries.rrname"),
    "a",
  );
  assert.equal(at({ dns: 1 }, "dns.queries"), undefined);
});

test("Events are told in the words of their protocol", () => {
  const eve = {
    timestamp: "",
    flow_id: 1,
    event_type: "http",
    http: { http_method: "GET", hostname: "a.test", url: "/x", status: 404 },
  };
  assert.equal(summaryOf(eve), "http GET a.test/x 404");
  assert.equal(
    summaryOf({ timestamp: "", flow_id: 1, event_type: "alert", alert: { signature: "ET X" } }),
    "ET X",
  );
  assert.equal(summaryOf({ timestamp: "", flow_id: 1, event_type: "flow" }), "");
});
