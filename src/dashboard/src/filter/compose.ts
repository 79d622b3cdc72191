// Filters made by clicking: a term of a field and a value, and how a term joins what is there.

export type Join = "replace" | "and" | "and not";

// Texts that the filter reads as a value without quotes: numbers, addresses, prefixes, plain names.
const BARE = /^[A-Za-z0-9_][A-Za-z0-9_.:/-]*$/;
const ADDRESS_OR_NUMBER = /^[0-9a-fA-F.:/]+$/;

export function quote(value: string): string {
  return `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

export function formatValue(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  const isPlain = BARE.test(value) && (ADDRESS_OR_NUMBER.test(value) || !/[:/]/.test(value));
  return isPlain ? value : quote(value);
}

export function term(field: string, value: string | number | boolean): string {
  return `${field} == ${formatValue(value)}`;
}

// Whether `text` holds an "or" outside of parentheses and quotes, which binds weaker than "and".
function hasOuterOr(text: string): boolean {
  let depth = 0;
  const words = text.match(/"(?:\\.|[^"\\])*"|[(){}[\]]|\|\||[^\s(){}[\]"|]+/g) ?? [];
  for (const word of words) {
    if ("([{".includes(word)) depth++;
    else if (")]}".includes(word)) depth--;
    else if (depth === 0 && (word === "||" || word === "or")) return true;
  }
  return false;
}

const grouped = (text: string): string => (hasOuterOr(text) ? `(${text})` : text);
const isOneTerm = (text: string): boolean => !/\s(&&|and)\s/.test(text) && !hasOuterOr(text);

export function join(filter: string, added: string, how: Join): string {
  const before = filter.trim();
  if (how === "replace" || (before === "" && how === "and")) return added;
  const one = isOneTerm(added);
  const last =
    how === "and not"
      ? one && !added.includes(" ")
        ? `!${added}`
        : `!(${added})`
      : grouped(added);
  return before === "" ? last : `${grouped(before)} && ${last}`;
}

// Several terms that must all hold.
export const all = (...terms: string[]): string =>
  terms
    .filter((text) => text !== "")
    .map(grouped)
    .join(" && ");

export const isAddress = (text: string): boolean =>
  /^(\d+\.){3}\d+$|^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text);

export const hostTerm = (address: string): string => term("ip.addr", address);
// Nodes of a graph are hosts, subnets, or what no filter can say: autonomous systems, and "others".
export const nodeTerm = (id: string): string =>
  isAddress(id.replace(/\/\d+$/, "")) ? hostTerm(id) : "";
export const pairTerm = (a: string, b: string): string => all(hostTerm(a), hostTerm(b));
