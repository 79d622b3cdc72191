// Packets, a line each, as tcpdump's users read them.
import type { Eve } from "../api_types.ts";
import { term } from "../filter/compose.ts";
import { formatTime, formatTimeOfDay, parseTime } from "../lib/clock.ts";
import type { Cell, Column } from "../table/column.ts";
import { Table } from "../table/table.tsx";
import { zone } from "../ui/zone.ts";
import { packetSummary } from "./packet_summary.ts";

const plain = (
  id: string,
  title: string,
  widthPx: number,
  field: string,
  more: Partial<Column<Eve>> = {},
): Column<Eve> => ({
  id,
  title,
  widthPx,
  value: (packet) => packet[id] as Cell,
  filter: (packet) =>
    packet[id] === undefined || field === "" ? "" : term(field, packet[id] as string | number),
  ...more,
});

export const PACKET_COLUMNS: readonly Column<Eve>[] = [
  plain("number", "No.", 60, "", { isNumber: true }),
  {
    id: "timestamp",
    title: "Time",
    widthPx: 124,
    isMono: true,
    value: (packet) => packet.timestamp,
    show: (packet) => (
      <time title={formatTime(parseTime(packet.timestamp), zone.value, 6)}>
        {formatTimeOfDay(parseTime(packet.timestamp), zone.value, 6)}
      </time>
    ),
  },
  plain("src_ip", "Source", 130, "ip.src", { isMono: true, grows: 1 }),
  plain("src_port", "Port", 56, "port.src", { isNumber: true, isMono: true }),
  plain("dest_ip", "Destination", 130, "ip.dst", { isMono: true, grows: 1 }),
  plain("dest_port", "Port", 56, "port.dst", { isNumber: true, isMono: true }),
  plain("proto", "Proto", 66, "ip.proto"),
  plain("length", "Length", 62, "", { isNumber: true, hint: "Bytes on the wire" }),
  { id: "info", title: "Info", widthPx: 220, grows: 1, isMono: true, value: packetSummary },
];

interface Properties {
  packets: readonly Eve[];
  heightPx?: number;
  onSelect?: (packet: Eve) => void;
}

export const PacketTable = ({ packets, heightPx, onSelect }: Properties) => (
  <Table
    label="Packets"
    columns={PACKET_COLUMNS}
    rows={packets}
    rowKey={(packet, i) => Number(packet.number ?? i)}
    heightPx={heightPx}
    onSelect={onSelect}
    empty="No packets of this were written, or none fit."
  />
);
