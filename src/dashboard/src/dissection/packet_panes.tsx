// The chosen packet: its layers on the left, its bytes on the right, what is chosen in one shown in
// the other, and the streams that it belongs to.
import type { RefObject } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { DissectedPacket, StreamName } from "../api_types.ts";
import type { Asked } from "../lib/query.ts";
import { Panel } from "../ui/panel.tsx";
import { Splitter, tracks, useShare } from "../ui/splitter.tsx";
import { decoded } from "./bytes.ts";
import { HexPane } from "./hex_pane.tsx";
import type { Session } from "./session.ts";
import { StreamDialog } from "./stream_dialog.tsx";
import { TreePane } from "./tree_pane.tsx";
import { useFields } from "./use_fields.ts";

interface Properties {
  session: Session;
  asked: Asked<DissectedPacket>;
  // It is not among the rows of the list.
  isElsewhere: boolean;
  tree: RefObject<HTMLUListElement | null>;
  onLeave: () => void;
  onPacket: (number: number) => void;
}

const NO_SOURCES: DissectedPacket["sources"] = [];

export function PacketPanes(props: Properties) {
  const { session, asked, isElsewhere, tree, onLeave, onPacket } = props;
  const share = useShare("tree", 50);
  const [followed, setFollowed] = useState<StreamName | null>(null);
  const packet = asked.result;
  const fields = useFields(packet);
  const named = packet?.sources ?? NO_SOURCES;
  const sources = useMemo(() => named.map((source) => decoded(source.bytes)), [named]);
  return (
    <div class="packet-panes" style={{ gridTemplateColumns: tracks(share) }}>
      <Panel
        title={packet === null ? "Packet" : `Packet ${packet.number}`}
        class="tree-pane"
        note={isElsewhere ? "not among the rows of the list" : undefined}
        asked={asked}
      >
        {packet !== null && packet.streams.length > 0 && (
          <p class="toolbar streams">
            {packet.streams.map((stream) => (
              <button
                key={stream.protocol + stream.display_filter}
                type="button"
                title={stream.display_filter}
                onClick={() => setFollowed(stream)}
              >
                Follow {stream.protocol} stream
              </button>
            ))}
          </p>
        )}
        {fields.nodes.length > 0 && (
          <TreePane
            label="Layers"
            fields={fields}
            sources={sources}
            root={tree}
            onLeave={onLeave}
          />
        )}
      </Panel>
      <Splitter label="Between layers and bytes" orientation="vertical" share={share} />
      <HexPane fields={fields} names={named} sources={sources} />
      {followed !== null && (
        <StreamDialog
          session={session}
          stream={followed}
          onPacket={onPacket}
          onClose={() => setFollowed(null)}
        />
      )}
    </div>
  );
}
