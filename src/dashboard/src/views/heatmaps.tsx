// Heat maps: which two things are set against each other is chosen from the usual ones, or freely.
import { fieldsOf } from "../filter/fields.ts";
import { keep, place } from "../lib/location.ts";
import { HeatPanel } from "./heat_panel.tsx";

const USUAL: [rows: string, columns: string, title: string][] = [
  ["host", "time", "Hosts over time"],
  ["port", "time", "Services over time"],
  ["app_proto", "time", "Applications over time"],
  ["ip.src/24", "ip.dst/24", "Subnets with subnets"],
  ["ip.src", "ip.dst", "Hosts with hosts"],
  ["ip.src", "port.dst", "Hosts with ports"],
];
const ROLL_UPS = ["host", "port", "protocol"];

export function Heatmaps() {
  const { rows = "host", columns = "time", rowCount = "32" } = place.value.more;
  const title = USUAL.find(([r, c]) => r === rows && c === columns)?.[2] ?? `${rows} × ${columns}`;
  return (
    <div class="stack">
      <div class="toolbar">
        <span class="choice" role="group" aria-label="Heat map">
          {USUAL.map(([r, c, name]) => (
            <button
              key={name}
              type="button"
              aria-pressed={r === rows && c === columns}
              onClick={() => keep({ rows: r, columns: c })}
            >
              {name}
            </button>
          ))}
        </span>
        <FieldChoice label="Rows" value={rows} onChoose={(field) => keep({ rows: field })} />
        <FieldChoice
          label="Columns"
          value={columns}
          extra={["time"]}
          onChoose={(field) => keep({ columns: field })}
        />
        <label>
          Largest{" "}
          <select
            value={rowCount}
            onChange={(event) => keep({ rowCount: event.currentTarget.value })}
          >
            {["16", "32", "64", "128"].map((count) => (
              <option key={count}>{count}</option>
            ))}
          </select>
        </label>
      </div>
      <HeatPanel title={title} rows={rows} columns={columns} limit={Number(rowCount)} hasChoice />
    </div>
  );
}

interface Properties {
  label: string;
  value: string;
  extra?: string[];
  onChoose: (field: string) => void;
}

// Any field, or what roll-ups have; a prefix length behind an address field makes subnets.
export function FieldChoice({ label, value, extra = [], onChoose }: Properties) {
  const { fields } = fieldsOf("flow");
  const names = [
    ...extra,
    ...ROLL_UPS,
    ...fields.filter((field) => field.type !== "presence").map((field) => field.name),
  ];
  const id = `fields-${label}`;
  return (
    <label>
      {label}{" "}
      <input
        key={value}
        class="mono field-choice"
        list={id}
        defaultValue={value}
        aria-label={label}
        spellcheck={false}
        onChange={(event) =>
          event.currentTarget.value.trim() !== "" && onChoose(event.currentTarget.value.trim())
        }
      />
      <datalist id={id}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}
