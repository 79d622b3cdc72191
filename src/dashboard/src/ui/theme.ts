// Light or dark: as the system has it, unless somebody has chosen.
import { computed, effect, signal } from "@preact/signals";
import type { Theme } from "../lib/palette.ts";

const KEY = "baleen.theme";
export type Choice = "system" | Theme;

const dark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(dark.matches);
dark.addEventListener("change", (event) => (systemIsDark.value = event.matches));

export const choice = signal<Choice>((localStorage.getItem(KEY) as Choice | null) ?? "system");
export const theme = computed<Theme>(() =>
  choice.value === "system" ? (systemIsDark.value ? "dark" : "light") : choice.value,
);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function nextTheme(): void {
  choice.value = theme.value === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, choice.value);
}

// A colour of the style sheet, for what is drawn on a canvas.
export function styleColour(name: string): string {
  void theme.value;
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
