// The display filter that an address in a column of the list stands for; "" for names and other
// texts.
export function addressFilter(title: string, text: string): string {
  const end = { Source: "src", Destination: "dst" }[title];
  if (end === undefined) return "";
  if (/^(\d+\.){3}\d+$/.test(text)) return `ip.${end} == ${text}`;
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) return `eth.${end} == ${text}`;
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? `ipv6.${end} == ${text}` : "";
}
