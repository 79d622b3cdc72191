// The bytes of the chosen packet, and of what was put together or decrypted with it: each byte
// leads to the innermost field that covers it, each field to its bytes.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { DissectedSource } from "../api_types.ts";
import { useWindow } from "../table/use_window.ts";
import { copy } from "../ui/copy.ts";
import { Panel } from "../ui/panel.tsx";
import { px } from "../ui/px.ts";
import { Tabs } from "../ui/tabs.tsx";
import { ROW_BYTES, type Span, spanOf, toBase64, toHex } from "./bytes.ts";
import { HexRow } from "./hex_row.tsx";
import { labelOf, type Node } from "./tree.ts";
import type { Fields } from "./use_fields.ts";

const ROW_PX = 18;
const NONE = new Uint8Array();

interface Properties {
  fields: Fields;
  names: readonly DissectedSource[];
  sources: readonly Uint8Array[];
}

export function HexPane({ fields, names, sources }: Properties) {
  const { chosen, pointed } = fields;
  const id = useId();
  const [index, setIndex] = useState(0);
  // Another packet may have fewer of them.
  const source = Math.min(index, Math.max(sources.length - 1, 0));
  const bytes = sources[source] ?? NONE;
  useEffect(() => {
    if (spanOf(chosen) !== null) setIndex(chosen!.field.source);
  }, [chosen]);
  const span = chosen?.field.source === source ? spanOf(chosen) : null;
  const picked = span === null ? bytes : bytes.subarray(span.from, span.to);
  const what = span === null ? "all bytes" : `the ${picked.length} bytes of the field`;
  return (
    <Panel
      title="Bytes"
      class="hex-pane"
      note={span === null ? String(bytes.length) : `${span.from}–${span.to - 1} of ${bytes.length}`}
      tools={
        <span class="toolbar">
          <button type="button" title={`Copies ${what}`} onClick={() => copy(toHex(picked))}>
            Copy hex
          </button>
          <button type="button" title={`Copies ${what}`} onClick={() => copy(toBase64(picked))}>
            Copy Base64
          </button>
        </span>
      }
    >
      {names.length > 1 && (
        <Tabs
          label="Sources of bytes"
          names={names.map((one) => one.name)}
          index={source}
          panel={`${id}-bytes`}
          onChoose={setIndex}
        />
      )}
      <div
        id={`${id}-bytes`}
        class="hex-box"
        role={names.length > 1 ? "tabpanel" : undefined}
        aria-label={names.length > 1 ? names[source]!.name : undefined}
      >
        <Bytes key={source} id={id} fields={fields} source={source} bytes={bytes} />
      </div>
      <p class="hex-foot dim mono">{said(pointed ?? chosen)}</p>
    </Panel>
  );
}

const said = (node: Node | null): string => (node === null ? "" : labelOf(node));

interface BytesProperties {
  id: string;
  fields: Fields;
  source: number;
  bytes: Uint8Array;
}

const MOVES: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -ROW_BYTES,
  ArrowDown: ROW_BYTES,
  Home: -Infinity,
  End: Infinity,
};

const rowOf = (at: number): number => Math.floor(at / ROW_BYTES);

// Whether any of it is: bytes somebody has clicked at stay where they are.
function isSeen(element: HTMLElement, span: Span): boolean {
  const top = rowOf(span.from) * ROW_PX;
  const bottom = (rowOf(span.to - 1) + 1) * ROW_PX;
  return bottom > element.scrollTop && top < element.scrollTop + element.clientHeight;
}

function Bytes({ id, fields, source, bytes }: BytesProperties) {
  const element = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const rows = useWindow(element, Math.ceil(bytes.length / ROW_BYTES), ROW_PX);
  const spanIn = (node: Node | null) => (node?.field.source === source ? spanOf(node) : null);
  const chosen = spanIn(fields.chosen);
  // The byte that was gone to, as long as the field around it is chosen.
  const at = chosen !== null && cursor >= chosen.from && cursor < chosen.to ? cursor : -1;
  const drawn = rows.rows();
  const isDrawn = drawn.some(({ index }) => index === rowOf(at));
  useEffect(() => setCursor(-1), [bytes]);
  useEffect(() => {
    if (chosen !== null && !isSeen(element.current!, chosen)) rows.show(rowOf(chosen.from));
  }, [chosen?.from, chosen?.to, bytes]);
  const choose = (place: number) => {
    setCursor(place);
    const node = fields.at(source, place);
    if (node !== null) fields.choose(node);
  };
  const placeOf = (event: MouseEvent) => (event.target as HTMLElement).dataset.at;
  const point = (event: MouseEvent) => {
    const place = placeOf(event);
    fields.point(place === undefined ? null : fields.at(source, Number(place)));
  };
  const press = (event: KeyboardEvent) => {
    const by = MOVES[event.key];
    if (by === undefined || bytes.length === 0) return;
    const from = cursor >= 0 ? cursor : (chosen?.from ?? -1);
    const next = Math.min(Math.max(from + by, 0), bytes.length - 1);
    choose(next);
    rows.show(rowOf(next));
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={element}
      class="hex mono"
      role="grid"
      tabIndex={0}
      aria-label="Bytes in hex"
      aria-rowcount={Math.ceil(bytes.length / ROW_BYTES)}
      aria-activedescendant={isDrawn ? `${id}-${at}` : undefined}
      onKeyDown={press}
      onMouseOver={point}
      onMouseLeave={() => fields.point(null)}
      onClick={(event) => placeOf(event) !== undefined && choose(Number(placeOf(event)))}
    >
      <div class="hex-rows" style={{ height: px(rows.heightPx) }}>
        {drawn.map(({ index, top }) => (
          <HexRow
            key={index}
            id={id}
            bytes={bytes}
            row={index}
            top={top}
            chosen={chosen}
            pointed={spanIn(fields.pointed)}
            cursor={at}
          />
        ))}
      </div>
    </div>
  );
}
