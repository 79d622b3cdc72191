// An API that wants a token: it is asked for, refused in words, and stays with the tab.
//
// From the environment: BALEEN_TOKEN_URL of a run whose API has tokens, BALEEN_READ_TOKEN and
// BALEEN_ADMIN_TOKEN.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFindings, launch, openAt, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const DIALOG = "dialog.token";
const READ = process.env.BALEEN_READ_TOKEN;
const LOADING = 'section[aria-label="Loading"]';

const asked = async (place, options) => {
  const opened = await openAt(browser, process.env.BALEEN_TOKEN_URL, place, options);
  await opened.page.waitForSelector(`${DIALOG} >> text=/This appliance wants a token/`);
  return opened;
};

// Typed without a click: the dialog has the keyboard.
async function give(page, token) {
  await page.waitForFunction(() => document.activeElement?.id === "token");
  await page.keyboard.type(token);
  await page.keyboard.press("Enter");
}

const gone = (page) => page.waitForSelector(DIALOG, { state: "detached" });

for (const colorScheme of ["light", "dark"])
  test(`A token is asked for, and a wrong one refused, in ${colorScheme} colours`, async () => {
    const { page, close } = await asked("overview", { colorScheme });
    assert.deepEqual(await axeFindings(page), []);
    // The second one twice, the last one as no header could hold it.
    for (const wrong of [
      "not-the-right-token",
      "another-wrong-token",
      "another-wrong-token",
      "€",
    ]) {
      const refusal = page.waitForResponse((response) => response.status() === 401);
      await give(page, wrong);
      await refusal;
      await page.waitForSelector(`${DIALOG} >> text=/The appliance has refused this token/`);
      assert.equal(await page.inputValue("#token"), "");
    }
    assert.deepEqual(await axeFindings(page), []);
    assert.equal(await page.locator(".tile").count(), 0);
    await give(page, READ);
    await gone(page);
    await page.waitForSelector(".tile");
    await page.waitForSelector('.health >> text="Stream live"', { timeout: 15000 });
    assert.equal(await page.locator(".trouble").count(), 0);
    await close();
  });

test("What was refused before is asked anew", async () => {
  // With a time in its address a view does not wait for the status.
  const { page, close } = await asked("flows?since=1790000000&until=1800000000");
  await page.waitForSelector("main .trouble");
  await give(page, READ);
  await page.waitForSelector('[aria-label="Flows"] .row:not(.head) >> nth=3');
  await settled(page);
  await page.waitForSelector(".trouble", { state: "detached" });
  await page.fill("#filter", "app_pr");
  await page.waitForSelector('[role="option"] >> text="app_proto"');
  await close();
});

test("The token stays with the tab, and is nowhere else", async () => {
  const { page, close } = await asked("flows");
  await give(page, READ);
  await page.waitForSelector('[aria-label="Flows"] .row:not(.head) >> nth=3');
  await page.reload();
  await page.waitForSelector('[aria-label="Flows"] .row:not(.head) >> nth=3');
  assert.equal(await page.locator(DIALOG).count(), 0);
  const { address, kept, cookies } = await page.evaluate(() => ({
    address: location.href,
    kept: JSON.stringify({ ...localStorage }),
    cookies: document.cookie,
  }));
  assert.ok(!address.includes(READ) && !address.includes("token"), address);
  assert.ok(!kept.includes(READ), kept);
  assert.equal(cookies, "");
  // Another tab of the same browser is asked again.
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.waitForSelector(`${DIALOG} >> text=/This appliance wants a token/`);
  await close();
});

test("Rules are loaded by an admin only; others are told why not", async () => {
  const { page, close } = await asked("rules");
  page.on("dialog", (dialog) => dialog.accept());
  await give(page, READ);
  await page.waitForSelector(`${LOADING} button:not([disabled])`, { timeout: 30000 });
  await page.click(`${LOADING} >> text="Load again"`);
  const refusal = await page.waitForSelector(`${LOADING} [role="alert"]`);
  assert.match(await refusal.textContent(), /^Not loaded: The token's role does not allow this/);
  assert.equal(await page.locator(DIALOG).count(), 0);
  assert.deepEqual(await axeFindings(page), []);
  await close();
  const admin = await asked("rules");
  admin.page.on("dialog", (dialog) => dialog.accept());
  await give(admin.page, process.env.BALEEN_ADMIN_TOKEN);
  await admin.page.waitForSelector(`${LOADING} button:not([disabled])`, { timeout: 30000 });
  await admin.page.click(`${LOADING} >> text="Load again"`);
  await admin.page.waitForSelector(`${LOADING} dt >> text="in_use"`, { timeout: 30000 });
  assert.equal(await admin.page.locator(`${LOADING} [role="alert"]`).count(), 0);
  await admin.close();
});
