// A heat map as a panel: asked for, drawn, and taken out.
import { useRef } from "preact/hooks";
import * as api from "../api.ts";
import { HeatMap, type HeatCell } from "../chart/heat_map.tsx";
import { all, term } from "../filter/compose.ts";
import { keyFilter, keyText, plainField } from "../filter/keys_of_sums.ts";
import { formatTime } from "../lib/clock.ts";
import { formatBy } from "../lib/format.ts";
import { go, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { absolute } from "../time/range.ts";
import { filterScope, zoomTo } from "../time/scope.ts";
import { saveCanvas, saveCsv } from "../ui/export.ts";
import { Caveats, jsonOutput, Panel } from "../ui/panel.tsx";
import { zone } from "../ui/zone.ts";
import { by, ByChoice } from "./by.tsx";

interface Properties {
  title: string;
  rows: string;
  columns: string;
  limit: number;
  filter?: string;
  hasChoice?: boolean;
}

// A prefix is asked about as such: "ip.src/24" has keys like 10.0.0.0/24.
const filterOf = (field: string, key: readonly (string | number)[]): string =>
  /\/\d+$/.test(field) ? term(plainField(field), String(key[0])) : keyFilter(field, [...key]);

export function HeatPanel({
  title,
  rows,
  columns,
  limit,
  filter = "",
  hasChoice = false,
}: Properties) {
  const scope = { ...filterScope.value };
  scope.filter = all(scope.filter, filter);
  const how = by.value;
  const asked = useQuery(["matrix", rows, columns, limit, how, scope], (signal) =>
    api.matrix({ ...scope, rows, columns, limit, by: how }, signal),
  );
  const answer = asked.result;
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const isTime = columns === "time";
  const rowNames = (answer?.rows ?? []).map((key) => keyText(rows, key));
  const columnNames = (answer?.columns ?? []).map((key) =>
    Array.isArray(key) ? keyText(columns, key) : formatTime(key, zone.value),
  );
  const open = ({ row, column }: HeatCell) => {
    const key = answer!.columns[column]!;
    const terms = [
      place.value.filter,
      filter,
      filterOf(rows, answer!.rows[row]!),
      Array.isArray(key) ? filterOf(columns, key) : "",
    ];
    const time = Array.isArray(key)
      ? {}
      : absolute({ since_ns: key, until_ns: key + (answer!.step_ns ?? 1e9) });
    go({ view: "flows", item: "", more: {}, filter: all(...terms), ...time });
  };
  const zoom = (first: number, last: number) => {
    const at = (index: number) => answer!.columns[index] as number;
    zoomTo({ since_ns: at(first), until_ns: at(last) + (answer!.step_ns ?? 1e9) });
  };
  const name = `baleen-${rows}-${columns}`.replace(/[/.]/g, "-");
  const outputs =
    answer === null
      ? []
      : [
          {
            label: "CSV",
            act: () =>
              saveCsv(
                name,
                ["", ...columnNames],
                answer.values.map((values, i) => [rowNames[i], ...values]),
              ),
          },
          jsonOutput(name, answer),
          { label: "PNG", act: () => canvas.current && saveCanvas(name, canvas.current) },
        ];
  return (
    <Panel title={title} asked={asked} outputs={outputs} tools={hasChoice && <ByChoice />}>
      {answer !== null && (
        <HeatMap
          label={title}
          rows={rowNames}
          columns={columnNames}
          values={answer.values}
          format={(value) => formatBy(how, value)}
          isTime={isTime}
          onOpen={open}
          onZoom={isTime ? zoom : undefined}
          canvas={(made) => (canvas.current = made)}
        />
      )}
      <Caveats answer={answer} />
    </Panel>
  );
}
