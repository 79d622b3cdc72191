// What both sides of a stream said, in the order it was said: who speaks stands before each line as
// a mark, not as a colour alone. What a packet has brought leads to the packet.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { DissectedSide, DissectedStream, StreamName } from "../api_types.ts";
import { formatBytes } from "../lib/format.ts";
import { keep } from "../lib/location.ts";
import { type Asked, useQuery } from "../lib/query.ts";
import { copy } from "../ui/copy.ts";
import { saveBlob } from "../ui/export.ts";
import { Panel } from "../ui/panel.tsx";
import { Choice } from "../ui/choice.tsx";
import type { Session } from "./session.ts";
import { type Form, rawParts, type Sides, streamLines, toText } from "./stream_lines.ts";
import { StreamText } from "./stream_text.tsx";

interface Properties {
  session: Session;
  stream: StreamName;
  onPacket: (number: number) => void;
  onClose: () => void;
}

export function StreamDialog({ session, stream, onPacket, onClose }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { protocol, display_filter } = stream;
  const asked = useQuery(["stream", protocol, display_filter], (signal) =>
    session.ask((id) => api.dissectedStream(id, { protocol, display_filter }, signal)),
  );
  useEffect(() => dialog.current!.showModal(), []);
  const leave = (act: () => void) => (dialog.current?.close(), act());
  return (
    <dialog
      ref={dialog}
      class="stream"
      aria-label={`${protocol} stream`}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
      // Letters lead to other views, but not from here.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <Conversation
        asked={asked}
        protocol={protocol}
        onPacket={(number) => leave(() => onPacket(number))}
        tools={
          <>
            <button type="button" onClick={() => leave(() => keep({ display_filter }))}>
              Filter list to this stream
            </button>
            <button type="button" class="primary" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </>
        }
      />
    </dialog>
  );
}

const FORMS: [Form, string][] = [
  ["text", "Text"],
  ["hex", "Hex dump"],
];
const SIDES: [Sides, string][] = [
  ["both", "Both sides"],
  ["client", "▶ Client"],
  ["server", "◀ Server"],
];

interface ConversationProperties {
  asked: Asked<DissectedStream>;
  protocol: string;
  onPacket: (number: number) => void;
  tools: ComponentChildren;
}

function Conversation({ asked, protocol, onPacket, tools }: ConversationProperties) {
  const [form, setForm] = useState<Form>("text");
  const [sides, setSides] = useState<Sides>("both");
  const stream = asked.result;
  const lines = useMemo(
    () => (stream === null ? [] : streamLines(stream, sides, form)),
    [stream, sides, form],
  );
  const save = () =>
    saveBlob(`${protocol.toLowerCase()}-stream-${sides}.bin`, new Blob(rawParts(stream!, sides)));
  return (
    <Panel title={`${protocol} stream`} asked={asked} tools={tools} class="stream-box">
      {stream !== null && (
        <>
          {stream.pieces.length > 0 && (
            <p class="stream-sides">
              <Side name="Client" mark="▶" side={stream.client} />
              <Side name="Server" mark="◀" side={stream.server} />
            </p>
          )}
          {!stream.is_whole && (
            <p class="caveat" role="note">
              ⚠ The stream goes on behind what is shown here.
            </p>
          )}
          <div class="toolbar">
            <Choice label="Sides" choices={SIDES} value={sides} onChoose={setSides} />
            <Choice label="Shown as" choices={FORMS} value={form} onChoose={setForm} />
            <span class="grow" />
            <button type="button" onClick={() => copy(toText(lines))}>
              Copy text
            </button>
            <button type="button" onClick={save}>
              Download raw
            </button>
          </div>
          <StreamText key={form + sides} lines={lines} onPacket={onPacket} />
        </>
      )}
    </Panel>
  );
}

const Side = ({ name, mark, side }: { name: string; mark: string; side: DissectedSide }) => (
  <span data-side={name.toLowerCase()}>
    <b aria-hidden="true">{mark}</b> {name}{" "}
    <span class="mono">
      {side.address}:{side.port}
    </span>{" "}
    <span class="dim">{formatBytes(side.bytes)}</span>
  </span>
);
