// What leaves the pages: flows as CSV and EVE, figures for Plotly, and the address as a link.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { hashOf, launch, open, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

async function downloaded(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return readFileSync(await download.path(), "utf8");
}

test("Flows are exported as many as there are", async () => {
  const { page, wrong, close } = await open(browser, "flows");
  await page.waitForSelector(".row:not(.head)");
  const count = Number(process.env.BALEEN_FLOWS);
  assert.equal(
    Number(await page.getAttribute('[aria-label="Flows"][role="grid"]', "aria-rowcount")) - 1,
    count,
  );
  const csv = await downloaded(page, () => page.click('.links >> text="CSV"'));
  assert.equal(csv.trim().split("\n").length, count + 1);
  const eve = await downloaded(page, () => page.click('.links >> text="EVE JSON"'));
  assert.equal(
    eve
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter((flow) => flow.event_type === "flow").length,
    count,
  );
  assert.deepEqual(wrong, []);
  await close();
});

test("A figure is what Plotly for Python takes", async () => {
  const { page, wrong, close } = await open(browser, "explore");
  await page.waitForSelector('.plot-box[data-state="drawn"]');
  await page.click('[aria-label="Export Explore"]');
  const figure = JSON.parse(
    await downloaded(page, () => page.click('text="Figure (Plotly JSON)"')),
  );
  assert.equal(figure.data[0].type, "heatmap");
  assert.equal(figure.data[0].z.length, figure.data[0].y.length);
  assert.ok(figure.layout.title.text.includes("ip.src"));
  assert.deepEqual(wrong, []);
  await close();
});

test("A link shows somebody else the same: view, filter, order and columns", async () => {
  const { page, close } = await open(browser, "flows?filter=tcp&sort=flow.bytes");
  await page.waitForSelector(".row:not(.head)");
  await page.click('text="Columns"');
  await page.click('.columns-choice >> text="Community ID"');
  await page.waitForFunction(() => location.hash.includes("community_id"));
  const link = (await page.evaluate(() => location.hash)).slice(2);
  const rows = await page.$$eval(".row:not(.head)", (found) =>
    found.slice(0, 5).map((row) => row.textContent),
  );
  await close();
  const other = await open(browser, link);
  await other.page.waitForSelector(".row:not(.head)");
  await settled(other.page);
  assert.deepEqual(
    await other.page.$$eval(".row:not(.head)", (found) =>
      found.slice(0, 5).map((row) => row.textContent),
    ),
    rows,
  );
  assert.ok(rows[0].includes("1:"), rows[0]);
  assert.ok((await hashOf(other.page)).includes("sort=flow.bytes"));
  assert.deepEqual(other.wrong, []);
  await other.close();
});
