// A browser with the pages in it, and what every test of pages asks: no error on the console, no
// refusal by the Content-Security-Policy, nothing that axe finds.
//
// From the environment: BALEEN_URL where the pages are, BALEEN_DASHBOARD the folder with node_modules.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.BALEEN_DASHBOARD, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const URL_OF_PAGES = process.env.BALEEN_URL;
// A laptop's screen.
export const SCREEN = { width: 1366, height: 768 };

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
  });
}

// The console tells of every answer that is no success. Of the API some are meant: pages show them.
const REFUSALS = /status of (4\d\d|501|503)/;
const isAnswer = (message) =>
  REFUSALS.test(message.text()) && message.location().url.includes("/api/v1/");

// A page and what went wrong on it, which fails the test when the page is closed. The browser tells
// violations of the Content-Security-Policy on the console.
export const open = (browser, place, options) => openAt(browser, URL_OF_PAGES, place, options);

export async function openAt(browser, url, place, options = {}) {
  const context = await browser.newContext({
    viewport: SCREEN,
    acceptDownloads: true,
    timezoneId: "Europe/Berlin",
    ...options,
  });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !isAnswer(message))
      wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  await page.goto(`${url}#/${place}`);
  await page.waitForSelector("main [class]");
  const close = async () => {
    await context.close();
    assert.deepEqual(wrong, []);
  };
  return { page, wrong, close };
}

// Until nothing is awaited any more.
export async function settled(page) {
  await page.waitForFunction(() => document.querySelectorAll('[aria-busy="true"]').length === 0);
}

// What axe finds, a line each. It is put in by the test's own channel: the pages' policy allows no script from outside.
export async function axeFindings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations.flatMap((one) =>
    one.nodes.map(
      (node) =>
        `${one.id}: ${node.target.join(" ")} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`,
    ),
  );
}

export const hashOf = (page) =>
  page.evaluate(() => decodeURIComponent(location.hash.replace(/\+/g, " ")));
