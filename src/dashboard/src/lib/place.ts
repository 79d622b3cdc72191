// Where somebody is in the pages, as the address behind # says it: a view, perhaps one thing in it,
// filter, time, and what else the view keeps. All of it can be sent to somebody else.
//
//   #/flows/1234?filter=tcp&since=now-1h&until=now&sort=-flow.bytes
//
// Must hold: parsePlace(formatPlace(p)) is p, for any text in it. Behind # nothing reaches a proxy's
// log, and the server needs no rule for addresses that are not files.

export interface Place {
  view: string;
  item: string;
  filter: string;
  since: string;
  until: string;
  more: Readonly<Record<string, string>>;
}

export const HOME = "overview";

export function parsePlace(hash: string): Place {
  const text = hash.replace(/^#?\/?/, "");
  const cut = text.indexOf("?");
  const [view = "", ...rest] = (cut < 0 ? text : text.slice(0, cut)).split("/");
  const parameters = new URLSearchParams(cut < 0 ? "" : text.slice(cut + 1));
  const place: Place = {
    view: decode(view) || HOME,
    item: decode(rest.join("/")),
    filter: parameters.get("filter") ?? "",
    since: parameters.get("since") ?? "",
    until: parameters.get("until") ?? "",
    more: {},
  };
  const more: Record<string, string> = {};
  for (const [name, value] of parameters)
    if (name !== "filter" && name !== "since" && name !== "until") more[name] = value;
  return { ...place, more };
}

// A % that begins no code stands for itself.
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function formatPlace(place: Place): string {
  const parameters = new URLSearchParams();
  const { filter, since, until } = place;
  for (const [name, value] of Object.entries({ filter, since, until, ...place.more }))
    if (value !== "") parameters.set(name, value);
  const item = place.item === "" ? "" : "/" + encodeURIComponent(place.item);
  const query = parameters.toString();
  return `#/${encodeURIComponent(place.view)}${item}${query === "" ? "" : "?" + query}`;
}

export type Change = Partial<Place>;

// To another view what belongs to this one alone does not go along.
export function changed(place: Place, change: Change): Place {
  const moves = change.view !== undefined && change.view !== place.view;
  const base = moves ? { ...place, item: "", more: {} } : place;
  return { ...base, ...change };
}
