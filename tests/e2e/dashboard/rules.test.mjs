// Rules: those in use, a text of rules that is checked, and rules that a run takes into use.
//
// From the environment: BALEEN_LIVE_URL of a run with rules, BALEEN_RULES their file, and BALEEN_URL of
// pages over a store, where nobody takes rules.
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, renameSync } from "node:fs";
import { after, before, test } from "node:test";
import { axeFindings, launch, open, openAt, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const PATIENCE = { timeout: 30000 };
const ROW = '[aria-label="Rules"] .row:not(.head)';
const LOADING = 'section[aria-label="Loading"]';
const ADDED = 'alert tcp any any -> any any (msg:"an answer"; content:"HTTP/1"; sid:3;)\n';

async function rulesOfRun() {
  const opened = await openAt(browser, process.env.BALEEN_LIVE_URL, "rules");
  opened.page.on("dialog", (dialog) => dialog.accept());
  // Rules are compiled while the run goes on: the view waits as well as anybody.
  await opened.page.waitForSelector(`${LOADING} button:not([disabled])`, PATIENCE);
  await opened.page.waitForSelector(`${ROW} >> nth=1`);
  return opened;
}

const namesOf = (page) => page.$$eval(ROW, (rows) => rows.map((row) => row.textContent).sort());

async function check(page, text) {
  await page.fill('textarea[aria-label="Rules"]', text);
  await page.click('section[aria-label="Check rules"] >> text="Check"');
  await page.waitForSelector('section[aria-label="Check rules"] [role="status"]');
}

test("Rules in use are listed, and found by name", async () => {
  const { page, close } = await rulesOfRun();
  const names = await namesOf(page);
  assert.equal(names.length, 2);
  assert.match(names[0], /^1.*a request/);
  assert.match(names[1], /^2.*a question/);
  await page.waitForSelector('section[aria-label="Rules"] >> text=/^2 of 2 found, 2 in use/');
  assert.match(await page.textContent(LOADING), new RegExp(process.env.BALEEN_RULES));
  // Of flows that have ended, which the run goes on to tell.
  await page.waitForFunction((row) => /[1-9]\d*$/.test(document.querySelector(row)?.textContent ?? ""), ROW, PATIENCE);
  await page.fill('[aria-label="Rules by name"]', "question");
  await page.keyboard.press("Enter");
  await page.waitForSelector('section[aria-label="Rules"] >> text=/^1 of 1 found, 2 in use/');
  assert.deepEqual(await axeFindings(page), []);
  await close();
});

test("A text of rules is checked, and the wrong line is named", async () => {
  const { page, close } = await rulesOfRun();
  await check(page, readFileSync(process.env.BALEEN_RULES, "utf8") + "alert tcp any any (sid)\n");
  const result = 'section[aria-label="Check rules"] [role="status"]';
  assert.match(await page.textContent(`${result} p`), /^3 rules: .* 1 invalid\.$/);
  const problems = await page.$$eval(`${result} li`, (found) => found.map((li) => li.textContent));
  assert.equal(problems.length, 1);
  assert.match(problems[0], /^3:\d+ \S/);
  assert.deepEqual(await axeFindings(page), []);
  await check(page, ADDED);
  await page.waitForSelector(`${result} >> text=/^1 rules: .* 0 invalid\\.$/`);
  assert.equal(await page.locator(`${result} li`).count(), 0);
  await close();
});

test("A file that was changed is loaded, and the view shows what is in use then", async () => {
  const { page, close } = await rulesOfRun();
  assert.equal((await namesOf(page)).length, 2);
  appendFileSync(process.env.BALEEN_RULES, ADDED);
  await page.click(`${LOADING} >> text="Load again"`);
  await page.waitForSelector(`${ROW} >> text="an answer"`, PATIENCE);
  await page.waitForSelector('section[aria-label="Rules"] >> text=/^3 of 3 found, 3 in use/');
  await page.waitForSelector(`${LOADING} >> text="Nothing is being loaded."`);
  await page.waitForSelector(`${LOADING} dd >> text="2"`);
  await settled(page);
  assert.deepEqual(await axeFindings(page), []);
  await close();
});

test("What cannot be loaded is told, and the rules in use stay", async () => {
  const { page, close } = await rulesOfRun();
  const before = await namesOf(page);
  // A rule that cannot be read is left out, and counted.
  appendFileSync(process.env.BALEEN_RULES, "alert tcp any any (sid)\n");
  await page.click(`${LOADING} >> text="Load again"`);
  await page.waitForSelector(`${LOADING} dt:has-text("invalid") + dd:has-text("1")`, PATIENCE);
  const problem = await page.waitForSelector(`${LOADING} [aria-label="Problems"] li`);
  assert.ok((await problem.textContent()).startsWith(`${process.env.BALEEN_RULES}:4:`));
  assert.deepEqual(await namesOf(page), before);
  renameSync(process.env.BALEEN_RULES, process.env.BALEEN_RULES + ".gone");
  await page.click(`${LOADING} >> text="Load again"`);
  const told = await page.waitForSelector(`${LOADING} [role="alert"]`, PATIENCE);
  assert.match(
    await told.textContent(),
    /^the rules in use stay \(generation 3\): there are no rules/,
  );
  await page.waitForSelector(`${LOADING} li:has-text("${process.env.BALEEN_RULES}: cannot be read")`);
  await page.waitForSelector(`${LOADING} >> text="Nothing is being loaded."`);
  assert.deepEqual(await namesOf(page), before);
  assert.deepEqual(await axeFindings(page), []);
  await close();
});

test("Where no run takes rules the view says so, and so does a refusal", async () => {
  const { page, close } = await open(browser, "rules");
  page.on("dialog", (dialog) => dialog.accept());
  await page.waitForSelector(`${LOADING} >> text="No run takes rules now."`);
  assert.ok(await page.isDisabled(`${LOADING} >> text="Load again"`));
  await page.waitForSelector('text="No rule is in use, or none has such a name."');
  await close();
  // The run has ended since the view was asked for.
  const late = await open(browser, "overview");
  late.page.on("dialog", (dialog) => dialog.accept());
  await late.page.route("**/api/v1/rules?**", async (route) => {
    const answer = await route.fetch();
    const rules = await answer.json();
    await route.fulfill({ json: { ...rules, load: { ...rules.load, served: true } } });
  });
  await late.page.keyboard.press("r");
  await late.page.click(`${LOADING} >> text="Load again"`);
  const refusal = await late.page.waitForSelector(`${LOADING} [role="alert"]`);
  assert.match(await refusal.textContent(), /^Not loaded: no data plane runs with rules/);
  assert.deepEqual(await axeFindings(late.page), []);
  await late.close();
});
