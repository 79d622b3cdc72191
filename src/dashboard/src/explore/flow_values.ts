// The values of one flow, by the names that the filter gives them: what is counted both ways is added
// up, durations are in seconds.
import type { Eve } from "../api_types.ts";
import { at } from "../filter/eve_fields.ts";

// The numbers that a flow has, by the names that the filter gives them.
const SUMS: Record<string, string> = {
  "flow.bytes": "flow.bytes",
  "flow.packets": "flow.pkts",
  "flow.ip_bytes": "flow.ip_bytes",
  "flow.payload_bytes": "flow.payload_bytes",
  "tcp.retransmissions": "tcp.retransmissions",
  "tcp.out_of_order": "tcp.out_of_order",
  "tcp.gaps": "tcp.gaps",
  "tcp.missed_bytes": "tcp.missed_bytes",
  "tcp.zero_windows": "tcp.zero_windows",
  "tcp.resets": "tcp.resets",
};

const PATHS: Record<string, string> = {
  "ip.src": "src_ip",
  "ip.dst": "dest_ip",
  "port.src": "src_port",
  "port.dst": "dest_port",
  "ip.proto": "proto",
  "ip.version": "ip_v",
  "flow.reason": "flow.end_reason",
  "vlan.id": "vlan",
  "flow.id": "flow_id",
  "dns.queries.rrname": "dns.rrname",
  "dns.queries.rrtype": "dns.rrtype",
};

const SECONDS: Record<string, string> = {
  "tcp.rtt_server": "tcp.rtt_server_ns",
  "tcp.rtt_client": "tcp.rtt_client_ns",
};

export function valueOfFlow(eve: Eve, field: string): string | number | null {
  const stem = SUMS[field];
  if (stem !== undefined) {
    const [there, back] = [at(eve, `${stem}_toserver`), at(eve, `${stem}_toclient`)];
    return there === undefined ? null : Number(there) + Number(back ?? 0);
  }
  if (field === "flow.duration")
    return (Number(at(eve, "flow.end_ns")) - Number(at(eve, "flow.start_ns"))) / 1e9;
  if (field === "flow.start" || field === "flow.end")
    return String(at(eve, field) ?? "").replace("+0000", "Z");
  if (field === "tcp.rtt")
    return at(eve, "tcp.rtt_server_ns") === undefined
      ? null
      : (Number(at(eve, "tcp.rtt_server_ns")) + Number(at(eve, "tcp.rtt_client_ns") ?? 0)) / 1e9;
  const seconds = SECONDS[field];
  if (seconds !== undefined)
    return at(eve, seconds) === undefined ? null : Number(at(eve, seconds)) / 1e9;
  const found = at(eve, PATHS[field] ?? field);
  const first = Array.isArray(found) ? found[0] : found;
  return first === undefined || first === null || typeof first === "object"
    ? null
    : typeof first === "boolean"
      ? String(first)
      : (first as string | number);
}
