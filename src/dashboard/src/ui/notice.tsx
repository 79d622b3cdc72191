// A line that says what has just happened, for some seconds; read out by screen readers.
import { signal } from "@preact/signals";

const text = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(message: string): void {
  text.value = message;
  clearTimeout(timer);
  timer = setTimeout(() => (text.value = ""), 4000);
}

export const Notice = () => (
  <div class="notice" role="status" aria-live="polite" data-empty={text.value === ""}>
    {text.value}
  </div>
);
