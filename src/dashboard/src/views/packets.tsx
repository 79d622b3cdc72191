// Packets that were written to disk: what to search for, and what was found as Wireshark's users
// know it. Where Wireshark is not installed it is a list of lines.
import * as api from "../api.ts";
import { Panes } from "../dissection/panes.tsx";
import { type Opened, useDissection } from "../dissection/use_dissection.ts";
import { FilterBar } from "../filter/bar.tsx";
import { keep, link, place } from "../lib/location.ts";
import { Panel } from "../ui/panel.tsx";
import { type Search, searchOf } from "./packet_search.ts";
import { PlainPackets } from "./packets_plain.tsx";

export function Packets() {
  const search = searchOf();
  const opened = useDissection(search.words, {
    ...search.scope,
    flow: search.flow === "" ? undefined : search.flow,
  });
  return (
    <div class="fill">
      <SearchLine search={search} again={opened.again} />
      <About search={search} />
      <Found opened={opened} search={search} />
    </div>
  );
}

const NO_DISSECTOR = 501;
const BUSY = 503;

function Found({ opened, search }: { opened: Opened; search: Search }) {
  const { session, result, error, again } = opened;
  if (session !== null && result !== null) return <Panes session={session} dissection={result} />;
  if (error?.status === NO_DISSECTOR)
    return (
      <>
        <p class="note caveat" role="note">
          ⚠ Without layers and bytes: {error.message}
        </p>
        <PlainPackets search={search} />
      </>
    );
  if (error?.status === BUSY)
    return (
      <p class="trouble" role="alert">
        <b>{error.problem.title ?? "Not now"}</b> {error.problem.detail ?? ""}{" "}
        <button type="button" onClick={again}>
          Ask again
        </button>
      </p>
    );
  return (
    <Panel title="Packets" asked={opened} class="grow-box">
      {null}
    </Panel>
  );
}

function About({ search: { flow, flows } }: { search: Search }) {
  if (flow === "" && flows === place.value.filter) return null;
  return (
    <p class="note">
      {flow === "" ? (
        <>
          Packets of flows with <span class="mono">{flows}</span>
        </>
      ) : (
        <>
          Packets of flow <a href={link({ view: "flows", item: flow, more: {} })}>{flow}</a>,
          whenever it was
        </>
      )}{" "}
      <button type="button" class="plain" onClick={() => keep({ flows: "", flow: "" })}>
        ✕ all flows of the filter
      </button>
    </p>
  );
}

function SearchLine({ search, again }: { search: Search; again: () => void }) {
  const { scope, flow, packetFilter, bpf } = search;
  return (
    <div class="toolbar">
      <FilterBar
        id="packet-filter"
        kind="packet"
        label="Filter of packets"
        placeholder="Packets: tcp.flags.syn == 1, frame.len > 1000 …"
        value={packetFilter}
        onRun={(text) => keep({ packet_filter: text })}
      />
      <BpfBar value={bpf} />
      <a
        class="button"
        href={flow === "" ? api.pcapOf(scope) : api.pcapOfFlow(flow, scope)}
        download={flow === "" ? "packets.pcapng" : `flow-${flow}.pcapng`}
      >
        Download pcap
      </a>
      <button type="button" onClick={again}>
        Ask again
      </button>
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
