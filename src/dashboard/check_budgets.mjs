// Whether the pages are as small as promised: what a browser loads first, and what it loads for a view.
//
//   node check_budgets.mjs [DIR]
import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

// As the budgets were measured.
const KB = 1024;
const out = path.resolve(
  process.argv[2] ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "dist"),
);
const manifest = JSON.parse(readFileSync(path.join(out, "manifest.json"), "utf8"));
const gz = (name) => statSync(path.join(out, name + ".gz")).size;
const sum = (names) => names.reduce((total, name) => total + gz(name), 0);
const chunk = (entry) =>
  Object.keys(manifest.chunks).filter((name) => manifest.chunks[name] === entry);
const all = readdirSync(out)
  .filter((name) => name.endsWith(".gz"))
  .map((name) => name.slice(0, -3));

const budgets = [
  ["first load", sum([...manifest.first, "index.html"]), 90 * KB],
  ["packets", sum(chunk("src/views/packets.tsx")), 30 * KB],
  ["graph", sum(chunk("src/views/graph.tsx")), 60 * KB],
  [
    "explore",
    sum([...chunk("src/views/explore.tsx"), ...all.filter((name) => name.startsWith("plotly"))]),
    500 * KB,
  ],
  ["styles", sum(all.filter((name) => name.endsWith(".css"))), 20 * KB],
  ["all files", sum(all), 750 * KB],
];

for (const [name, bytes, most] of budgets) {
  const verdict = bytes === 0 ? "IS NOT THERE" : bytes <= most ? "" : "TOO LARGE";
  console.log(
    `${name.padEnd(12)} ${(bytes / KB).toFixed(1).padStart(7)} KiB of ${most / KB} (gzip) ${verdict}`,
  );
  if (verdict !== "") process.exitCode = 1;
}
