// Explore: filters compared over time are what the API answers for each of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { axeFindings, hashOf, launch, open, settled, URL_OF_PAGES } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const DRAWN = '.plot-box[data-state="drawn"]';

// What the figure that is saved has: the name of each line and the sum of its values.
async function linesOf(page) {
  await page.click('[aria-label="Export Explore"]');
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click('text="Figure (Plotly JSON)"'),
  ]);
  const { data, layout } = JSON.parse(readFileSync(await download.path(), "utf8"));
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  return {
    lines: Object.fromEntries(data.map((line) => [line.name, sum(line.y)])),
    title: layout.yaxis.title.text,
  };
}

async function total(filter) {
  const words = new URLSearchParams({ since: "0", by: "bytes", filter });
  const answer = await (await fetch(`${URL_OF_PAGES}api/v1/series?${words}`)).json();
  return answer.total.reduce((a, b) => a + b, 0);
}

test("Filters over time are compared, within the filter of the page", async () => {
  const { page, wrong, close } = await open(browser, "explore?plot=lines&filter=ip.version == 4");
  await page.waitForSelector(DRAWN);
  await settled(page);
  assert.deepEqual((await linesOf(page)).lines, {
    everything: await total("ip.version == 4"),
    tcp: await total("ip.version == 4 && tcp"),
    udp: await total("ip.version == 4 && udp"),
  });

  await page.click('text="+ Filter"');
  await page.fill("#line-3", "dns || port.dst == 443");
  await page.waitForSelector('.filter-lines .filter[data-state="valid"] #line-3');
  await page.press("#line-3", "Escape");
  await page.press("#line-3", "Enter");
  await page.click('[aria-label="Remove filter 2"]');
  await page.selectOption('label:has-text("Step") select', "1m");
  await page.waitForFunction(() => location.hash.includes("step=1m"));
  await settled(page);
  assert.ok((await hashOf(page)).includes("dns || port.dst == 443"));
  assert.deepEqual(await axeFindings(page), []);
  const shown = await linesOf(page);
  assert.deepEqual(shown.lines, {
    everything: await total("ip.version == 4"),
    udp: await total("ip.version == 4 && udp"),
    "dns || port.dst == 443": await total("ip.version == 4 && (dns || port.dst == 443)"),
  });
  assert.equal(shown.title, "bytes in a step of 60 s");

  const link = (await page.evaluate(() => location.hash)).slice(2);
  const other = await open(browser, link);
  await other.page.waitForSelector(DRAWN);
  await settled(other.page);
  assert.deepEqual(await linesOf(other.page), shown);
  assert.deepEqual([...wrong, ...other.wrong], []);
  await close();
  await other.close();
});

test("A filter that is wrong is told on its own line, and the others stay", async () => {
  const { page, wrong, close } = await open(browser, "explore?plot=lines");
  await page.waitForSelector(DRAWN);
  await page.fill("#line-1", "ip.adr == 1");
  await page.press("#line-1", "Escape");
  await page.waitForSelector("#line-1-error");
  await page.press("#line-1", "Enter");
  await settled(page);
  assert.deepEqual(Object.keys((await linesOf(page)).lines), ["everything", "tcp", "udp"]);
  assert.deepEqual(wrong, []);
  await close();
});
