// What sums are ordered by, on all panels alike.
import { signal } from "@preact/signals";
import type { By } from "../lib/format.ts";

export const by = signal<By>("bytes");
const CHOICES: readonly By[] = ["bytes", "packets", "flows"];

export const ByChoice = () => (
  <span class="choice" role="group" aria-label="Ordered by">
    {CHOICES.map((one) => (
      <button
        key={one}
        type="button"
        aria-pressed={by.value === one}
        onClick={() => (by.value = one)}
      >
        {one}
      </button>
    ))}
  </span>
);
