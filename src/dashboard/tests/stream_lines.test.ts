import assert from "node:assert/strict";
import { test } from "node:test";
import type { DissectedStream } from "../src/api_types.ts";
import { rawParts, type StreamLine, streamLines, toText } from "../src/dissection/stream_lines.ts";

const side = { address: "192.0.2.1", port: "80", bytes: 0 };
const streamOf = (...said: [server: boolean, bytes: string][]): DissectedStream => ({
  client: side,
  server: side,
  pieces: said.map(([is_from_server, bytes], i) => ({
    number: 10 + i,
    is_from_server,
    bytes: Buffer.from(bytes, "latin1").toString("base64"),
  })),
  is_whole: true,
});
const HTTP = streamOf(
  [false, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
  [true, "HTTP/1.1 200 OK\r\n\r\n"],
  [true, "whale\n"],
);
const texts = (lines: StreamLine[]) => lines.map((line) => line.text);

test("Text is told line by line, with the side and the packet that brought it", () => {
  const lines = streamLines(HTTP, "both", "text");
  assert.deepEqual(texts(lines), ["GET / HTTP/1.1", "Host: a", "", "HTTP/1.1 200 OK", "", "whale"]);
  assert.deepEqual(
    lines.map((line) => [line.number, line.isFirst, line.isFromServer]),
    [
      [10, true, false],
      [10, false, false],
      [10, false, false],
      [11, true, true],
      [11, false, true],
      [12, true, true],
    ],
  );
});

test("One side is told alone", () => {
  assert.deepEqual(texts(streamLines(HTTP, "client", "text")), ["GET / HTTP/1.1", "Host: a", ""]);
  assert.equal(streamLines(HTTP, "server", "text")[2]!.text, "whale");
});

test("Letters that show nothing or turn others round are dots, whole ones of UTF-8 are not", () => {
  const odd = streamOf([false, Buffer.from("a\u202eb\u0000c\u200bd ä→").toString("latin1")]);
  assert.deepEqual(texts(streamLines(odd, "both", "text")), ["a.b.c.d ä→"]);
  assert.deepEqual(texts(streamLines(streamOf([true, "\xff\xfe\x1b[2J"]), "both", "text")), [
    "...[2J",
  ]);
});

test("A long line goes on in the next one", () => {
  const lines = streamLines(streamOf([true, "x".repeat(250)]), "both", "text");
  assert.deepEqual(
    lines.map((line) => line.text.length),
    [120, 120, 10],
  );
});

test("Offsets of a hex dump count each side for itself", () => {
  const lines = texts(streamLines(HTTP, "both", "hex"));
  assert.equal(
    lines[0],
    "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..",
  );
  assert.ok(lines[2]!.startsWith("00000000  48 54 54 50"), lines[2]);
  assert.equal(lines[4], `00000013  77 68 61 6c 65 0a${" ".repeat(33)}whale.`);
});

test("Raw bytes are those of the sides, a text says which", () => {
  assert.equal(
    Buffer.concat(rawParts(HTTP, "server")).toString(),
    "HTTP/1.1 200 OK\r\n\r\nwhale\n",
  );
  assert.equal(toText(streamLines(HTTP, "both", "text")).split("\n")[3], "< HTTP/1.1 200 OK");
});
