// The line a filter is typed in, the keys, and the choice of time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFindings, hashOf, launch, open, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("/ leads to the filter, which completes, and Enter runs it", async () => {
  const { page, wrong, close } = await open(browser, "flows");
  await page.waitForSelector(".row:not(.head)");
  await page.keyboard.press("/");
  await page.keyboard.type("app_pr");
  await page.waitForSelector('[role="option"] >> text="app_proto"');
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#filter"), "app_proto ");
  await page.keyboard.type("== tl");
  await page.waitForSelector('[role="option"] >> text="tls"');
  await page.keyboard.type("s");
  await page.waitForSelector('.filter[data-state="valid"]');
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash.includes("filter=app_proto"));
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".row:not(.head)")].every((row) =>
      row.textContent.includes("tls"),
    ),
  );
  assert.deepEqual(wrong, []);
  await close();
});

test("What is wrong is said under its place, and is not run", async () => {
  const { page, wrong, close } = await open(browser, "flows");
  await page.fill("#filter", "tcp && ip.adr == 10.0.0.1");
  await page.keyboard.press("Escape");
  const error = await page.waitForSelector(".filter-error");
  assert.match(await error.textContent(), /^ {7}▲ unknown field 'ip\.adr'/);
  await page.waitForSelector('.filter[data-state="wrong"] .filter-run:disabled');
  // The caret stands under the letter that it is about.
  const [letter, caret] = await page.evaluate(() => {
    const input = document.querySelector("#filter");
    const pen = document.createElement("canvas").getContext("2d");
    const style = getComputedStyle(input);
    pen.font = `${style.fontSize} ${style.fontFamily}`;
    const before =
      input.getBoundingClientRect().left +
      parseFloat(getComputedStyle(input).paddingLeft) +
      pen.measureText("tcp && ").width;
    const range = document.createRange();
    const text = document.querySelector(".filter-caret").firstChild;
    range.setStart(text, 7);
    range.setEnd(text, 8);
    return [before, range.getBoundingClientRect().left];
  });
  assert.ok(Math.abs(letter - caret) < 4, `letter at ${letter}, caret at ${caret}`);
  assert.deepEqual(wrong, []);
  await close();
});

test("Letters lead to the views, but not while somebody types; ? lists them", async () => {
  const { page, wrong, close } = await open(browser, "overview");
  await settled(page);
  for (const [key, view] of [
    ["f", "flows"],
    ["h", "hosts"],
    ["s", "system"],
    ["o", "overview"],
  ]) {
    await page.keyboard.press(key);
    await page.waitForFunction((name) => location.hash.startsWith(`#/${name}`), view);
  }
  await page.keyboard.press("q");
  await page.keyboard.type("fhs");
  assert.ok((await hashOf(page)).startsWith("#/overview"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open] >> text=Host graph");
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog[open]", { state: "detached" }).catch(() => {});
  assert.deepEqual(wrong, []);
  await close();
});

test("j and k go through the rows, Enter opens one", async () => {
  const { page, wrong, close } = await open(browser, "flows");
  await page.waitForSelector(".row:not(.head)");
  for (const key of ["j", "j", "j", "k"]) await page.keyboard.press(key);
  assert.equal(await page.getAttribute('.row[aria-selected="true"]', "aria-rowindex"), "3");
  await page.keyboard.press("Enter");
  await page.waitForSelector('text="Download pcap"');
  assert.match(await hashOf(page), /^#\/flows\/\d+/);
  assert.deepEqual(wrong, []);
  await close();
});

test("End leads to the last row, Home to the first", async () => {
  const { page, wrong, close } = await open(browser, "flows");
  await page.waitForSelector(".row:not(.head)");
  const grid = '[aria-label="Flows"][role="grid"]';
  const last = await page.getAttribute(grid, "aria-rowcount");
  // All rows have their place, drawn or not.
  const height = await page.$eval(grid, (found) => found.scrollHeight);
  assert.equal(height, Number(last) * 24, "rows and header, 24 pixels each");
  await page.focus(grid);
  await page.keyboard.press("End");
  await page.waitForSelector(`.row[aria-rowindex="${last}"][aria-selected="true"]`);
  const [row, box] = await page.evaluate((found) => {
    const bottom = (selector) => document.querySelector(selector).getBoundingClientRect().bottom;
    return [bottom('.row[aria-selected="true"]'), bottom(found)];
  }, grid);
  assert.ok(row <= box, `the last row ends at ${row}, the table at ${box}`);
  await page.keyboard.press("Home");
  await page.waitForSelector('.row[aria-rowindex="2"][aria-selected="true"]');
  assert.deepEqual(wrong, []);
  await close();
});

test("The time is chosen by t, shown with its zone, and all data is the capture's", async () => {
  const { page, wrong, close } = await open(browser, "flows");
  await page.waitForSelector(".row:not(.head)");
  assert.match(await page.textContent("#time"), /All data.*UTC[+−]\d/);
  await page.keyboard.press("t");
  await page.waitForSelector('[role="dialog"][aria-label="Time"]');
  assert.deepEqual(await axeFindings(page), []);
  await page.click('text="Show UTC"');
  assert.match(await page.textContent("#time"), /UTC$/);
  await page.click('text="Last 5 minutes"');
  await page.waitForFunction(() => location.hash.includes("since=now-5m"));
  // The capture is older than that.
  await page.waitForSelector(".table-empty");
  await page.keyboard.press("t");
  await page.click('.picker >> text="All data"');
  await page.waitForSelector(".row:not(.head)");
  assert.deepEqual(wrong, []);
  await close();
});
