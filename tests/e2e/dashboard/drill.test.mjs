// From a chart to the packets: the time that was dragged over and the filter go along all the way.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { axeFindings, hashOf, launch, open, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const FILTER = "app_proto == http";
const rowCount = async (page) =>
  Number(await page.getAttribute('[aria-label="Flows"][role="grid"]', "aria-rowcount")) - 1;

async function dragOver(page, selector, from, to) {
  const box = await (await page.waitForSelector(selector)).boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 8 });
  await page.mouse.up();
}

test("Dragging over a chart zooms the time of all pages, a double click goes back", async () => {
  const { page, wrong, close } = await open(
    browser,
    `overview?filter=${encodeURIComponent(FILTER)}`,
  );
  await settled(page);
  await dragOver(page, ".u-over >> nth=0", 0.2, 0.8);
  await page.waitForFunction(() => location.hash.includes("since="));
  const zoomed = await hashOf(page);
  const [since, until] = [/since=([\d.]+)/, /until=([\d.]+)/].map((pattern) =>
    Number(pattern.exec(zoomed)[1]),
  );
  assert.ok(since < until, zoomed);
  await page.click('nav >> text="Flows"');
  await page.waitForSelector('[aria-label="Flows"][role="grid"]');
  const there = await hashOf(page);
  assert.ok(
    there.includes(`since=${since.toFixed(6)}`) && there.includes(`filter=${FILTER}`),
    there,
  );
  await page.goBack();
  await settled(page);
  await page.dblclick(".u-over >> nth=0");
  await page.waitForFunction(() => !location.hash.includes("since="));
  assert.ok((await hashOf(page)).includes(FILTER));
  assert.deepEqual(wrong, []);
  await close();
});

test("Flow, packets and pcap are two clicks away from the list", async () => {
  const { page, wrong, close } = await open(browser, `flows?filter=${encodeURIComponent(FILTER)}`);
  await page.waitForSelector(".row:not(.head)");
  assert.equal(await rowCount(page), Number(process.env.BALEEN_HTTP_FLOWS));
  // Where the time stands: an address in a row is a link of its own.
  await page.dblclick('.row:not(.head) >> nth=0 >> [role="gridcell"] >> nth=0');
  await page.waitForSelector('text="Download pcap"');
  assert.match(await hashOf(page), /#\/flows\/\d+\?.*filter=app_proto == http/);
  await page.waitForSelector('[aria-label="Packets"] .row:not(.head) >> nth=3');
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click('text="Download pcap"'),
  ]);
  const pcapng = readFileSync(await download.path());
  assert.equal(pcapng.readUInt32LE(0), 0x0a0d0d0a, "no section header block");
  assert.ok(pcapng.length > 500);
  await page.click('.flow-head >> text="Packets"');
  await page.waitForSelector('[aria-label="Packets"] .row:not(.head) >> nth=3');
  assert.match(await hashOf(page), /#\/packets\?filter=app_proto == http&.*flow=\d+/);
  const [again] = await Promise.all([
    page.waitForEvent("download"),
    page.click('text="Download pcap"'),
  ]);
  assert.deepEqual(readFileSync(await again.path()), pcapng);
  assert.deepEqual(wrong, []);
  await close();
});

test("A right click applies a value as filter, and and not", async () => {
  const { page, wrong, close } = await open(browser, "flows");
  await page.waitForSelector(".row:not(.head)");
  const all = await rowCount(page);
  await page.click('.row:not(.head) [role="gridcell"] >> text="TCP" >> nth=0', {
    button: "right",
  });
  await page.waitForSelector('[role="menu"]');
  assert.deepEqual(await axeFindings(page), [], "with a menu open");
  await page.click('[role="menu"] >> text="Apply as filter"');
  await page.waitForFunction(() => decodeURIComponent(location.hash).includes("ip.proto"));
  assert.equal(await page.inputValue("#filter"), "ip.proto == TCP");
  await page.waitForFunction(
    (before) =>
      Number(document.querySelector('[role="grid"]').getAttribute("aria-rowcount")) - 1 < before,
    all,
  );
  const tcp = await rowCount(page);
  await page.click('.row:not(.head) [role="gridcell"] >> text="http" >> nth=0', {
    button: "right",
  });
  await page.click('[role="menu"] >> text="… and not this"');
  await page.waitForFunction(
    (before) =>
      Number(document.querySelector('[role="grid"]').getAttribute("aria-rowcount")) - 1 < before,
    tcp,
  );
  assert.equal(await page.inputValue("#filter"), "ip.proto == TCP && !(app_proto == http)");
  assert.equal(tcp - (await rowCount(page)), Number(process.env.BALEEN_HTTP_FLOWS));
  assert.deepEqual(wrong, []);
  await close();
});
