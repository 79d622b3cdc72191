import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, formatPlace, parsePlace, type Place } from "../src/lib/place.ts";

const PLACE: Place = {
  view: "flows",
  item: "",
  filter: 'tls.sni contains "a&b=c#d%20+" || ip.addr == 2001:db8::/32',
  since: "now-15m",
  until: "now",
  more: { sort: "-flow.bytes", columns: "start,client" },
};

test("An address says a place and is read back the same", () => {
  for (const place of [
    PLACE,
    { ...PLACE, item: "2001:db8::1" },
    { ...PLACE, item: "a/b?c", more: {} },
  ])
    assert.deepEqual(parsePlace(formatPlace(place)), place);
});

test("Without anything it is the overview", () => {
  for (const hash of ["", "#", "#/", "#/?filter="]) assert.equal(parsePlace(hash).view, "overview");
});

test("What is broken in an address breaks nothing", () => {
  assert.equal(parsePlace("#/flows/%E0%A4%A").item, "%E0%A4%A");
  assert.equal(parsePlace("#/flows?filter=%E0%A4%A").view, "flows");
});

test("Filter and time go along to another view, what belongs to this one does not", () => {
  const next = changed({ ...PLACE, item: "17" }, { view: "hosts" });
  assert.equal(next.filter, PLACE.filter);
  assert.equal(next.since, PLACE.since);
  assert.equal(next.item, "");
  assert.deepEqual(next.more, {});
  assert.deepEqual(changed(PLACE, { filter: "tcp" }).more, PLACE.more);
});
