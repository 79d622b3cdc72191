// The columns of flows, and which of them somebody has chosen.
import type { Eve } from "../api_types.ts";
import { all, term } from "../filter/compose.ts";
import { at } from "../filter/eve_fields.ts";
import { formatTime, formatTimeOfDay, parseTime } from "../lib/clock.ts";
import { formatBytes, formatDuration, formatWhole } from "../lib/format.ts";
import { link } from "../lib/location.ts";
import type { Cell, Column } from "../table/column.ts";
import { Shortened } from "../ui/shortened.tsx";
import { zone } from "../ui/zone.ts";
import { summaryOf } from "./event_summary.ts";

const number = (eve: Eve, path: string): number => Number(at(eve, path) ?? 0);
export const startOf = (eve: Eve): number =>
  Number(at(eve, "flow.start_ns") ?? parseTime(String(at(eve, "flow.start") ?? "")));
export const durationOf = (eve: Eve): number =>
  number(eve, "flow.end_ns") - number(eve, "flow.start_ns");
export const bytesOf = (eve: Eve): number =>
  number(eve, "flow.bytes_toserver") + number(eve, "flow.bytes_toclient");
export const packetsOf = (eve: Eve): number =>
  number(eve, "flow.pkts_toserver") + number(eve, "flow.pkts_toclient");

const byField =
  (field: string, path: string) =>
  (eve: Eve): string => {
    const value = at(eve, path);
    return value === undefined ? "" : term(field, value as string | number);
  };

// A column that shows one value of the object as it is.
function plain(
  id: string,
  title: string,
  path: string,
  field: string,
  more: Partial<Column<Eve>> = {},
): Column<Eve> {
  const value = (eve: Eve): Cell => {
    const found = at(eve, path);
    return Array.isArray(found) ? found.join(" ") : (found as Cell);
  };
  return { id, title, widthPx: 80, value, filter: byField(field, path), sort: field, ...more };
}

// The sum of both directions, for retransmissions and their like.
function both(id: string, title: string, stem: string, field: string): Column<Eve> {
  const value = (eve: Eve): Cell =>
    at(eve, `${stem}_toserver`) === undefined
      ? null
      : number(eve, `${stem}_toserver`) + number(eve, `${stem}_toclient`);
  return { id, title, widthPx: 84, isNumber: true, isExtra: true, value, sort: field };
}

const HostCell = ({ address }: { address: unknown }) => (
  <a class="value" href={link({ view: "hosts", item: String(address ?? "") })} tabIndex={-1}>
    <Shortened text={String(address ?? "")} />
  </a>
);

// What went to the server and what came back, as one bar.
function TwoWay({ eve }: { eve: Eve }) {
  const share = (100 * number(eve, "flow.bytes_toserver")) / Math.max(bytesOf(eve), 1);
  return (
    <span class="two-way" title={`to server ${share.toFixed(0)} %`}>
      <i style={{ width: `${share}%` }} />
      <i style={{ flex: 1 }} />
    </span>
  );
}

const hasUnit = (ns: number, count: number): string => (count === 0 ? "" : formatDuration(ns));

