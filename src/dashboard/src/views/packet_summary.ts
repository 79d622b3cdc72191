// What a packet is in a few words, by the fields that `baleen read --json` gives.
import type { Eve } from "../api_types.ts";
import { at } from "../filter/eve_fields.ts";

const ICMP_TYPES: Record<string, string> = {
  "ICMP 0": "echo reply",
  "ICMP 3": "unreachable",
  "ICMP 5": "redirect",
  "ICMP 8": "echo request",
  "ICMP 11": "time exceeded",
  "ICMPv6 1": "unreachable",
  "ICMPv6 2": "packet too big",
  "ICMPv6 3": "time exceeded",
  "ICMPv6 128": "echo request",
  "ICMPv6 129": "echo reply",
  "ICMPv6 133": "router solicitation",
  "ICMPv6 134": "router advertisement",
  "ICMPv6 135": "neighbor solicitation",
  "ICMPv6 136": "neighbor advertisement",
  "ICMPv6 143": "multicast listener report",
};

export function packetSummary(packet: Eve): string {
  const proto = String(packet.proto ?? "");
  const words: string[] = [];
  if (packet.vlan !== undefined) words.push(`vlan ${[packet.vlan].flat().join(".")}`);
  const flags = at(packet, "tcp.flags") ?? packet.tcp_flags;
  if (flags !== undefined) words.push(`[${String(flags)}]`);
  for (const name of ["seq", "ack", "window"]) {
    const value = at(packet, `tcp.${name}`) ?? packet[`tcp_${name}`];
    if (value !== undefined) words.push(`${name} ${String(value)}`);
  }
  if (packet.icmp_type !== undefined)
    words.push(
      ICMP_TYPES[`${proto} ${String(packet.icmp_type)}`] ??
        `type ${String(packet.icmp_type)} code ${String(packet.icmp_code ?? 0)}`,
    );
  if (packet.payload_length !== undefined) words.push(`len ${String(packet.payload_length)}`);
  return words.join(" ") || String(packet.summary ?? packet.ethertype ?? "");
}
