// The columns of the list: which there are, and their order, is Wireshark's to say.
import type { DissectedLine } from "../api_types.ts";
import type { Column } from "../table/column.ts";
import { addressFilter } from "./address_filter.ts";
import { displayItems } from "./display_menu.ts";

type Look = Partial<Column<DissectedLine>> & { widthPx: number };

const LOOKS: Record<string, Look> = {
  "No.": { widthPx: 62, isNumber: true },
  Time: { widthPx: 112, isNumber: true, isMono: true, hint: "Seconds since the first packet" },
  Source: { widthPx: 140, isMono: true, grows: 1 },
  Destination: { widthPx: 140, isMono: true, grows: 1 },
  Protocol: { widthPx: 80 },
  Length: { widthPx: 62, isNumber: true, hint: "Bytes on the wire" },
  Info: { widthPx: 300, isMono: true, grows: 5 },
};
const OTHER: Look = { widthPx: 110, grows: 1 };

export function columnsOf(titles: readonly string[]): Column<DissectedLine>[] {
  return titles.map((title, i) => {
    // The number is known before the line is here.
    const value = (line: DissectedLine) => line.columns[i] ?? (i === 0 ? line.number : "");
    return {
      id: `${i} ${title}`,
      title,
      ...(LOOKS[title] ?? OTHER),
      value,
      menu: (line: DissectedLine) => displayItems(addressFilter(title, String(value(line)))),
    };
  });
}
