// Every view comes up with data in it, without an error, in both themes, and accessible.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFindings, launch, open, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

// What must be there for the view to have answered: of the sample capture.
const VIEWS = {
  overview: '[aria-label="The run"] >> text="936 kB"',
  flows: '.row:not(.head) >> text="198.51.100.10"',
  hosts: '.row:not(.head) >> text="192.0.2.10"',
  "hosts/192.0.2.10": 'text="Peers"',
  conversations: '.row:not(.head) >> text="192.0.2.1"',
  "conversations?show=diagram": ".sankey rect",
  protocols: '.hierarchy >> text="http"',
  graph: ".graph-canvas canvas",
  "graph?tab=table": '[aria-label="Nodes"] .row:not(.head)',
  "graph?tab=path&from=192.0.2.10&to=192.0.2.1": '[aria-label="Path"] li >> nth=1',
  heatmaps: ".heat canvas",
  "heatmaps?rows=ip.src/24&columns=ip.dst/24": ".heat-scale",
  explore: '.plot-box[data-state="drawn"]',
  "explore?plot=lines": '.plot-box[data-state="drawn"]',
  "explore?plot=scatter": '.plot-box[data-state="drawn"]',
  packets: '[aria-label="Packets"] .row:not(.head) >> nth=9',
  "matches?type=all": '.row:not(.head) >> text="dns"',
  rules: 'text="Check rules"',
  system: 'text="Oldest slice goes in"',
};

for (const colorScheme of ["light", "dark"])
  for (const [place, sign] of Object.entries(VIEWS))
    test(`${place} in ${colorScheme} colours`, { timeout: 60000 }, async () => {
      const { page, wrong, close } = await open(browser, place, {
        colorScheme,
      });
      await page.waitForSelector(sign, { timeout: 20000 });
      await settled(page);
      assert.deepEqual(wrong, []);
      assert.deepEqual(await axeFindings(page), []);
      const width = await page.evaluate(
        () =>
          document.querySelector("main").scrollWidth - document.querySelector("main").clientWidth,
      );
      assert.equal(width, 0, "the view is wider than a laptop's screen");
      await close();
    });

// What has moved since the page began, as a share of the screen (web.dev/cls).
const movedOn = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        new PerformanceObserver((list) =>
          done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0)),
        ).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(0), 500);
      }),
  );

// A click that was meant for a row would meet another one.
for (const place of ["overview", "flows", "hosts/192.0.2.10"])
  test(`Answers move nothing on ${place}`, { timeout: 60000 }, async () => {
    const { page, close } = await open(browser, place);
    await page.waitForSelector(VIEWS[place], { timeout: 20000 });
    await settled(page);
    const moved = await movedOn(page);
    assert.ok(moved < 0.01, `${moved} of the screen has moved`);
    await close();
  });

test("A long address gives way in its middle, and what is copied is whole", async () => {
  const { page, close } = await open(browser, "overview");
  const address = "2001:db8:0:7::10";
  const link = page.locator(`.bars a[href*="${encodeURIComponent(address)}"]`);
  await link.waitFor();
  const seen = await link.evaluate((found) => {
    getSelection().selectAllChildren(found);
    const { clientWidth, scrollWidth } = found.querySelector(".shortened");
    const range = document.createRange();
    range.selectNodeContents(found.lastChild);
    const { right } = range.getBoundingClientRect();
    const box = found.closest(".bar-name").getBoundingClientRect();
    return {
      copied: getSelection().toString(),
      isCut: scrollWidth > clientWidth,
      endIsSeen: right <= box.right + 1,
    };
  });
  assert.deepEqual(seen, { copied: address, isCut: true, endIsSeen: true });
  await close();
});
