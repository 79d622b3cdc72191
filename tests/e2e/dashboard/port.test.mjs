// A port that packets come in by: rates rise, flows are shown as they end, and the ledger balances.
//
// From the environment: BALEEN_LIVE_URL of the run, BALEEN_PORT the name of its port, BALEEN_REPLAY the
// words of a command (as JSON) that sends packets to it, over and over until it is ended, or for a minute.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { axeFindings, launch, openAt, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const PATIENCE = { timeout: 30000 };
const live = (place) => openAt(browser, process.env.BALEEN_LIVE_URL, place);

function replay() {
  const [program, ...words] = JSON.parse(process.env.BALEEN_REPLAY);
  const child = spawn(program, words, { stdio: "ignore" });
  const ended = new Promise((done) => child.on("exit", done));
  return () => (child.kill("SIGINT"), ended);
}

// Packets per second of the tile "Packets" are at least, or at most, so many.
const packetRate = (page, least, most) =>
  page.waitForFunction(
    ([least, most]) => {
      const tiles = [...document.querySelectorAll('[aria-label="Now"] .tile')];
      const text = tiles.find((tile) => tile.textContent.startsWith("Packets"))?.textContent ?? "";
      const found = /([\d.]+)\s(k?)pkt\/s/.exec(text);
      if (found === null) return false;
      const rate = Number(found[1]) * (found[2] === "k" ? 1000 : 1);
      return rate >= least && rate <= most;
    },
    [least, most],
    PATIENCE,
  );

test("The overview shows packets as they come, and that all are accounted for", async () => {
  const { page, close } = await live("overview");
  await page.waitForSelector('.health >> text="Capturing"');
  await packetRate(page, 0, 0);
  const end = replay();
  try {
    await packetRate(page, 100, Infinity);
    await page.waitForSelector('.health >> text="Ledger balances"');
    await page.waitForSelector('text="✓ Every packet on the wire is accounted for."');
    await page.waitForSelector('section[aria-label="Packets per second"] canvas');
    await settled(page);
    assert.deepEqual(await axeFindings(page), []);
  } finally {
    await end();
  }
  await packetRate(page, 0, 0);
  await page.waitForSelector('text="✓ Every packet on the wire is accounted for."');
  await close();
});

test("Flows come up as they end", async () => {
  const { page, close } = await live("flows");
  await page.click('section[aria-label="Flows"] >> text="Live"');
  await page.waitForSelector('text="Waiting for flows to end."');
  const end = replay();
  try {
    await page.waitForSelector('[aria-label="Flows"] .row:not(.head) >> nth=5', PATIENCE);
    await page.waitForSelector('section[aria-label="Flows"] >> text=/as they end$/');
    assert.deepEqual(await axeFindings(page), []);
  } finally {
    await end();
  }
  await close();
});

test("The system view has the port, with all that was sent to it", async () => {
  const { page, close } = await live("system");
  const row = `section[aria-label="Ports"] tr:has(th:has-text("${process.env.BALEEN_PORT}"))`;
  await page.waitForSelector(`${row}:has-text("up")`, PATIENCE);
  await settled(page);
  const [packets, missed] = await page.$eval(row, (found) =>
    [2, 4].map((at) => Number(found.cells[at].textContent.replace(/\D/g, ""))),
  );
  assert.ok(packets > 100, `${packets} packets`);
  assert.equal(missed, 0);
  const ledger = await page.$eval('section[aria-label="Ledger"] table', (table) =>
    Object.fromEntries(
      [...table.rows].map((one) => [
        one.cells[0].textContent,
        one.cells[1].textContent.replace(/[^\d✓]/g, ""),
      ]),
    ),
  );
  assert.equal(ledger.wire, String(packets));
  assert.equal(ledger.unexplained, "0✓");
  assert.equal(await page.locator('main tr[data-tone="wrong"]').count(), 0);
  assert.deepEqual(await axeFindings(page), []);
  await close();
});
