// Whether these tests would notice: what goes wrong on a page fails its test, even one that does not ask.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const WRONGS = {
  "a script that the policy forbids": [
    () => document.head.append(Object.assign(document.createElement("script"), { text: "0" })),
    /Content Security Policy/,
  ],
  "a picture from elsewhere": [
    () => document.body.append(Object.assign(new Image(), { src: "http://192.0.2.1/a.png" })),
    /Content Security Policy/,
  ],
  "a question to another host": [
    () => void fetch("http://192.0.2.1/").catch(() => {}),
    /Content Security Policy/,
  ],
  "an error": [() => void setTimeout(() => globalThis.nobody.knows()), /error: .*knows/],
  "a promise that nobody waits for": [() => void Promise.reject(new Error("lost")), /lost/],
  "a line on the console": [() => console.error("look here"), /look here/],
  "a file that is not there": [() => fetch("chunk.00000000.js").then(() => {}), /status of 404/],
};

for (const [what, [act, sign]] of Object.entries(WRONGS))
  test(`A test fails by ${what}`, async () => {
    const { page, close } = await open(browser, "rules");
    await page.evaluate(act);
    await page.waitForTimeout(300);
    await assert.rejects(close(), sign);
  });

test("A refusal by the API is an answer as any other", async () => {
  const { page, close } = await open(browser, "rules");
  assert.equal(await page.evaluate(() => fetch("api/v1/flows/1").then((a) => a.status)), 404);
  await close();
});
