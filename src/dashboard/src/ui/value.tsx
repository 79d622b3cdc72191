// A value that can be asked about: a link to where it leads, with the menu of values behind it.
import type { ComponentChildren } from "preact";
import { isAddress, join, nodeTerm } from "../filter/compose.ts";
import { link, place } from "../lib/location.ts";
import { type Item, openMenu } from "./menu.tsx";
import { Shortened } from "./shortened.tsx";

interface Properties {
  text: string;
  filter: string;
  href?: string;
  more?: Item[];
  class?: string;
  children?: ComponentChildren;
}

export function Value({ text, filter, href, more, class: kind = "", children }: Properties) {
  const menu = (event: MouseEvent) => openMenu(event, text, filter, more);
  const shown = children ?? text;
  if (href !== undefined)
    return (
      <a class={`value ${kind}`} href={href} onContextMenu={menu}>
        {shown}
      </a>
    );
  if (filter === "")
    return (
      <span class={kind} onContextMenu={menu}>
        {shown}
      </span>
    );
  return (
    <button
      type="button"
      class={`value plain ${kind}`}
      onClick={menu}
      onContextMenu={menu}
      aria-haspopup="menu"
    >
      {shown}
    </button>
  );
}

export const HostValue = ({ address }: { address: string }) => (
  <Value
    text={address}
    class="mono"
    filter={`ip.addr == ${address}`}
    href={link({ view: "hosts", item: address })}
  >
    <Shortened text={address} />
  </Value>
);

// A host leads to its page, a subnet to its flows; no filter says an autonomous system.
export function NodeValue({ id }: { id: string }) {
  if (isAddress(id)) return <HostValue address={id} />;
  const filter = nodeTerm(id);
  if (filter === "") return <Value text={id} filter="" class="mono" />;
  const href = link({ view: "flows", item: "", filter: join(place.value.filter, filter, "and") });
  return <Value text={id} class="mono" filter={filter} href={href} />;
}
