import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  contrast,
  DASHES,
  heatColour,
  PANEL,
  parseColour,
  type Rgb,
  SERIES,
  type Theme,
} from "../src/lib/palette.ts";

const THEMES: Theme[] = ["light", "dark"];

test("Contrast is WCAG's", () => {
  assert.equal(contrast("#000000", "#ffffff").toFixed(2), "21.00");
  assert.equal(contrast("#777777", "#ffffff").toFixed(2), "4.48");
});

test("Each colour of a series stands out from the panel", () => {
  for (const theme of THEMES)
    for (const colour of SERIES[theme])
      assert.ok(
        contrast(colour, PANEL[theme]) >= 3,
        `${colour} on ${theme}: ${contrast(colour, PANEL[theme]).toFixed(2)}`,
      );
});

test("Series have dashes that differ, besides their colours", () => {
  assert.equal(new Set(DASHES.map((dash) => dash.join())).size, SERIES.light.length);
});

// Machado, Oliveira, Fernandes 2009, severity 1, on linear light.
const BLINDNESS: Record<string, number[][]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};
const linear = (value: number) =>
  value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
const seen = (colour: Rgb, kind: number[][]) =>
  kind.map((row) => row.reduce((sum, part, i) => sum + part * linear(colour[i]!), 0));
const distance = (a: number[], b: number[]) =>
  Math.hypot(...a.map((value, i) => Math.cbrt(Math.max(value, 0)) - Math.cbrt(Math.max(b[i]!, 0))));

test("The first five series differ for the colour-blind too", () => {
  for (const theme of THEMES)
    for (const [name, kind] of Object.entries(BLINDNESS)) {
      const colours = SERIES[theme].slice(0, 5).map((hex) => seen(parseColour(hex), kind));
      colours.forEach((a, i) =>
        colours
          .slice(i + 1)
          .forEach((b, j) =>
            assert.ok(
              distance(a, b) > 0.15,
              `${theme} ${name}: series ${i} and ${i + 1 + j}: ${distance(a, b).toFixed(3)}`,
            ),
          ),
      );
    }
});

test("More heat is further from the panel, all the way", () => {
  const hex = (colour: Rgb) =>
    "#" + colour.map((part) => part.toString(16).padStart(2, "0")).join("");
  for (const theme of THEMES) {
    const far = (share: number) => contrast(hex(heatColour(share, theme)), PANEL[theme]);
    for (let share = 0; share < 1; share += 0.05)
      assert.ok(far(share + 0.05) > far(share), `${theme} at ${share}`);
  }
});

function styleColours(theme: Theme): Record<string, string> {
  const css = readFileSync(new URL("../src/style/base.css", import.meta.url), "utf8");
  const block =
    theme === "light"
      ? css.split('[data-theme="dark"]')[0]!
      : css.split('[data-theme="dark"]')[1]!.split("}")[0]!;
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((found) => [found[1]!, found[2]!]),
  );
}

test("Texts can be read on everything they lie on (WCAG 1.4.3)", () => {
  for (const theme of THEMES) {
    const colours = styleColours(theme);
    assert.equal(colours.panel, PANEL[theme]);
    for (const text of ["text", "dim", "accent", "wrong"])
      for (const ground of ["page", "panel", "raised", "nav", "hover", "selected"])
        if (
          !(text === "accent" && ground === "selected") &&
          !(text === "wrong" && ground === "selected")
        )
          assert.ok(
            contrast(colours[text]!, colours[ground]!) >= 4.5,
            `${theme}: ${text} on ${ground} ${contrast(colours[text]!, colours[ground]!).toFixed(2)}`,
          );
    assert.ok(contrast(colours.wrong!, colours["wrong-soft"]!) >= 4.5);
    assert.ok(contrast(colours["on-accent"]!, colours.accent!) >= 4.5);
  }
});
