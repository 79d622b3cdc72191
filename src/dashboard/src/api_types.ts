// What the API answers, by hand from docs/openapi.json. Times are ns since 1970 UTC, bytes those on
// the wire. What may be absent is marked so: pages show a dash for it.
export type * from "./dissection_types.ts";

// RFC 9457.
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  parameter?: string;
  offset?: number; // of filters: where the text went wrong, in bytes
}

export interface Run {
  state: "none" | "running" | "ended" | "gone";
  id?: number;
  is_live?: boolean;
  start_ns?: number;
  end_ns?: number | null;
  workers?: number;
  progress?: number | null;
}

export const LOSSES = [
  "nic_missed",
  "no_mbuf",
  "shed",
  "records_dropped",
  "events_dropped",
  "capture_shed",
] as const;
export type Loss = (typeof LOSSES)[number];

export interface LedgerInShort {
  balanced: boolean;
  imbalances: string[];
  wire: number;
  received: number;
  received_bytes: number;
  lost: Record<Loss, number>;
  flows: number;
  flows_active: number;
  records: number;
  events: number;
  matches: number;
}

export interface Store {
  directory: string;
  bytes: number;
  slices: number;
  first_ns: number | null;
  last_ns: number | null;
  free_bytes: number;
  budget_bytes: number; // what it may grow to
  bytes_per_day: number;
  history_days: number | null; // that the budgets hold once they are filled
  deletion_days: number | null; // until the oldest slice is deleted
  full_days: number | null; // until there is no more room
  damaged: number; // slices that were put aside
}

export interface Status {
  version: string;
  ready: boolean;
  run: Run;
  ledger: LedgerInShort | null;
  store: Store | null;
}

export interface Port {
  name: string;
  wire_packets: number;
  wire_bytes: number;
  clock: string;
  clock_error_ns: number;
  link_is_up: boolean;
  link_up_count: number;
  link_down_count: number;
  is_absent: boolean;
  missed: Record<"no_descriptor" | "phy_discard" | "error" | "unpolled" | "passed", number>;
  no_mbuf: number;
  mbuf_failures: number;
  shunted: number;
  queues: { packets: number }[];
}

export interface Worker {
  worker: number;
  flows_active: number;
  clock_ns: number;
  ring?: {
    bytes_waiting: number;
    capacity_bytes: number;
    frames_written: number;
    frames_consumed: number;
  };
  counters: Record<string, Record<string, number>>;
}

export interface Rates {
  time_ns: number;
  run_id: number;
  packets_per_s: number;
  bits_per_s: number;
  flows_per_s: number;
  records_per_s: number;
  events_per_s: number;
  matches_per_s: number;
  captured_per_s: number;
  flows_active: number;
  ring_fill: number;
  lost_per_s: Record<Loss, number>;
  port_packets_per_s: number[];
}

// EVE objects (Suricata): what every one of them has, and whatever else it has.
export interface Eve {
  timestamp: string;
  flow_id: number;
  event_type: string;
  src_ip?: string;
  src_port?: number;
  dest_ip?: string;
  dest_port?: number;
  proto?: string;
  app_proto?: string;
  [name: string]: unknown;
}

export interface Page {
  cursor: string | null;
  is_whole: boolean;
  problems: string[];
}
export interface FlowPage extends Page {
  flows: Eve[];
}
export interface EventPage extends Page {
  events: Eve[];
}
export interface Flow {
  flow_id: number;
  records: Eve[];
  events: Eve[];
  is_whole: boolean;
}
export interface PacketList {
  packets: Eve[];
  is_whole: boolean;
}

// What all sums over time say of themselves.
export interface Answer {
  since_ns: number;
  until_ns: number;
  is_exact: boolean;
  is_whole: boolean;
  from_rollups: boolean;
  problems: string[];
}

