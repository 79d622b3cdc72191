// How the keys of sums (/top, /series, /matrix) are written, and which filter says one.
import type { Key } from "../api_types.ts";
import { all, hostTerm, pairTerm, term } from "./compose.ts";

const NUMBERED = new Set(["TCP", "UDP", "SCTP"]);

// A field of the key: "ip.src/24" is about ip.src.
export const plainField = (field: string): string => field.replace(/\/\d+$/, "");

export function keyText(field: string, key: Key): string {
  const [first = "", second = "", third = ""] = key.map(String);
  if (first === "" && key.length === 1) return field === "app_proto" ? "not known" : "without";
  switch (field) {
    case "port":
      return key.length === 1 ? first : `${first.toLowerCase()}/${second}`;
    case "protocol":
      return key.length === 3
        ? [third, second, /^IP/.test(first) ? first : `IPv${first}`]
            .filter((word) => word !== "")
            .join(" · ")
        : key.join(" ");
    case "pair":
      return `${first} ↔ ${second}`;
    default:
      return key.join(" · ");
  }
}

function portFilter(key: Key): string {
  const [protocol, port] = key.length === 1 ? String(key[0]).split("/") : key.map(String);
  const name = String(protocol).toUpperCase();
  if (port === undefined) return term("port", String(protocol));
  return NUMBERED.has(name) ? term(`${name.toLowerCase()}.dstport`, port) : term("port.dst", port);
}

function protocolFilter([version = "", protocol = "", application = ""]: Key): string {
  return all(
    version === "" ? "" : term("ip.version", String(version).replace(/^IPv/, "")),
    protocol === "" ? "" : term("ip.proto", String(protocol).toLowerCase()),
    application === "" || application === "unknown" ? "" : term("app_proto", String(application)),
  );
}

export function keyFilter(field: string, key: Key): string {
  if (key.length === 0) return "";
  const first = String(key[0]);
  switch (field) {
    case "host":
      return hostTerm(first);
    case "pair":
      return pairTerm(first, String(key[1] ?? ""));
    case "port":
      return portFilter(key);
    case "protocol":
      return protocolFilter(key);
    default:
      return first === "" ? `!${plainField(field)}` : term(plainField(field), first);
  }
}
