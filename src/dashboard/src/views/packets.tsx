// Packets that were written to disk: a line each, and beside them what is known of the chosen one.
// The tree of its layers and its bytes will stand where the fields stand now.
import { useMemo, useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Eve } from "../api_types.ts";
import { FilterBar } from "../filter/bar.tsx";
import { leaves } from "../filter/eve_fields.ts";
import { keep, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { csvOf } from "../table/simple.tsx";
import { filterScope } from "../time/scope.ts";
import { saveCsv } from "../ui/export.ts";
import { jsonOutput, Panel } from "../ui/panel.tsx";
import { PACKET_COLUMNS, PacketTable } from "./packet_table.tsx";

const LIMIT = 1000;

export function Packets() {
  const { since, until, filter } = filterScope.value;
  const { packet_filter = "", bpf = "" } = place.value.more;
  const flows = place.value.more.flows ?? filter;
  const scope = { since, until, flows, filter: packet_filter, pcap_filter: bpf };
  // Of a time that moves the list is not asked for by itself: each time is a search of the disk.
  const words = ["packets", place.value.since, place.value.until, flows, packet_filter, bpf];
  const asked = useQuery(words, (signal) => api.packets({ ...scope, limit: LIMIT }, signal));
  const packets = useMemo(() => asked.result?.packets ?? [], [asked.result]);
  const [chosen, setChosen] = useState<Eve | null>(null);
  const outputs = [
    { label: "CSV", act: () => saveCsv("baleen-packets", ...csvOf(PACKET_COLUMNS, packets)) },
    jsonOutput("baleen-packets", packets),
  ];
  const note =
    packets.length === 0
      ? ""
      : asked.result?.is_whole && packets.length < LIMIT
        ? String(packets.length)
        : `the first ${packets.length}`;
  return (
    <div class="fill">
      <div class="toolbar">
        <FilterBar
          id="packet-filter"
          kind="packet"
          label="Filter of packets"
          placeholder="Packets: tcp.flags.syn == 1, frame.len > 1000 …"
          value={packet_filter}
          onRun={(text) => keep({ packet_filter: text })}
        />
        <BpfBar value={bpf} />
        <a class="button" href={api.pcapOf(scope)} download="packets.pcapng">
          Download pcap
        </a>
        <button type="button" onClick={asked.again}>
          Ask again
        </button>
      </div>
      {place.value.more.flows !== undefined && (
        <p class="note">
          Packets of flows with <span class="mono">{flows}</span>{" "}
          <button type="button" class="plain" onClick={() => keep({ flows: "" })}>
            ✕ all flows of the filter
          </button>
        </p>
      )}
      <div class="split">
        <Panel title="Packets" note={note} asked={asked} outputs={outputs} class="grow-box">
          <PacketTable packets={packets} onSelect={setChosen} />
        </Panel>
        <PacketPane packet={chosen} />
      </div>
    </div>
  );
}

function BpfBar({ value }: { value: string }) {
  const run = (event: Event) => {
    event.preventDefault();
    keep({ bpf: new FormData(event.currentTarget as HTMLFormElement).get("bpf")!.toString() });
  };
  return (
    <form class="filter" onSubmit={run} aria-label="Capture filter">
      <span class="filter-mark dim" aria-hidden="true">
        ▽
      </span>
      <input
        key={value}
        name="bpf"
        type="text"
        class="mono"
        aria-label="Capture filter, pcap-filter(7)"
        placeholder="or as tcpdump: tcp port 443"
        defaultValue={value}
        spellcheck={false}
      />
      <button type="submit" class="filter-run" aria-label="Run the capture filter">
        ↵
      </button>
    </form>
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
