import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mixed, rowColours } from "../src/dissection/colours.ts";
import { contrast, PANEL, type Theme } from "../src/lib/palette.ts";

// Of Wireshark's coloring rules, and what is worst to write upon.
const COLOURS = [
  ["12272e", "f78787"],
  ["12272e", "b7f774"],
  ["a40000", "fffc9c"],
  ["a0a0a0", "12272e"],
  ["e7e6ff", "12272e"],
  ["e4ffc7", "12272e"],
  ["faf0d7", "12272e"],
  ["ffffff", "000000"],
  ["000000", "ffffff"],
  ["808080", "808080"],
] as const;

test("The page's letters can be read on every row, in both themes", () => {
  const style = readFileSync(new URL("../src/style/base.css", import.meta.url), "utf8");
  const [light, dark] = [...style.matchAll(/--text: (#\w{6});/g)].map((found) => found[1]!);
  const text: Record<Theme, string> = { light: light!, dark: dark! };
  for (const [background, foreground] of COLOURS)
    for (const theme of ["light", "dark"] as const) {
      const { tint, share } = rowColours(background, foreground)!;
      const found = contrast(text[theme], mixed(PANEL[theme], tint, share[theme]));
      assert.ok(found >= 7, `${background} in ${theme} colours has ${found}`);
    }
});

test("The bar has the colour that tells more: of bright letters on black theirs", () => {
  assert.equal(rowColours("12272e", "f78787")!.mark, "#f78787");
  assert.equal(rowColours("e4ffc7", "12272e")!.mark, "#e4ffc7");
  assert.equal(rowColours("a40000", "fffc9c")!.mark, "#a40000");
});

test("What is no colour colours nothing", () => {
  assert.equal(rowColours(null, null), null);
  assert.equal(rowColours("red; content: x", "000000"), null);
});
