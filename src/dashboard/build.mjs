// Builds the pages into a folder of static files: hashed names, a .gz beside each, index.html.
//
//   node build.mjs [--out=DIR] [--depfile=FILE] [--watch]
//
// Must hold: nothing outside this folder is read, nothing is fetched; what comes out depends on the
// sources and the locked packages only.
import { build, context } from "esbuild";
import { mkdir, readFile, rm, writeFile, readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const MANIFEST = "manifest.json";
const option = (name) =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const out = path.resolve(option("out") ?? path.join(here, "dist"));
const depfile = option("depfile");
const isWatched = process.argv.includes("--watch");

// Hashes of eight letters: the server tells by them what may be kept for ever.
const options = {
  absWorkingDir: here,
  entryPoints: { main: "src/main.tsx" },
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome110", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: !isWatched,
  entryNames: "[name].[hash]",
  chunkNames: "[name].[hash]",
  assetNames: "[name].[hash]",
  metafile: true,
  legalComments: "eof",
  logLevel: "warning",
};

// The files that the first page needs before anything else can happen.
function firstFiles(metafile) {
  const outputs = metafile.outputs;
  const entry = Object.keys(outputs).find((name) => outputs[name].entryPoint === "src/main.tsx");
  const found = new Set([entry]);
  for (const name of found)
    for (const { path: imported, kind } of outputs[name].imports)
      if (kind === "import-statement") found.add(imported);
  return { scripts: [...found], style: outputs[entry].cssBundle };
}

const url = (name) => "./" + path.basename(name);

async function writePage(metafile) {
  const { scripts, style } = firstFiles(metafile);
  const lines = [
    `<link rel="stylesheet" href="${url(style)}">`,
    ...scripts.slice(1).map((name) => `<link rel="modulepreload" href="${url(name)}">`),
    `<script type="module" src="${url(scripts[0])}"></script>`,
  ];
  const page = await readFile(path.join(here, "src/index.html"), "utf8");
  await writeFile(path.join(out, "index.html"), page.replace("<!--head-->", lines.join("\n")));
  // What the check of budgets needs to know.
  const chunks = Object.entries(metafile.outputs).map(([name, { entryPoint }]) => [
    path.basename(name),
    entryPoint ?? "",
  ]);
  return {
    first: [...scripts, style].map((name) => path.basename(name)),
    chunks: Object.fromEntries(chunks),
  };
}

async function compress() {
  for (const name of await readdir(out)) {
    const file = path.join(out, name);
    await writeFile(file + ".gz", gzipSync(await readFile(file), { level: 9 }));
  }
}

// For Meson: what the folder was made from.
async function writeDepfile(metafile) {
  const escaped = (name) => path.resolve(here, name).replaceAll(" ", "\\ ");
  const inputs = [
    ...Object.keys(metafile.inputs),
    "src/index.html",
    "build.mjs",
    "package-lock.json",
  ];
  await writeFile(
    depfile,
    `${path.relative(process.cwd(), out)}: ${inputs.map(escaped).join(" ")}\n`,
  );
}

// A folder is emptied only if it was made here, or is empty.
const there = existsSync(out) ? await readdir(out) : [];
if (there.length > 0 && !there.includes(MANIFEST)) {
  console.error(`${out} is not a folder of these pages; it is left alone`);
  process.exit(1);
}
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
if (isWatched) {
  const plugin = {
    name: "page",
    setup: (made) => made.onEnd((result) => result.metafile && writePage(result.metafile)),
  };
  await writeFile(path.join(out, MANIFEST), "{}\n");
  await (await context({ ...options, plugins: [plugin] })).watch();
} else {
  const { metafile } = await build(options);
  const manifest = await writePage(metafile);
  await compress();
  if (depfile !== undefined) await writeDepfile(metafile);
  await writeFile(path.join(out, MANIFEST), JSON.stringify(manifest, null, 1) + "\n");
}
