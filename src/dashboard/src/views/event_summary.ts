// What an event or a flow says in a few words: the rule, the name asked for, the request.
import type { Eve } from "../api_types.ts";
import { at, leaves } from "../filter/eve_fields.ts";

const text = (eve: Eve, ...paths: string[]): string =>
  paths
    .map((path) => at(eve, path))
    .filter((value) => value !== undefined && value !== "")
    .map(String)
    .join(" ");

// By protocol: what its users look for first.
const SAID: Record<string, (eve: Eve) => string> = {
  alert: (eve) => text(eve, "alert.signature"),
  dns: (eve) =>
    text(eve, "dns.queries.rrtype", "dns.rrtype", "dns.queries.rrname", "dns.rrname", "dns.rcode"),
  mdns: (eve) => text(eve, "mdns.queries.rrname", "dns.rrname"),
  tls: (eve) => text(eve, "tls.version", "tls.sni", "tls.client_alpns"),
  quic: (eve) => text(eve, "quic.sni", "quic.client_alpns", "quic.ua"),
  http: (eve) => {
    const request = text(eve, "http.http_method");
    return [request, text(eve, "http.hostname") + text(eve, "http.url"), text(eve, "http.status")]
      .filter(Boolean)
      .join(" ");
  },
  ssh: (eve) => text(eve, "ssh.client.software_version", "ssh.server.software_version"),
  smtp: (eve) => text(eve, "smtp.mail_from", "smtp.rcpt_to"),
  dhcp: (eve) => text(eve, "dhcp.hostname", "dhcp.assigned_ip"),
};

export function summaryOf(eve: Eve): string {
  const kind = eve.event_type === "flow" ? (eve.app_proto ?? "") : eve.event_type;
  const said = SAID[kind]?.(eve) ?? "";
  if (said !== "")
    return eve.event_type === "flow" ? said : kind === "alert" ? said : `${kind} ${said}`;
  const own = eve[kind];
  if (own === null || typeof own !== "object") return eve.event_type === "flow" ? "" : kind;
  const first = [...leaves(own)]
    .slice(0, 3)
    .map(([, value]) => String(value))
    .join(" ");
  return eve.event_type === "flow" ? first : `${kind} ${first}`;
}
