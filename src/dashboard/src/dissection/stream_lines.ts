// What both sides of a stream said, as lines of text or as a hex dump.
import type { DissectedStream } from "../api_types.ts";
import { asciiOf, decoded, hexOf, ROW_BYTES } from "./bytes.ts";

export type Sides = "both" | "client" | "server";
export type Form = "text" | "hex";

export interface StreamLine {
  number: number; // of the packet
  isFromServer: boolean;
  isFirst: boolean; // of what the packet has brought
  text: string;
}

const LINE_LETTERS = 120;
// Letters that show nothing, move what stands beside them, or turn the direction of writing:
// foreign bytes could look like something else than they are.
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/g;

function textLines(bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes).replace(/\r\n/g, "\n").replace(UNSEEN, ".");
  const lines = text.replace(/\t/g, "    ").split("\n");
  // A line that ended begins no other.
  if (lines.length > 1 && lines[lines.length - 1] === "") lines.pop();
  return lines.flatMap((line) => line.match(new RegExp(`.{1,${LINE_LETTERS}}`, "gu")) ?? [""]);
}

function hexLines(bytes: Uint8Array, offset: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const own = Array.from(bytes.subarray(at, at + ROW_BYTES));
    const place = (offset + at).toString(16).padStart(8, "0");
    const hex = own.map((byte, i) => (i === 8 ? " " : "") + hexOf(byte)).join(" ");
    lines.push(`${place}  ${hex.padEnd(3 * ROW_BYTES)}  ${own.map(asciiOf).join("")}`);
  }
  return lines;
}

function piecesOf(stream: DissectedStream, sides: Sides): DissectedStream["pieces"] {
  if (sides === "both") return stream.pieces;
  return stream.pieces.filter((piece) => piece.is_from_server === (sides === "server"));
}

// Offsets of a hex dump count each side for itself.
export function streamLines(stream: DissectedStream, sides: Sides, form: Form): StreamLine[] {
  const offsets = { client: 0, server: 0 };
  return piecesOf(stream, sides).flatMap((piece) => {
    const bytes = decoded(piece.bytes);
    const side = piece.is_from_server ? "server" : "client";
    const texts = form === "text" ? textLines(bytes) : hexLines(bytes, offsets[side]);
    offsets[side] += bytes.length;
    return texts.map((text, i) => ({
      number: piece.number,
      isFromServer: piece.is_from_server,
      isFirst: i === 0,
      text,
    }));
  });
}

export const rawParts = (stream: DissectedStream, sides: Sides) =>
  piecesOf(stream, sides).map((piece) => decoded(piece.bytes));

// As a file has it: each line with the side that said it.
export const toText = (lines: readonly StreamLine[]): string =>
  lines.map((line) => `${line.isFromServer ? "<" : ">"} ${line.text}\n`).join("");
