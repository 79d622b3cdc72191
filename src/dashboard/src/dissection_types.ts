// What the API answers of packets that Wireshark's dissectors have read, by hand from
// docs/openapi.json.

export interface Dissection {
  id: string;
  packets: number;
  is_whole: boolean; // false: there are more than it takes
  idle_s: number;
}
// A line of the list: texts in the order of the columns; colours are six hexadecimal digits.
export interface DissectedLine {
  number: number;
  columns: string[];
  background: string | null;
  foreground: string | null;
}
export interface DissectedList {
  columns: string[];
  packets: DissectedLine[];
  is_last: boolean;
}
export type Severity = "Comment" | "Chat" | "Note" | "Warning" | "Error";
export interface DissectedField {
  label: string;
  display_filter: string | null;
  offset: number | null;
  length: number | null;
  source: number;
  severity: Severity | null;
  is_protocol: boolean;
  is_generated: boolean;
  is_hidden: boolean;
  children: DissectedField[];
}
export interface DissectedSource {
  name: string;
  bytes: string; // in Base64
}
export interface StreamName {
  protocol: string;
  display_filter: string;
}
export interface DissectedPacket {
  number: number;
  tree: DissectedField[];
  sources: DissectedSource[];
  streams: StreamName[];
}
export interface DissectedSide {
  address: string;
  port: string;
  bytes: number;
}
export interface DissectedPiece {
  number: number;
  is_from_server: boolean;
  bytes: string; // in Base64
}
export interface DissectedStream {
  client: DissectedSide;
  server: DissectedSide;
  pieces: DissectedPiece[];
  is_whole: boolean;
}
export interface DisplayFilterCheck {
  valid: boolean;
  message?: string;
}
export interface DisplayFields {
  fields: { name: string; label: string }[];
}
