// A run that is going on: what it says comes by one event stream, and flows appear as they end.
//
// From the environment: BALEEN_LIVE_URL of the run's own control process, BALEEN_FEED the pipe that the run
// reads packets from, BALEEN_SAMPLE the capture to put into it.
import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { axeFindings, launch, openAt, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const live = (place) => openAt(browser, process.env.BALEEN_LIVE_URL, place);

test("Flows appear as they end, over the one stream that a page has", async () => {
  const { page, wrong, close } = await live("flows?live=1");
  const streams = [];
  const open = new Set();
  page.on(
    "request",
    (request) =>
      request.url().includes("/stream") && (streams.push(request.url()), open.add(request)),
  );
  page.on("requestfailed", (request) => open.delete(request));
  page.on("requestfinished", (request) => open.delete(request));
  await page.reload();
  await page.waitForSelector('text="Waiting for flows to end."');
  await page.waitForSelector('.health >> text="Stream live"');
  appendFileSync(process.env.BALEEN_FEED, readFileSync(process.env.BALEEN_SAMPLE));
  await page.waitForFunction(
    () => Number(document.querySelector('[role="grid"]').getAttribute("aria-rowcount")) > 5,
    null,
    { timeout: 30000 },
  );
  assert.equal(open.size, 1, `streams: ${streams.join(" ")}`);
  assert.ok(streams.at(-1).includes("flows"), streams.at(-1));
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(wrong, []);
  // Elsewhere nobody wants single flows: the topic is given back.
  await page.keyboard.press("o");
  await page.waitForFunction(() => location.hash.startsWith("#/overview"));
  await page.waitForTimeout(500);
  assert.ok(!streams.at(-1).includes("flows"), streams.at(-1));
  assert.equal(open.size, 1);
  await close();
});

test("The overview tells the run and its ledger", async () => {
  const { page, wrong, close } = await live("overview");
  await page.waitForSelector(".health >> text=/Reading files|Capturing/");
  await page.waitForSelector('text="Losses of this run"');
  await page.waitForSelector(".tile");
  await settled(page);
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press("s");
  await page.waitForSelector('text="unexplained" >> nth=1');
  await settled(page);
  assert.deepEqual(await axeFindings(page), []);
  assert.equal(await page.$$eval('main tr[data-tone="wrong"]', (rows) => rows.length), 0);
  assert.deepEqual(wrong, []);
  await close();
});
