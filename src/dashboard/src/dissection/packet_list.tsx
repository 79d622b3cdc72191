// The list of packets with Wireshark's columns and colours, and above it the line of display
// filters.
import { useMemo } from "preact/hooks";
import * as api from "../api.ts";
import type { Dissection, DissectedLine } from "../api_types.ts";
import { formatWhole } from "../lib/format.ts";
import { place } from "../lib/location.ts";
import { Table } from "../table/table.tsx";
import { csvOf } from "../table/simple.tsx";
import { saveCsv } from "../ui/export.ts";
import { say } from "../ui/notice.tsx";
import { Panel } from "../ui/panel.tsx";
import { rowColours } from "./colours.ts";
import { columnsOf } from "./columns.ts";
import { DisplayFilter } from "./display_filter.tsx";
import type { Session } from "./session.ts";
import type { LinesAsked } from "./use_lines.ts";

const EXPORT_LINES = 1000;

interface Properties {
  session: Session;
  dissection: Dissection;
  asked: LinesAsked;
  selected: number;
  onSelect: (line: DissectedLine) => void;
  onOpen: () => void;
}

// Of the list as it is filtered, also what nobody has scrolled to.
async function saveLines(session: Session, filter: string): Promise<void> {
  const lines: DissectedLine[] = [];
  let titles: readonly string[] = [];
  for (let isLast = false; !isLast;) {
    const scope = { display_filter: filter, skip: lines.length, limit: EXPORT_LINES };
    const list = await session.ask((id) => api.dissectedList(id, scope));
    lines.push(...list.packets);
    titles = list.columns;
    isLast = list.is_last || list.packets.length === 0;
  }
  saveCsv("baleen-packets", ...csvOf(columnsOf(titles), lines));
}

function noteOf({ lines }: LinesAsked, { packets }: Dissection, filter: string): string {
  if (filter === "") return formatWhole(packets);
  const shown = formatWhole(lines.rows.length);
  return `${shown} of ${formatWhole(packets)}${lines.isLast ? "" : ", more as you scroll"}`;
}

function styleOf(line: DissectedLine): Record<string, string> | undefined {
  const colours = rowColours(line.background, line.foreground);
  if (colours === null) return undefined;
  return {
    "--tint": colours.tint,
    "--mark": colours.mark,
    "--share-light": `${colours.share.light}%`,
    "--share-dark": `${colours.share.dark}%`,
  };
}

export function PacketList(props: Properties) {
  const { session, dissection, asked, selected, onSelect, onOpen } = props;
  const { lines } = asked;
  const filter = place.value.more.display_filter ?? "";
  const columns = useMemo(() => columnsOf(lines.columns), [lines.columns.join()]);
  const save = () =>
    void saveLines(session, filter).catch((error: unknown) => say(api.asProblem(error).message));
  return (
    <Panel
      title="Packets"
      class="packet-list"
      note={noteOf(asked, dissection, filter)}
      tools={
        <>
          <span class="dim">Display filter</span>
          <DisplayFilter session={session} />
        </>
      }
      outputs={[{ label: "CSV", act: save }]}
      asked={asked}
    >
      {!dissection.is_whole && (
        <p class="caveat" role="note">
          ⚠ There are more packets than are looked at here: narrow the search.
        </p>
      )}
      {columns.length > 0 && (
        <Table
          label="Packets"
          columns={columns}
          rows={lines.rows}
          rowKey={(line) => line.number}
          selected={selected}
          onSelect={onSelect}
          onOpen={onOpen}
          onSeen={asked.see}
          tone={(line) => (line.background === null ? "" : "tinted")}
          rowStyle={styleOf}
          empty={
            filter === ""
              ? "No packets of this were written, or none fit."
              : "No packet fits the display filter."
          }
        />
      )}
    </Panel>
  );
}
