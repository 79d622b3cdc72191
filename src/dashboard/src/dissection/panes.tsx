// Packets in three panes: the list, the layers of the chosen one, and its bytes.
import { useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Dissection } from "../api_types.ts";
import { place } from "../lib/location.ts";
import { pause } from "../lib/pause.ts";
import { useQuery } from "../lib/query.ts";
import { Splitter, tracks, useShare } from "../ui/splitter.tsx";
import { indexOf } from "./lines.ts";
import { PacketList } from "./packet_list.tsx";
import { PacketPanes } from "./packet_panes.tsx";
import type { Session } from "./session.ts";
import { useLines } from "./use_lines.ts";

// A key that is held down passes over packets that nobody reads.
const REST_MS = 40;

function usePacket(session: Session, number: number | null) {
  const words = number === null ? null : ["dissected packet", number];
  const asked = useQuery(words, async (signal) => {
    await pause(REST_MS, signal);
    return session.ask((id) => api.dissectedPacket(id, number!, signal));
  });
  return number === null ? { ...asked, result: null, isWaiting: false } : asked;
}

interface Properties {
  session: Session;
  dissection: Dissection;
}

export function Panes({ session, dissection }: Properties) {
  const share = useShare("packets", 46);
  const [chosen, setChosen] = useState<number | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const tree = useRef<HTMLUListElement>(null);
  const filter = place.value.more.display_filter ?? "";
  const listed = useLines(session, dissection, filter);
  // The first one, until somebody chooses.
  const number = chosen ?? listed.lines.rows[0]?.number ?? null;
  const index = number === null ? -1 : indexOf(listed.lines, number);
  const asked = usePacket(session, number);
  const toList = () => root.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
  return (
    <div ref={root} class="panes" style={{ gridTemplateRows: tracks(share) }}>
      <PacketList
        session={session}
        dissection={dissection}
        asked={listed}
        selected={index}
        onSelect={(line) => setChosen(line.number)}
        onOpen={() => tree.current?.focus()}
      />
      <Splitter label="Between list and packet" orientation="horizontal" share={share} />
      <PacketPanes
        session={session}
        asked={asked}
        isElsewhere={index < 0 && number !== null}
        tree={tree}
        onLeave={toList}
        onPacket={setChosen}
      />
    </div>
  );
}
