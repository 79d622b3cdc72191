// Keys that work everywhere, as users of Arkime and Wireshark expect them; none of them while
// somebody is typing, or together with Ctrl, Alt or the command key.

export interface Binding {
  key: string;
  label: string;
  act: () => void;
}

const bindings = new Map<string, Binding>();

// Returns what takes it away again.
export function bind(list: Binding[]): () => void {
  for (const binding of list) bindings.set(binding.key, binding);
  return () => {
    for (const binding of list)
      if (bindings.get(binding.key) === binding) bindings.delete(binding.key);
  };
}

export const allBindings = (): Binding[] => [...bindings.values()];

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") (event.target as HTMLElement).blur();
    return;
  }
  const binding = bindings.get(event.key);
  if (binding === undefined) return;
  event.preventDefault();
  binding.act();
});