// out: sent by the host, by the first of a pair, else by the initiator.
export interface Sums {
  flows: number;
  records: number;
  packets_out: number;
  packets_in: number;
  bytes_out: number;
  bytes_in: number;
}
export type Key = (string | number)[];
export interface Row extends Sums {
  key: Key;
}
export interface Top extends Answer {
  field: string;
  by: string;
  rows: Row[];
  others: Sums;
  total: Sums;
}
export interface Series extends Answer {
  by: string;
  step_ns: number;
  times_ns: number[];
  series: { key: string[]; values: number[] }[];
  others?: number[];
  total: number[];
}
export interface Matrix extends Answer {
  by: string;
  rows: string[][];
  columns: (string[] | number)[];
  step_ns: number | null;
  values: number[][];
}
export interface Host extends Answer {
  address: string;
  sums: Sums;
  first_ns: number;
  last_ns: number;
  peers: Row[];
  ports: Row[];
  protocols: Row[];
}
export interface Protocol extends Sums {
  name: string;
  children?: Protocol[];
}
export interface Hierarchy extends Answer {
  protocols: Protocol[];
}

export interface GraphNode {
  id: string;
  kind: "host" | "subnet" | "asn" | "others";
  bytes_sent: number;
  bytes_received: number;
  packets_sent: number;
  packets_received: number;
  flows_begun: number;
  flows_answered: number;
  degree: number;
  degree_out: number;
  degree_in: number;
  first_ns: number;
  last_ns: number;
  x?: number;
  y?: number;
  community?: number;
}
export interface GraphEdge {
  a: string;
  b: string;
  bytes: [number, number]; // from a to b, from b to a
  packets: [number, number];
  flows: [number, number];
  first_ns: number;
  last_ns: number;
  services?: { name: string; bytes: number; flows: number }[];
}
export interface Graph {
  since_ns: number;
  until_ns: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
  total?: { bytes: number; packets: number; flows: number };
}
export interface GraphMetrics {
  graph: Record<string, number>;
  nodes: ({ id: string } & Record<string, number | string>)[];
  bridges?: string[][];
  articulation_points?: string[];
}
export interface GraphPath {
  nodes: string[];
  weight: string;
  length: number;
}
export interface GraphDiff {
  new_nodes: string[];
  gone_nodes: string[];
  new_edges: Record<string, unknown>[];
  gone_edges: Record<string, unknown>[];
  degree_jumps: Record<string, unknown>[];
  changes: Record<string, unknown>[];
}
export interface Scan {
  source: string;
  kind: "sweep" | "port_scan";
  port: string | null;
  target: string | null;
  targets: number;
  ports: number;
  flows: number;
  unanswered: number;
  first_ns: number;
  last_ns: number;
}

export interface RuleLoad {
  served: boolean;
  task: string | null;
  progress?: { databases_done: number; database_count: number; seconds: number } | null;
  last: RulesReport | null;
}
// Further members, numbers for people, are shown as they are.
export interface RulesReport extends Record<string, unknown> {
  text: string;
  generation: number;
  reason?: string;
  problems?: { count: number; lines: string[] };
}
export interface Rule {
  gid: number;
  id: number;
  rev: number;
  name: string;
  classtype: string;
  severity: number;
  action: string;
}
export interface Rules {
  in_use: boolean;
  count: number;
  found: number;
  files: string[];
  load: RuleLoad;
  rules: Rule[];
}
export interface RuleCheck {
  rules: number;
  exact: number;
  prefilter: number;
  refused: number;
  invalid: number;
  commented_out: number;
  problems: { line: number; column: number; message: string }[];
  refusals: { line: number; gid: number; id: number; keywords: string[] }[];
}
export interface ConfigKey {
  key: string;
  value: string;
  default: string;
  is_default: boolean;
  takes: string;
  description: string;
}

export type Kind = "flow" | "alert" | "event" | "packet";
export interface Field {
  name: string;
  type: string;
  description: string;
}
export interface Fields {
  fields: Field[];
  event_types: string[];
}
export interface FilterCheck {
  valid: boolean;
  offset?: number;
  message?: string;
}
