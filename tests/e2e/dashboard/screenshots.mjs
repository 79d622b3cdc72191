// Pictures of the views over the sample capture, for docs/images: tools/screenshots.
//
//     node screenshots.mjs FOLDER [NAME]...        (environment: as browser.mjs)
import path from "node:path";
import { launch, open, settled } from "./browser.mjs";

const [folder, ...names] = process.argv.slice(2);

// A greeting of TLS, its layer open.
async function choosePacket(page) {
  const row = '[role="grid"][aria-label="Packets"] .row:not(.head)';
  await page.locator(`${row}:has-text("Client Hello") >> nth=0`).click();
  const layer = '[role="treeitem"]:has-text("Transport Layer Security")';
  await page.waitForSelector(layer);
  await page.locator(`${layer} >> nth=0`).click();
  await page.press('[role="tree"]', "ArrowRight");
}

const PICTURES = [
  { name: "overview", place: "overview", theme: "light" },
  { name: "flows", place: "flows", theme: "dark" },
  {
    name: "graph",
    place: "graph",
    theme: "dark",
    wait: ".graph-canvas canvas",
  },
  { name: "heatmaps", place: "heatmaps", theme: "light" },
  {
    name: "explore",
    place: "explore",
    theme: "light",
    wait: ".js-plotly-plot",
  },
  {
    name: "packets",
    place: "packets?display_filter=tls.handshake",
    theme: "dark",
    act: choosePacket,
  },
];

const browser = await launch();
for (const { name, place, theme, wait, act } of PICTURES) {
  if (names.length > 0 && !names.includes(name)) continue;
  const { page, wrong, close } = await open(browser, place, {
    colorScheme: theme,
  });
  if (wait) await page.waitForSelector(wait, { timeout: 60000 });
  await settled(page);
  if (act) await act(page);
  await settled(page);
  // What is drawn a frame later, such as a graph's labels.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  if (wrong.length > 0) throw new Error(`${name}: ${wrong.join("; ")}`);
  await close();
}
await browser.close();
