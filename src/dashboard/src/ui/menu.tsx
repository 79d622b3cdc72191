// The menu of a value: apply it as a filter, copy it, go to what it stands for. Opened by a right
// click, by the menu key, or by Shift+F10, on whatever has a value.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isAddress, join, type Join } from "../filter/compose.ts";
import { go, place } from "../lib/location.ts";
import { copy } from "./copy.ts";
import { px } from "./px.ts";

export interface Item {
  label: string;
  act: () => void;
}

interface Open {
  x: number;
  y: number;
  title: string;
  items: Item[];
  opener: HTMLElement | null;
}

const open = signal<Open | null>(null);

export function applyFilter(added: string, how: Join): void {
  go({ filter: join(place.value.filter, added, how) });
}

function filterItems(filter: string): Item[] {
  return [
    { label: "Apply as filter", act: () => applyFilter(filter, "replace") },
    { label: "… and this", act: () => applyFilter(filter, "and") },
    { label: "… and not this", act: () => applyFilter(filter, "and not") },
    {
      label: "Flows with this",
      act: () =>
        go({ view: "flows", item: "", filter: join(place.value.filter, filter, "and"), more: {} }),
    },
  ];
}

const addressItems = (address: string): Item[] => [
  { label: "Host page", act: () => go({ view: "hosts", item: address }) },
  { label: "In the graph", act: () => go({ view: "graph", item: "", more: { around: address } }) },
];

// `filter`: the term that says this value; "" where no filter can.
export function openMenu(event: MouseEvent, text: string, filter: string, more: Item[] = []): void {
  event.preventDefault();
  event.stopPropagation();
  const target = event.currentTarget as HTMLElement;
  const box = target.getBoundingClientRect();
  const byKey = event.clientX === 0 && event.clientY === 0;
  const items = [
    ...(filter === "" ? [] : filterItems(filter)),
    ...(isAddress(text) ? addressItems(text) : []),
    ...more,
    { label: "Copy value", act: () => copy(text) },
    ...(filter === "" ? [] : [{ label: "Copy as filter", act: () => copy(filter) }]),
  ];
  const opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  open.value = {
    x: byKey ? box.left + 8 : event.clientX,
    y: byKey ? box.bottom : event.clientY,
    title: filter || text,
    items,
    opener,
  };
}

function step(menu: HTMLElement, by: number): void {
  const buttons = [...menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  buttons[(at + by + buttons.length) % buttons.length]?.focus();
}

export function Menu() {
  const root = useRef<HTMLDivElement>(null);
  const shown = open.value;
  const close = () => {
    open.value = null;
    shown?.opener?.focus({ preventScroll: true });
  };
  useEffect(() => {
    if (shown === null) return;
    root.current?.querySelector("button")?.focus();
    const away = (event: Event) =>
      !root.current?.contains(event.target as Node) && (open.value = null);
    addEventListener("pointerdown", away, true);
    addEventListener("wheel", away, true);
    return () => (
      removeEventListener("pointerdown", away, true),
      removeEventListener("wheel", away, true)
    );
  }, [shown]);
  if (shown === null) return null;
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key === "ArrowDown") step(root.current!, 1);
    else if (event.key === "ArrowUp") step(root.current!, -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const left = Math.min(shown.x, innerWidth - 240);
  const top = Math.min(shown.y, innerHeight - 34 - 27 * shown.items.length);
  return (
    <div
      ref={root}
      class="menu"
      role="menu"
      aria-label={shown.title}
      style={{ left: px(left), top: px(top) }}
      onKeyDown={press}
    >
      <div class="menu-title mono">{shown.title}</div>
      {shown.items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          onClick={() => (close(), item.act())}
        >
          {item.label}
        </button>
      ))}
    </div>
  );
}
