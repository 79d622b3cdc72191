// Packets in three panes: list, layers, bytes; and what both sides of a stream said.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { axeFindings, hashOf, launch, open, settled } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const skip = process.env.BALEEN_DISSECTOR ? false : "needs Wireshark's sharkd";
const ROW = '[role="grid"][aria-label="Packets"] .row:not(.head)';
const BYTES = '[role="grid"][aria-label="Bytes in hex"]';
const layer = (text) => `[role="treeitem"]:has-text("${text}")`;

async function packets(place = "packets", options = {}) {
  const found = await open(browser, place, options);
  // Or what is said instead of them.
  const sign = `${ROW}, main .trouble`;
  await found.page.waitForSelector(sign, { timeout: 60000 });
  assert.equal(await found.page.locator("main .trouble").allTextContents().then(String), "");
  await settled(found.page);
  return found;
}

const rowCount = async (page) =>
  Number(await page.getAttribute('[role="grid"][aria-label="Packets"]', "aria-rowcount")) - 1;

async function apply(page, filter) {
  await page.fill("#display-filter", filter);
  await page.waitForSelector('[aria-label^="Display filter"][data-state="valid"]');
  await page.press("#display-filter", "Enter");
  await page.waitForFunction(
    (text) => new URLSearchParams(location.hash.split("?")[1]).get("display_filter") === text,
    filter,
  );
}

// Chooses the first packet with this in its line, and waits for its layers.
async function choose(page, text) {
  const row = page.locator(`${ROW}:has-text("${text}") >> nth=0`);
  const number = (await row.locator('[role="gridcell"] >> nth=0').textContent()).trim();
  await row.click();
  await page.waitForSelector(`section[aria-label="Packet ${number}"] [role="treeitem"]`);
  return number;
}

const marked = (page) =>
  page.$$eval('[aria-label="Bytes in hex"] [role="gridcell"].in', (found) =>
    found.map((one) => Number(one.dataset.at)),
  );

test("Packets are listed as Wireshark lists them, to the last one", { skip }, async () => {
  const { page, wrong, close } = await packets();
  const titles = await page.$$eval('[aria-label="Packets"] [role="columnheader"]', (found) =>
    found.map((one) => one.textContent),
  );
  assert.deepEqual(titles, ["No.", "Time", "Source", "Destination", "Protocol", "Length", "Info"]);
  const count = await rowCount(page);
  assert.ok(count > 1000, String(count));
  await page.focus('[role="grid"][aria-label="Packets"]');
  await page.keyboard.press("End");
  await page.waitForFunction(
    ([selector, number]) => {
      const row = document.querySelector(`${selector}[aria-selected="true"]`);
      const cells = [...(row?.children ?? [])].map((cell) => cell.textContent);
      return cells[0] === number && cells[4] !== "";
    },
    [ROW, String(count)],
  );
  await page.waitForSelector(`section[aria-label="Packet ${count}"]`);
  assert.deepEqual(wrong, []);
  await close();
});

test("A display filter is checked and completed while it is typed", { skip }, async () => {
  const { page, wrong, close } = await packets();
  const all = await rowCount(page);
  await page.fill("#display-filter", "http.nonsense == 1");
  const error = await page.waitForSelector("#display-filter-error");
  assert.match(await error.textContent(), /http\.nonsense/);
  await page.press("#display-filter", "Enter");
  assert.ok(!(await hashOf(page)).includes("nonsense"));
  assert.equal(await rowCount(page), all);
  await page.fill("#display-filter", "");
  await page.locator("#display-filter").pressSequentially("tls.handshake.ty");
  // Until it is the only one: what was offered for fewer letters had more.
  await page.waitForFunction(() => document.querySelectorAll('[role="option"]').length === 1);
  await page.waitForSelector('[role="option"] >> text="tls.handshake.type"');
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.type("== 1");
  await page.waitForSelector('[aria-label^="Display filter"][data-state="valid"]');
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (selector) =>
      [...document.querySelectorAll(selector)].every((row) =>
        row.textContent.includes("Client Hello"),
      ),
    ROW,
  );
  assert.ok((await rowCount(page)) < 50);
  // It is part of the address, and apart from the filter of flows.
  assert.match(await hashOf(page), /display_filter=tls\.handshake\.type == 1/);
  assert.equal(await page.inputValue("#filter"), "");
  assert.deepEqual(wrong, []);
  await close();
});