export const FLOW_COLUMNS: readonly Column<Eve>[] = [
  {
    id: "start",
    title: "Start",
    widthPx: 104,
    isMono: true,
    sort: "flow.start",
    value: (eve) => String(at(eve, "flow.start") ?? ""),
    show: (eve) => (
      <time title={formatTime(startOf(eve), zone.value, 6)}>
        {formatTimeOfDay(startOf(eve), zone.value)}
      </time>
    ),
  },
  {
    id: "duration",
    title: "Duration",
    widthPx: 88,
    isNumber: true,
    sort: "flow.duration",
    value: (eve) => durationOf(eve) / 1e9,
    show: (eve) => hasUnit(durationOf(eve), packetsOf(eve)),
    hint: "From the first packet to the last",
  },
  plain("proto", "Proto", "proto", "ip.proto", { widthPx: 84 }),
  plain("app", "Application", "app_proto", "app_proto", { widthPx: 84 }),
  plain("client", "Client", "src_ip", "ip.src", {
    widthPx: 124,
    isMono: true,
    show: (eve) => <HostCell address={eve.src_ip} />,
    hint: "Who began it",
    grows: 1,
  }),
  plain("client_port", "Port", "src_port", "port.src", {
    widthPx: 54,
    isNumber: true,
    isMono: true,
  }),
  plain("server", "Server", "dest_ip", "ip.dst", {
    widthPx: 124,
    isMono: true,
    show: (eve) => <HostCell address={eve.dest_ip} />,
    grows: 1,
  }),
  plain("server_port", "Port", "dest_port", "port.dst", {
    widthPx: 54,
    isNumber: true,
    isMono: true,
  }),
  {
    id: "bytes",
    title: "Bytes",
    widthPx: 74,
    isNumber: true,
    sort: "flow.bytes",
    value: bytesOf,
    show: (eve) => formatBytes(bytesOf(eve)),
    hint: "Both directions, on the wire",
  },
  {
    id: "direction",
    title: "→ | ←",
    widthPx: 70,
    value: (eve) => number(eve, "flow.bytes_toserver"),
    show: (eve) => <TwoWay eve={eve} />,
    hint: "Bytes to the server, and back",
  },
  {
    id: "packets",
    title: "Packets",
    widthPx: 66,
    isNumber: true,
    sort: "flow.packets",
    value: packetsOf,
    show: (eve) => formatWhole(packetsOf(eve)),
  },
  plain("state", "State", "tcp.conn_state", "tcp.conn_state", {
    widthPx: 62,
    isMono: true,
    hint: "As Zeek has it: S0 no answer, SF normal, REJ refused, …",
  }),
  {
    id: "info",
    title: "Info",
    widthPx: 150,
    grows: 3,
    value: summaryOf,
    hint: "What it asked for: names, requests, answers",
  },
  plain("vlan", "VLAN", "vlan", "vlan.id", { widthPx: 60, isExtra: true, isNumber: true }),
  plain("interface", "Port or file", "in_iface", "in_iface", { widthPx: 110, isExtra: true }),
  plain("reason", "End", "flow.end_reason", "flow.reason", { widthPx: 110, isExtra: true }),
  plain("history", "History", "tcp.history", "tcp.history", {
    widthPx: 90,
    isExtra: true,
    isMono: true,
  }),
  plain("sni", "TLS name", "tls.sni", "tls.sni", { widthPx: 160, isExtra: true }),
  plain("ja4", "JA4", "tls.ja4", "tls.ja4", { widthPx: 270, isExtra: true, isMono: true }),
  plain("http_host", "HTTP host", "http.hostname", "http.hostname", {
    widthPx: 160,
    isExtra: true,
  }),
  plain("dns_name", "DNS name", "dns.rrname", "dns.queries.rrname", {
    widthPx: 180,
    isExtra: true,
  }),
  plain("rtt", "Round trip", "tcp.rtt_server_ns", "tcp.rtt_server", {
    widthPx: 84,
    isExtra: true,
    isNumber: true,
    filter: () => "",
    show: (eve) => hasUnit(number(eve, "tcp.rtt_server_ns"), number(eve, "tcp.rtt_server_ns")),
    hint: "To the server, by the handshake",
  }),
  both("retransmissions", "Sent again", "tcp.retransmissions", "tcp.retransmissions"),
  both("gaps", "Gaps", "tcp.gaps", "tcp.gaps"),
  plain("community_id", "Community ID", "community_id", "community_id", {
    widthPx: 240,
    isExtra: true,
    isMono: true,
  }),
  plain("flow_id", "Flow id", "flow_id", "flow.id", { widthPx: 140, isExtra: true, isMono: true }),
];

export const flowKey = (eve: Eve): string =>
  `${eve.flow_id} ${at(eve, "flow.part") ?? 0} ${eve.timestamp}`;

export const flowTone = (eve: Eve): string =>
  at(eve, "flow.alerted") === true
    ? "alert"
    : at(eve, "flow.loss_in_lifetime") === true
      ? "note"
      : "";

// What is alike to a flow: the same service between the same hosts.
export function similarFilter(eve: Eve): string {
  const server = eve.dest_port === undefined ? "" : term("port.dst", eve.dest_port);
  return all(term("ip.addr", String(eve.src_ip)), term("ip.addr", String(eve.dest_ip)), server);
}
