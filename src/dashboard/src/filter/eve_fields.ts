// What the filter calls the things that EVE objects hold.

const NAMES: Record<string, string> = {
  src_ip: "ip.src",
  dest_ip: "ip.dst",
  src_port: "port.src",
  dest_port: "port.dst",
  proto: "ip.proto",
  ip_v: "ip.version",
  vlan: "vlan.id",
  icmp_type: "icmp.type",
  icmp_code: "icmp.code",
  flow_id: "flow.id",
  "flow.end_reason": "flow.reason",
  "flow.alerted": "alerted",
  "alert.signature_id": "rule.id",
  "alert.signature": "rule.name",
  "alert.category": "rule.classtype",
  "alert.severity": "rule.severity",
  "alert.gid": "rule.gid",
  "alert.rev": "rule.rev",
  "dns.rrname": "dns.queries.rrname",
  "dns.rrtype": "dns.queries.rrtype",
  "tcp.rtt_server_ns": "tcp.rtt_server",
  "tcp.rtt_client_ns": "tcp.rtt_client",
  "tunnel.src_ip": "tunnel.src",
  "tunnel.dest_ip": "tunnel.dst",
};

// Nanoseconds are written with their unit in a filter.
const DURATIONS = new Set(["tcp.rtt_server", "tcp.rtt_client"]);

// The field of a path of an EVE object, if the filter has one by that name; "" if not.
export function fieldOf(path: string, known: ReadonlySet<string>): string {
  const name = NAMES[path] ?? path;
  return known.has(name) ? name : "";
}

export function valueOf(
  field: string,
  value: string | number | boolean,
): string | number | boolean {
  return DURATIONS.has(field) && typeof value === "number" ? `${value}ns` : value;
}

// The leaves of an object with their paths, in its order; elements of arrays share a path.
export function* leaves(
  value: unknown,
  path = "",
): Generator<[path: string, value: string | number | boolean]> {
  if (Array.isArray(value)) {
    for (const element of value) yield* leaves(element, path);
  } else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value))
      yield* leaves(inner, path === "" ? name : `${path}.${name}`);
  } else if (value !== null && value !== undefined) {
    yield [path, value as string | number | boolean];
  }
}

// One value by its path, or undefined.
export function at(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.split(".")) {
    if (Array.isArray(value)) value = value[0];
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
