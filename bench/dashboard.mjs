// How soon the overview stands, and how long a frame takes while 100 000 rows are scrolled: called by bench/dashboard.
//
// From the environment as tests/e2e/dashboard/browser.mjs. One JSON object on standard output.
import { launch, open, SCREEN, settled, URL_OF_PAGES } from "../tests/e2e/dashboard/browser.mjs";

const FRAMES = 300;
const REST_MS = 1500;
// Rows further in a frame. A notch of a wheel is four or five, spread over several frames; twelve are
// 17,000 pixels a second, which nobody reads.
const SPEEDS = [1, 4, 12];
const ROW_PX = 24;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// Milliseconds from the navigation until nothing is awaited any more, by the page's own clock, in a browser that has
// nothing kept. The tab has come to rest before: making one takes both cores for most of a second.
async function firstView(browser) {
  const context = await browser.newContext({ viewport: SCREEN });
  await context.addInitScript(() => {
    const look = () => {
      if (document.querySelector("main .overview") && !document.querySelector('[aria-busy="true"]'))
        globalThis.stood_ms = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const page = await context.newPage();
  await page.goto("about:blank");
  await page.waitForTimeout(REST_MS);
  await page.goto(`${URL_OF_PAGES}#/overview`);
  await page.waitForTimeout(REST_MS);
  await page.waitForFunction(() => globalThis.stood_ms !== undefined);
  const took = await page.evaluate(() => globalThis.stood_ms);
  await context.close();
  return took;
}

async function scroll(browser, rowsPerFrame) {
  const { page, close } = await open(browser, "flows");
  await settled(page);
  const rows = '[role="grid"][aria-label="Flows"]';
  await page.waitForSelector(`${rows} .row:not(.head)`);
  const session = await page.context().newCDPSession(page);
  // Time of the processor, not of the clock: others use it as well.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const work = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value * 1000]));
  };
  const before = await work();
  const gaps = await page.evaluate(
    async ([selector, frames, stepPx]) => {
      const grid = document.querySelector(selector);
      const scrolled = [grid, ...grid.querySelectorAll("*")].find(
        (one) =>
          one.scrollHeight > 4 * one.clientHeight && getComputedStyle(one).overflowY !== "visible",
      );
      const next = () => new Promise((done) => requestAnimationFrame(done));
      const times = [await next()];
      for (let i = 0; i < frames; i++) {
        scrolled.scrollTop += stepPx;
        times.push(await next());
      }
      return times.slice(1).map((time, i) => time - times[i]);
    },
    [rows, FRAMES, rowsPerFrame * ROW_PX],
  );
  const after = await work();
  const perFrame = (name) => Number(((after[name] - before[name]) / FRAMES).toFixed(2));
  const count = await page.getAttribute(rows, "aria-rowcount");
  await close();
  return {
    rows_per_frame: rowsPerFrame,
    rows: Number(count) - 1,
    frame_ms: median(gaps),
    main_thread_ms: perFrame("TaskDuration"),
    script_ms: perFrame("ScriptDuration"),
    style_ms: perFrame("RecalcStyleDuration"),
    layout_ms: perFrame("LayoutDuration"),
  };
}

const browser = await launch();
const views = [];
for (let i = 0; i < 5; i++) views.push(await firstView(browser));
const scrolls = [];
for (const speed of SPEEDS) scrolls.push(await scroll(browser, speed));
console.log(JSON.stringify({ overview_ms: views.map(Math.round), scrolls }));
await browser.close();
