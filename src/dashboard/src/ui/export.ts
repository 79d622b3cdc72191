// What a panel shows, as a file.

export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function saveJson(name: string, value: unknown): void {
  saveBlob(
    `${name}.json`,
    new Blob([JSON.stringify(value, null, 1)], { type: "application/json" }),
  );
}

type Cell = string | number | boolean | null | undefined;

// RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe in front: texts are
// bytes of foreign packets.
export function csvCell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function toCsv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [header.map(csvCell).join(",")];
  for (const row of rows) lines.push(row.map(csvCell).join(","));
  return lines.join("\r\n") + "\r\n";
}

export function saveCsv(
  name: string,
  header: readonly string[],
  rows: Iterable<readonly Cell[]>,
): void {
  saveBlob(`${name}.csv`, new Blob([toCsv(header, rows)], { type: "text/csv" }));
}

export function saveCanvas(name: string, canvas: HTMLCanvasElement): void {
  canvas.toBlob((blob) => blob !== null && saveBlob(`${name}.png`, blob));
}
