// Colours of data. Hues are those of Okabe and Ito, which the colour-blind tell apart; shades are
// chosen so that each stands out from the panel it lies on by 3:1 (WCAG 2.2, 1.4.11), in both
// themes. A series is told by its dashes and by its label too, never by its colour alone.

export type Theme = "light" | "dark";

export const PANEL: Record<Theme, string> = { light: "#ffffff", dark: "#171d23" };

export const SERIES: Record<Theme, readonly string[]> = {
  light: ["#006197", "#b34f00", "#006f51", "#c46c9e", "#b87e00", "#2f84b5", "#77700a", "#55606b"],
  dark: ["#439bd4", "#cf6a20", "#1f9c78", "#ecb9d4", "#f2bc40", "#8fa6f7", "#f0e442", "#a9b4bf"],
};

// In pixels on, off, ...; the first one is a whole line.
export const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 2],
  [9, 3, 2, 3],
  [12, 4],
  [4, 2, 1, 2],
  [1, 3],
  [8, 2, 2, 2, 2, 2],
];

export function seriesColour(theme: Theme, index: number): string {
  return SERIES[theme][index % SERIES[theme].length]!;
}

export type Rgb = readonly [number, number, number];

export function parseColour(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}

// WCAG 2.2, relative luminance and contrast ratio.
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(parseColour(a)), luminance(parseColour(b))].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

// Cividis (Nuñez, Anderton, Renslow 2018): even in lightness, and the same for most of the
// colour-blind. Nine of its colours, between which it is mixed.
const CIVIDIS = [
  "#00224e",
  "#123570",
  "#3b496c",
  "#575d6d",
  "#707173",
  "#8a8678",
  "#a59c74",
  "#c3b369",
  "#e1cc55",
  "#fee838",
].map(parseColour);

// The darkest fifth cannot be told from a dark panel.
const DARK_FROM = 0.2;

// `share` from 0 to 1: the more, the further from the colour of the panel.
export function heatColour(share: number, theme: Theme): Rgb {
  const within = Math.min(Math.max(share, 0), 1);
  const place = theme === "dark" ? DARK_FROM + (1 - DARK_FROM) * within : 1 - within;
  const at = place * (CIVIDIS.length - 1);
  const low = CIVIDIS[Math.floor(at)]!;
  const high = CIVIDIS[Math.ceil(at)]!;
  const part = at - Math.floor(at);
  return low.map((value, i) => Math.round(value + (high[i]! - value) * part)) as unknown as Rgb;
}

// A Plotly colour scale.
export const HEAT_SCALE: [number, string][] = CIVIDIS.map((colour, i) => [
  i / (CIVIDIS.length - 1),
  `rgb(${colour.join(",")})`,
]);
