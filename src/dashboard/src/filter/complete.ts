// What can stand at the caret of a filter: fields after nothing or "and", operators after a field,
// values that are known after an operator. The grammar is docs/filter.md's; whether a filter is right
// is the API's to say (/filter), this only guesses what somebody is about to type.

import type { Field } from "../api_types.ts";

export interface Suggestion {
  text: string;
  description: string;
}

export interface Completion {
  // What is replaced by a suggestion, from here to the caret.
  from: number;
  suggestions: Suggestion[];
}
// Of what stands before the caret, for a language of filters.
export type Completer = (text: string, caret: number) => Completion | Promise<Completion>;

const OPERATORS: Record<string, [text: string, description: string][]> = {
  number: [
    ["==", "equal"],
    ["!=", "not equal"],
    [">", "greater"],
    [">=", "at least"],
    ["<", "less"],
    ["<=", "at most"],
    ["in {", "one of"],
  ],
  text: [
    ["==", "equal"],
    ["contains", "holds this text"],
    ["matches", "RE2 expression"],
    ["!=", "not equal"],
    ["in {", "one of"],
  ],
  name: [
    ["==", "equal"],
    ["!=", "not equal"],
    ["in {", "one of"],
  ],
};
export const JOINS: [string, string][] = [
  ["&&", "and"],
  ["||", "or"],
];
const STARTS: [string, string][] = [
  ["host", "either end: host 10.0.0.1"],
  ["net", "either end in a prefix: net 10.0.0.0/8"],
  ["port", "either port: port 443"],
  ["not", "the opposite"],
];
export const NEGATIONS = new Set(["!", "not", "(", "&&", "and", "||", "or", ""]);
export const COMPARISONS = new Set([
  "==",
  "=",
  "eq",
  "!=",
  "ne",
  "<",
  "lt",
  "<=",
  "le",
  ">",
  "gt",
  ">=",
  "ge",
  "contains",
  "matches",
  "~",
  "in",
]);

const VALUES: Record<string, string[]> = {
  "ip.proto": ["tcp", "udp", "icmp", "icmpv6", "sctp", "gre", "esp"],
  "ip.version": ["4", "6"],
  "flow.reason": [
    "idle_timeout",
    "active_timeout",
    "end_of_flow",
    "forced_end",
    "lack_of_resources",
  ],
  "tcp.conn_state": [
    "S0",
    "S1",
    "SF",
    "REJ",
    "S2",
    "S3",
    "RSTO",
    "RSTR",
    "RSTOS0",
    "RSTRH",
    "SH",
    "SHR",
    "OTH",
  ],
  app_proto_source: ["content", "ndpi", "port"],
  "tls.version": ["TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0"],
  "match.direction": ["to_server", "to_client"],
};

export interface Word {
  text: string;
  start: number;
}

// Words in front of `end`, the one that touches it last; an unfinished quote is a word too.
export function words(text: string, end: number): Word[] {
  const found: Word[] = [];
  const pattern =
    /"(?:\\.|[^"\\])*"?|[(){}[\],]|&&|\|\||[=!<>]=|[=!<>~]|[^\s(){}[\],"=!<>~&|]+|[&|]/g;
  for (const match of text.slice(0, end).matchAll(pattern))
    found.push({ text: match[0], start: match.index });
  return found;
}

const isField = (word: string, fields: readonly Field[]): Field | undefined =>
  fields.find((field) => field.name === word);

function operatorsOf(field: Field): [string, string][] {
  switch (field.type) {
    case "number":
    case "duration":
    case "time":
      return OPERATORS.number!;
    case "text":
    case "data":
      return OPERATORS.text!;
    case "presence":
    case "flag":
      return [];
    default:
      return OPERATORS.name!;
  }
}

// Those that begin with what was typed first, then those that hold it.
export function matching(choices: Iterable<[string, string]>, typed: string): Suggestion[] {
  const lower = typed.toLowerCase();
  const begin: Suggestion[] = [];
  const hold: Suggestion[] = [];
  for (const [text, description] of choices) {
    const at = text.toLowerCase().indexOf(lower);
    if (at === 0) begin.push({ text, description });
    else if (at > 0) hold.push({ text, description });
  }
  return [...begin, ...hold].slice(0, 50);
}

function valuesOf(field: string, fields: readonly Field[]): [string, string][] {
  if (field === "app_proto")
    return fields.filter((f) => f.type === "presence").map((f) => [f.name, f.description]);
  return (VALUES[field] ?? []).map((value) => [/[ .]/.test(value) ? `"${value}"` : value, ""]);
}

// What is being typed at the caret, and the words in front of it.
export interface Typing {
  before: readonly Word[];
  typed: string;
  from: number;
  previous: string;
  earlier: string;
}

export function typingAt(text: string, caret: number): Typing {
  const before = words(text, caret);
  const last = before[before.length - 1];
  const touches =
    last !== undefined &&
    last.start + last.text.length === caret &&
    !/^[(){}[\],&|=!<>]/.test(last.text);
  return {
    before,
    typed: touches ? last.text : "",
    from: touches ? last.start : caret,
    previous: before[before.length - (touches ? 2 : 1)]?.text ?? "",
    earlier: before[before.length - (touches ? 3 : 2)]?.text ?? "",
  };
}

export function complete(text: string, caret: number, fields: readonly Field[]): Completion {
  const { before, typed, from, previous, earlier } = typingAt(text, caret);
  const fieldChoices = (): [string, string][] => [
    ...fields.map((f): [string, string] => [f.name, f.description]),
    ...STARTS,
  ];
  if (COMPARISONS.has(previous) || previous === "{" || previous === ",") {
    const owner = COMPARISONS.has(previous)
      ? earlier
      : (before
          .map((w) => w.text)
          .reverse()
          .find((w) => isField(w, fields)) ?? "");
    return { from, suggestions: matching(valuesOf(owner, fields), typed) };
  }
  if (NEGATIONS.has(previous)) return { from, suggestions: matching(fieldChoices(), typed) };
  const field = isField(previous, fields);
  if (field !== undefined)
    return { from, suggestions: matching([...operatorsOf(field), ...JOINS], typed) };
  return { from, suggestions: matching(JOINS, typed) };
}

// The text with the suggestion in its place, and where the caret goes.
export function applied(
  text: string,
  caret: number,
  from: number,
  suggestion: string,
): [text: string, caret: number] {
  const after = text.slice(caret);
  const space = suggestion.endsWith("{") || after.startsWith(" ") ? "" : " ";
  const head = text.slice(0, from) + suggestion + space;
  return [head + after, head.length];
}

// The API tells places in bytes of UTF-8; a caret wants UTF-16 units.
export function unitsOf(text: string, bytes: number): number {
  let seen = 0;
  let units = 0;
  for (const letter of text) {
    if (seen >= bytes) break;
    const code = letter.codePointAt(0)!;
    seen += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units += letter.length;
  }
  return units;
}
