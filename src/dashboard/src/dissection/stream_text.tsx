// The lines of a stream, those of them that are seen: the mark of the side that speaks, the packet
// that brought it, and what it said.
import { useRef } from "preact/hooks";
import { useWindow } from "../table/use_window.ts";
import { px } from "../ui/px.ts";
import type { StreamLine } from "./stream_lines.ts";

const LINE_PX = 18;

interface Properties {
  lines: readonly StreamLine[];
  onPacket: (number: number) => void;
}

export function StreamText({ lines, onPacket }: Properties) {
  const element = useRef<HTMLDivElement>(null);
  const drawn = useWindow(element, lines.length, LINE_PX);
  if (lines.length === 0)
    return (
      <p class="dim pad">
        There is nothing to read: nothing was said, or it is encrypted and the key is not known.
      </p>
    );
  return (
    <div ref={element} class="stream-text mono" role="list" aria-label="What was said" tabIndex={0}>
      <div class="stream-lines" style={{ height: px(drawn.heightPx) }}>
        {drawn.rows().map(({ index, top }) => (
          <Line
            key={index}
            line={lines[index]!}
            index={index}
            count={lines.length}
            top={top}
            onPacket={onPacket}
          />
        ))}
      </div>
    </div>
  );
}

interface LineProperties {
  line: StreamLine;
  index: number;
  count: number;
  top: number;
  onPacket: (number: number) => void;
}

const Line = ({ line, index, count, top, onPacket }: LineProperties) => (
  <div
    class="stream-line"
    role="listitem"
    aria-posinset={index + 1}
    aria-setsize={count}
    data-side={line.isFromServer ? "server" : "client"}
    style={{ transform: `translateY(${top}px)` }}
  >
    <span class="stream-packet">
      {line.isFirst && (
        <button
          type="button"
          class="plain"
          title={`Go to packet ${line.number}`}
          aria-label={`Packet ${line.number}`}
          onClick={() => onPacket(line.number)}
        >
          {line.number}
        </button>
      )}
    </span>
    <b role="img" aria-label={line.isFromServer ? "Server" : "Client"}>
      {line.isFromServer ? "◀" : "▶"}
    </b>
    <span class="stream-said">{line.text}</span>
  </div>
);
