// The fields that filters have, of each kind, asked for once.
import { signal } from "@preact/signals";
import * as api from "../api.ts";
import type { Field, Kind } from "../api_types.ts";

interface Known {
  fields: readonly Field[];
  names: ReadonlySet<string>;
  eventTypes: readonly string[];
}

const NONE: Known = { fields: [], names: new Set(), eventTypes: [] };
const known = signal<Partial<Record<Kind, Known>>>({});
const asked = new Set<Kind>();

export function fieldsOf(kind: Kind): Known {
  if (!asked.has(kind)) {
    asked.add(kind);
    void api.fields({ kind }).then(
      ({ fields, event_types }) => {
        const names = new Set(fields.map((field) => field.name));
        known.value = { ...known.value, [kind]: { fields, names, eventTypes: event_types } };
      },
      () => asked.delete(kind),
    );
  }
  return known.value[kind] ?? NONE;
}