test(
  "A display filter of a link that is wrong, or that nothing fits, says so",
  { skip },
  async () => {
    const { page, wrong, close } = await open(browser, "packets?display_filter=http.nonsense");
    await page.waitForSelector(".packet-list .trouble >> text=http.nonsense");
    await settled(page);
    assert.deepEqual(await axeFindings(page), []);
    await apply(page, "frame.number == 0");
    await page.waitForSelector("text=No packet fits the display filter.");
    await settled(page);
    assert.equal(await page.locator('[role="treeitem"]').count(), 0);
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(wrong, []);
    await close();
  },
);

test("Layers lead to their bytes, bytes to their layer", { skip }, async () => {
  const { page, wrong, close } = await packets();
  await apply(page, "http.request");
  await choose(page, "GET /");
  // By keys: from the list to the layers, through them, and back.
  await page.focus('[role="grid"][aria-label="Packets"]');
  await page.keyboard.press("Enter");
  for (const key of ["End", "Home"]) await page.keyboard.press(key);
  const here = '[role="treeitem"][aria-selected="true"]';
  while (!(await page.textContent(here)).includes("Internet Protocol"))
    await page.keyboard.press("ArrowDown");
  for (const key of ["ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  await page.waitForSelector(`${here}:has-text("Version: 4")`);
  assert.deepEqual(await marked(page), [14]);
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelectorAll('[role="gridcell"].in').length === 20);
  // From a byte to the field.
  await page.click(`${BYTES} [role="gridcell"][data-at="22"]`);
  await page.waitForSelector(`${here}:has-text("Time to Live")`);
  assert.deepEqual(await marked(page), [22]);
  // What is chosen is seen: with the layer around it closed that is the layer.
  await page.click(`${layer("Internet Protocol")} .fold`);
  await page.waitForSelector(`${here}:has-text("Internet Protocol")`);
  await page.click(`${BYTES} [role="gridcell"][data-at="22"]`);
  await page.waitForSelector(`${here}:has-text("Time to Live")`);
  await page.hover(`${BYTES} [role="gridcell"][data-at="12"]`);
  await page.waitForSelector('[role="treeitem"][data-pointed="true"]:has-text("Ethernet II")');
  assert.match(await page.textContent(".hex-foot"), /Type: IPv4/);
  // What is open and chosen stays so for the next packet.
  await page.keyboard.press("j");
  await page.waitForSelector(`${here}:has-text("Time to Live")`);
  await page.focus('[role="tree"]');
  await page.keyboard.press("Escape");
  assert.equal(
    await page.evaluate(() => document.activeElement.getAttribute("aria-label")),
    "Packets",
  );
  assert.deepEqual(wrong, []);
  await close();
});

test("What was put together of several packets is a source of its own", { skip }, async () => {
  const { page, wrong, close } = await packets();
  await apply(page, "http.response && tcp.segments");
  await choose(page, "HTTP/1.1 200 OK");
  const tabs = page.locator('[role="tablist"][aria-label="Sources of bytes"] [role="tab"]');
  assert.ok((await tabs.count()) >= 2);
  await tabs.nth(1).click();
  await page.waitForSelector(`${BYTES} .hex-row >> nth=0`);
  const rows = Number(await page.getAttribute(BYTES, "aria-rowcount"));
  const drawn = await page.locator(`${BYTES} .hex-row`).count();
  assert.ok(rows > 1000 && drawn < 100, `${drawn} of ${rows} rows are drawn`);
  await page.click(`${BYTES} [data-at="1"] >> nth=0`);
  await page.waitForSelector('[role="treeitem"][aria-selected="true"]:has-text("HTTP/1.1")');
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(wrong, []);
  await close();
});

test("A right click on a field applies it as a display filter", { skip }, async () => {
  const { page, wrong, close } = await packets();
  await apply(page, "dns");
  await choose(page, "Standard query");
  await page.click(layer("User Datagram Protocol"), { button: "right" });
  await page.click('[role="menu"] >> text="… and not this"');
  await page.waitForFunction(() =>
    decodeURIComponent(location.hash.replace(/\+/g, " ")).includes("dns && !udp"),
  );
  assert.equal(await page.inputValue("#display-filter"), "dns && !udp");
  await page.waitForFunction(() =>
    document
      .querySelector('section[aria-label^="Packet "] header')
      .textContent.includes("not among"),
  );
  assert.equal(await page.inputValue("#filter"), "");
  assert.deepEqual(wrong, []);
  await close();
});

for (const colorScheme of ["light", "dark"])
  test(`A stream is followed, in ${colorScheme} colours`, { skip }, async () => {
    const { page, wrong, close } = await packets("packets", { colorScheme });
    await apply(page, "http");
    const number = await choose(page, "GET /");
    await page.click(layer("Hypertext Transfer Protocol"));
    assert.deepEqual(await axeFindings(page), []);
    await page.click('text="Follow TCP stream"');
    await page.waitForSelector('dialog[open] [data-side="client"] >> text=/^GET /');
    await page.waitForSelector('dialog[open] [data-side="server"] >> text=/^HTTP.1.1 200/');
    assert.deepEqual(await axeFindings(page), []);
    await page.click('dialog >> text="◀ Server"');
    await page.waitForFunction(
      () => document.querySelectorAll('.stream-line[data-side="client"]').length === 0,
    );
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click('dialog >> text="Download raw"'),
    ]);
    assert.match(readFileSync(await download.path(), "latin1"), /^HTTP\/1\.1 200 OK\r\n/);
    await page.click('dialog >> text="Both sides"');
    await page.click('dialog >> text="Hex dump"');
    await page.waitForSelector("dialog >> text=/^00000000 {2}47 45 54 20/");
    await page.click(`dialog >> [aria-label="Packet ${number}"]`);
    await page.waitForSelector(`section[aria-label="Packet ${number}"]`);
    await page.click('text="Follow TCP stream"');
    await page.click('dialog >> text="Filter list to this stream"');
    await page.waitForFunction(() => /display_filter=tcp.stream/.test(location.hash));
    assert.deepEqual(wrong, []);
    await close();
  });

