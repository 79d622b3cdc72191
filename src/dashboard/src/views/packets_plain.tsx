// Packets where nothing can dissect them: a line each, and beside them what is known of the chosen
// one.
import { useMemo, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Eve } from "../api_types.ts";
import { leaves } from "../filter/eve_fields.ts";
import { useQuery } from "../lib/query.ts";
import { csvOf } from "../table/simple.tsx";
import { saveCsv } from "../ui/export.ts";
import { jsonOutput, Panel } from "../ui/panel.tsx";
import { PACKET_COLUMNS, PacketTable } from "./packet_table.tsx";
import type { Search } from "./packet_search.ts";

const LIMIT = 1000;

export function PlainPackets({ search }: { search: Search }) {
  const asked = useQuery(["packets", ...search.words], (signal) =>
    search.flow === ""
      ? api.packets({ ...search.scope, limit: LIMIT }, signal)
      : api.flowPackets(search.flow, { ...search.scope, limit: LIMIT }, signal),
  );
  const packets = useMemo(() => asked.result?.packets ?? [], [asked.result]);
  const [chosen, setChosen] = useState<Eve | null>(null);
  const outputs = [
    { label: "CSV", act: () => saveCsv("baleen-packets", ...csvOf(PACKET_COLUMNS, packets)) },
    jsonOutput("baleen-packets", packets),
  ];
  const isAll = asked.result?.is_whole && packets.length < LIMIT;
  const note =
    packets.length === 0 ? "" : isAll ? String(packets.length) : `the first ${packets.length}`;
  return (
    <div class="split">
      <Panel title="Packets" note={note} asked={asked} outputs={outputs} class="grow-box">
        <PacketTable packets={packets} onSelect={setChosen} />
      </Panel>
      <PacketPane packet={chosen} />
    </div>
  );
}

function PacketPane({ packet }: { packet: Eve | null }) {
  return (
    <Panel
      title={packet === null ? "Packet" : `Packet ${String(packet.number ?? "")}`}
      class="packet-pane"
    >
      {packet === null ? (
        <p class="dim pad">Choose a packet: a click, or j and k.</p>
      ) : (
        <table class="facts">
          <tbody>
            {[...leaves(packet)].map(([path, value], i) => (
              <tr key={i}>
                <th scope="row" class="dim">
                  {path}
                </th>
                <td class="mono">{String(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
