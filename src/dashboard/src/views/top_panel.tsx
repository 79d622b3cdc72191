// The largest values of a field in the time and filter of the page, as bars.
import * as api from "../api.ts";
import type { Row } from "../api_types.ts";
import { Bars, barsPx, sizeOf } from "../chart/bars.tsx";
import { keyFilter, keyText } from "../filter/keys_of_sums.ts";
import { join } from "../filter/compose.ts";
import { link, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { filterScope } from "../time/scope.ts";
import { saveCsv } from "../ui/export.ts";
import { Caveats, jsonOutput, Panel } from "../ui/panel.tsx";
import { HostValue, Value } from "../ui/value.tsx";
import { by, ByChoice } from "./by.tsx";

interface Properties {
  title: string;
  field: string;
  limit?: number;
  // More than the page's filter, such as the host a page is about.
  filter?: string;
  // One of several beside each other has the choice for all of them.
  hasChoice?: boolean;
}

export function TopPanel({ title, field, limit = 10, filter = "", hasChoice = false }: Properties) {
  const scope = { ...filterScope.value };
  if (filter !== "") scope.filter = join(scope.filter, filter, "and");
  const how = by.value;
  const asked = useQuery(["top", field, limit, how, scope], (signal) =>
    api.top({ ...scope, field, limit, by: how }, signal),
  );
  const answer = asked.result;
  const name = `baleen-top-${field}`;
  const outputs =
    answer === null
      ? []
      : [
          {
            label: "CSV",
            act: () =>
              saveCsv(
                name,
                [field, "flows", "packets_out", "packets_in", "bytes_out", "bytes_in"],
                answer.rows.map((row) => [
                  keyText(field, row.key),
                  row.flows,
                  row.packets_out,
                  row.packets_in,
                  row.bytes_out,
                  row.bytes_in,
                ]),
              ),
          },
          jsonOutput(name, answer),
        ];
  return (
    <Panel
      title={title}
      asked={asked}
      outputs={outputs}
      tools={hasChoice && <ByChoice />}
      contentPx={barsPx(limit)}
    >
      {answer !== null && (
        <Bars
          label={title}
          rows={answer.rows}
          total={sizeOf(answer.total, how)}
          by={how}
          name={(row) => <Name field={field} row={row} />}
        />
      )}
      <Caveats answer={answer} />
    </Panel>
  );
}

function Name({ field, row }: { field: string; row: Row }) {
  const text = keyText(field, row.key);
  if (field === "host") return <HostValue address={text} />;
  const filter = keyFilter(field, row.key);
  return (
    <Value
      text={text}
      filter={filter}
      href={link({ view: "flows", filter: join(place.value.filter, filter, "and") })}
    />
  );
}