test("Panes are moved by keys, and stay where they were put", { skip }, async () => {
  const { page, wrong, close } = await packets("packets", {
    viewport: { width: 1280, height: 720 },
  });
  const border = '[role="separator"][aria-label="Between list and packet"]';
  const heightOf = () => page.$eval(".packet-list", (list) => list.getBoundingClientRect().height);
  const before = await heightOf();
  await page.focus(border);
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
  const share = await page.getAttribute(border, "aria-valuenow");
  const after = await heightOf();
  assert.ok(after > before + 30, `${before}, then ${after}`);
  await page.reload();
  await page.waitForSelector(`${border}[aria-valuenow="${share}"]`);
  await page.dblclick(border);
  await page.waitForFunction((height) => {
    const list = document.querySelector(".packet-list");
    return Math.abs(list.getBoundingClientRect().height - height) < 2;
  }, before);
  assert.deepEqual(wrong, []);
  await close();
});

test("What the server has closed is opened again, and nobody notices", { skip }, async () => {
  const opened = [];
  const { page, wrong, close } = await open(browser, "overview");
  page.on("response", async (response) => {
    if (response.request().method() === "POST" && response.url().includes("/dissections"))
      opened.push((await response.json()).id);
  });
  await page.keyboard.press("p");
  await page.waitForSelector(`${ROW} >> nth=0`);
  await settled(page);
  assert.equal(opened.length, 1);
  const gone = await page.evaluate(
    (id) => fetch(`api/v1/dissections/${id}`, { method: "DELETE" }).then((answer) => answer.status),
    opened[0],
  );
  assert.equal(gone, 204);
  await apply(page, "dns");
  await choose(page, "Standard query");
  await page.waitForSelector(layer("Domain Name System"));
  assert.equal(opened.length, 2);
  assert.equal(await page.locator(".trouble").count(), 0);
  assert.deepEqual(wrong, []);
  await close();
});

// As the server answers it.
const refuse = (page, status, problem) =>
  page.route("**/api/v1/dissections?**", (route) =>
    route.fulfill({
      status,
      contentType: "application/problem+json",
      body: JSON.stringify({ status, ...problem }),
    }),
  );

test("Without Wireshark there is a line for each packet, and how to mend it", async () => {
  const { page, wrong, close } = await open(browser, "overview");
  await refuse(page, 501, { type: "/problems/no-dissector", detail: "Install wireshark-common." });
  await page.keyboard.press("p");
  await page.waitForSelector("text=Install wireshark-common.");
  await page.waitForSelector(`${ROW} >> nth=9`);
  await page.keyboard.press("j");
  await page.waitForSelector('section[aria-label="Packet 1"] th >> text="timestamp"');
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(wrong, []);
  await close();
});

test("Where all places are taken one may ask again", { skip }, async () => {
  const { page, wrong, close } = await open(browser, "overview");
  await refuse(page, 503, { title: "Others look at packets", detail: "4 at a time" });
  await page.keyboard.press("p");
  await page.waitForSelector('.trouble >> text="Ask again"');
  assert.match(await page.textContent(".trouble"), /Others look at packets 4 at a time/);
  await page.unroute("**/api/v1/dissections?**");
  await page.click('.trouble >> text="Ask again"');
  await page.waitForSelector(`${ROW} >> nth=3`);
  assert.deepEqual(wrong, []);
  await close();
});
