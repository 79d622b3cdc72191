// Which keys there are, and how to filter: opened by ?.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { allBindings } from "./keys.ts";

export const helpIsOpen = signal(false);

const EXAMPLES: [filter: string, meaning: string][] = [
  ["host 10.0.0.1 and not port 53", "shorthands, as in a capture filter"],
  ["ip.addr == 10.0.0.0/8 && tcp.port in {80 443}", "prefixes and sets"],
  ["flow.bytes > 1MB && flow.duration < 10s", "units"],
  ['tls.sni contains "example"', "what protocols say"],
  ["alerted && rule.severity <= 2", "what rules found"],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = helpIsOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={() => (helpIsOpen.value = false)}
      onClick={(event) => event.target === dialog.current && (helpIsOpen.value = false)}
    >
      <h2 id="help-title">Keys</h2>
      {isOpen && (
        <dl class="keys">
          {allBindings().map((binding) => [
            <dt key={binding.key}>
              <kbd>{binding.key}</kbd>
            </dt>,
            <dd key={binding.label}>{binding.label}</dd>,
          ])}
        </dl>
      )}
      <h2>Filters</h2>
      <dl class="examples">
        {EXAMPLES.map(([filter, meaning]) => [
          <dt key={filter} class="mono">
            {filter}
          </dt>,
          <dd key={meaning} class="dim">
            {meaning}
          </dd>,
        ])}
      </dl>
      <p class="dim">
        A right click on a value applies it as a filter. Dragging over a chart zooms the time of the
        page, a double click goes back.
      </p>
      <form method="dialog">
        <button class="primary">Close</button>
      </form>
    </dialog>
  );
}
