// Wireshark's colours of a row, as they can be read on either theme: the page's own letters on a
// background that is mixed of Wireshark's and the page's, with as much of Wireshark's as letters
// allow; and a bar at the row's beginning in the colour that tells more.
import { contrast, PANEL, parseColour, type Rgb, type Theme } from "../lib/palette.ts";

// --text of style/base.css.
const TEXT: Record<Theme, string> = { light: "#1b242c", dark: "#dde4ea" };
// At least as WCAG 2.2, 1.4.6, has it; on a dark page bright rows would be all that is seen.
const CONTRAST: Record<Theme, number> = { light: 7, dark: 9 };
const MOST: Record<Theme, number> = { light: 70, dark: 32 };
const LEAST = 8;

export interface RowColours {
  tint: string;
  mark: string;
  // How much of the tint there is in the background, in percent.
  share: Record<Theme, number>;
}

const isColour = (text: string | null): text is string => /^[0-9a-f]{6}$/i.test(text ?? "");

// As color-mix(in srgb) does it.
export function mixed(under: string, over: string, percent: number): string {
  const [a, b] = [parseColour(under), parseColour(over)];
  const parts = a.map((part, i) => Math.round(part + ((b[i]! - part) * percent) / 100));
  return "#" + parts.map((part) => part.toString(16).padStart(2, "0")).join("");
}

function shareOf(tint: string, theme: Theme): number {
  let share = MOST[theme];
  while (share > LEAST && contrast(TEXT[theme], mixed(PANEL[theme], tint, share)) < CONTRAST[theme])
    share -= 2;
  return share;
}

// How far a colour is from grey, from 0 to 1; what is nearly black has none.
function colourfulness(colour: string): number {
  const [r, g, b]: Rgb = parseColour(colour);
  return (Math.max(r, g, b) - Math.min(r, g, b)) / 255;
}

const isDarkOn = (tint: string, text: string): boolean =>
  Math.max(...parseColour(tint)) < Math.max(...parseColour(text)) / 2;

const known = new Map<string, RowColours>();

export function rowColours(
  background: string | null,
  foreground: string | null,
): RowColours | null {
  if (!isColour(background)) return null;
  const tint = `#${background}`;
  const text = isColour(foreground) ? `#${foreground}` : tint;
  const found = known.get(tint + text);
  if (found !== undefined) return found;
  // Of rows that are bright letters on black (bad TCP) the letters tell.
  const isInLetters = isDarkOn(tint, text) && colourfulness(text) > colourfulness(tint);
  const share = { light: shareOf(tint, "light"), dark: shareOf(tint, "dark") };
  const made = { tint, mark: isInLetters ? text : tint, share };
  known.set(tint + text, made);
  return made;
}
