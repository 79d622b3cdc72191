// Bytes as pages show them, and which field is at one of them.
import type { Node } from "./tree.ts";

export const ROW_BYTES = 16;

export interface Span {
  from: number;
  to: number; // behind the last
}

export const decoded = (base64: string) =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

export const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");
export const asciiOf = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";

// As many digits as the last one needs, four at least.
export const offsetOf = (at: number, length: number): string =>
  at.toString(16).padStart(Math.max(4, Math.max(length - 1, 0).toString(16).length), "0");

export const toHex = (bytes: Uint8Array): string => Array.from(bytes, hexOf).join("");

export function toBase64(bytes: Uint8Array): string {
  // Not all at once: what a function takes is limited.
  const STEP = 4096;
  let letters = "";
  for (let at = 0; at < bytes.length; at += STEP)
    letters += String.fromCharCode(...bytes.subarray(at, at + STEP));
  return btoa(letters);
}

export interface HexRow {
  at: number;
  hex: string[];
  ascii: string[];
}

export function hexRow(bytes: Uint8Array, index: number): HexRow {
  const at = index * ROW_BYTES;
  const own = Array.from(bytes.subarray(at, at + ROW_BYTES));
  return { at, hex: own.map(hexOf), ascii: own.map(asciiOf) };
}

export function spanOf(node: Node | null): Span | null {
  const { offset, length } = node?.field ?? {};
  if (offset == null || length == null || length <= 0) return null;
  return { from: offset, to: offset + length };
}

// What a span covers of a row, or null.
export function within(span: Span | null, row: number): Span | null {
  if (span === null) return null;
  const from = Math.max(span.from, row * ROW_BYTES);
  const to = Math.min(span.to, (row + 1) * ROW_BYTES);
  return from < to ? { from, to } : null;
}

// The smallest field that covers a byte of a source; of equals the innermost, of those the last.
// What was computed only lies over what is there.
export function innermostAt(nodes: Iterable<Node>, source: number, at: number): Node | null {
  let best: Node | null = null;
  let least = Infinity;
  for (const node of nodes) {
    const span = spanOf(node);
    const { source: own, is_generated } = node.field;
    if (span === null || own !== source || is_generated || at < span.from || at >= span.to)
      continue;
    const size = span.to - span.from;
    if (size > least || (size === least && node.level < best!.level)) continue;
    best = node;
    least = size;
  }
  return best;
}
