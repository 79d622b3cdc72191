// The graph of the sample: it is drawn, expands in place, and shows a path.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hashOf, launch, open, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const counts = async (page) =>
  (await page.textContent('[aria-label="Host graph"] header .dim')).match(/\d+/g).map(Number);

test("Expanding a node adds its neighbours and takes nothing away", async () => {
  const { page, wrong, close } = await open(browser, "graph?around=192.0.2.10");
  await page.waitForSelector(".graph-canvas canvas");
  await settled(page);
  const [nodes] = await counts(page);
  assert.ok(nodes >= 2);
  await page.click('text="Table"');
  await page.click('[aria-label="Nodes"] .row:not(.head) >> text="192.0.2.1"');
  await page.click('text="Node" >> nth=0');
  await page.click('.node-facts >> text="Expand"');
  await page.waitForTimeout(1000);
  assert.ok((await counts(page))[0] >= nodes);
  assert.deepEqual(wrong, []);
  await close();
});

test("A window of time is moved over the graph by the keyboard", async () => {
  const { page, wrong, close } = await open(browser, "graph?part=4");
  await page.waitForSelector(".graph-canvas canvas, .panel .pad");
  await page.focus('[aria-label="Position of the window"]');
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => location.hash.includes("position=1"));
  assert.match(
    await page.getAttribute('[aria-label="Position of the window"]', "aria-valuetext"),
    /\d\d:\d\d:\d\d/,
  );
  await settled(page);
  assert.deepEqual(wrong, []);
  await close();
});

test("A way between hosts that never met is told to be none", async () => {
  const { page, wrong, close } = await open(browser, "graph?tab=path");
  await page.waitForSelector(".graph-canvas canvas");
  await page.fill(".graph-side input >> nth=0", "192.0.2.10");
  await page.fill(".graph-side input >> nth=1", "198.51.100.1");
  await page.click('text="Find the path"');
  await page.waitForSelector('text="There is no way between them in this time."');
  assert.match(await hashOf(page), /from=192\.0\.2\.10/);
  assert.deepEqual(wrong, []);
  await close();
});

test("Relaxing moves the nodes, and ends when it is told", async () => {
  const { page, wrong, close } = await open(browser, "graph");
  await page.waitForSelector(".graph-canvas canvas");
  await settled(page);
  const picture = async () => (await page.locator(".graph-canvas").screenshot()).toString("base64");
  const before = await picture();
  assert.equal(await picture(), before, "nothing moves by itself");
  const button = page.locator('button:text("Relax")');
  await button.click();
  assert.equal(await button.getAttribute("aria-pressed"), "true");
  await page.waitForTimeout(2000);
  await button.click();
  assert.equal(await button.getAttribute("aria-pressed"), "false");
  const after = await picture();
  assert.notEqual(after, before);
  await page.waitForTimeout(500);
  assert.equal(await picture(), after, "it has ended");
  assert.deepEqual(wrong, []);
  await close();
});
