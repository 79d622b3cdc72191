// The protocol hierarchy, as Wireshark shows it: IP version, protocol, application, each with its share
// of the whole.
import { useState } from "preact/hooks";
import * as api from "../api.ts";
import type { Protocol } from "../api_types.ts";
import { sizeOf } from "../chart/bars.tsx";
import { all, join } from "../filter/compose.ts";
import { keyFilter } from "../filter/keys_of_sums.ts";
import { formatBytes, formatCount, formatShare } from "../lib/format.ts";
import { link, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { filterScope } from "../time/scope.ts";
import { saveCsv } from "../ui/export.ts";
import { Caveats, jsonOutput, Panel } from "../ui/panel.tsx";
import { px } from "../ui/px.ts";
import { Value } from "../ui/value.tsx";
import { by, ByChoice } from "./by.tsx";

interface Line {
  protocol: Protocol;
  names: string[];
}

// In reading order, without what is folded away.
function linesOf(
  protocols: readonly Protocol[],
  folded: ReadonlySet<string>,
  above: string[] = [],
): Line[] {
  return protocols.flatMap((protocol) => {
    const names = [...above, protocol.name];
    const below = folded.has(names.join("/"))
      ? []
      : linesOf(protocol.children ?? [], folded, names);
    return [{ protocol, names }, ...below];
  });
}

const filterOf = (names: readonly string[]): string => all(keyFilter("protocol", [...names]));

export function Protocols() {
  const scope = filterScope.value;
  const asked = useQuery(["protocols", scope], (signal) => api.protocols({ ...scope }, signal));
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const protocols = asked.result?.protocols ?? [];
  const how = by.value;
  const total = protocols.reduce((sum, one) => sum + sizeOf(one, how), 0);
  const toggle = (key: string) =>
    setFolded((was) => {
      const next = new Set(was);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  const csv = () =>
    saveCsv(
      "baleen-protocols",
      ["protocol", "flows", "packets_out", "packets_in", "bytes_out", "bytes_in"],
      linesOf(protocols, new Set()).map(({ names, protocol: p }) => [
        names.join("/"),
        p.flows,
        p.packets_out,
        p.packets_in,
        p.bytes_out,
        p.bytes_in,
      ]),
    );
  return (
    <div>
      <Panel
        title="Protocol hierarchy"
        asked={asked}
        outputs={[{ label: "CSV", act: csv }, jsonOutput("baleen-protocols", asked.result)]}
        tools={<ByChoice />}
      >
        <Caveats answer={asked.result} />
        <table class="facts hierarchy">
          <thead>
            <tr>
              <th>Protocol</th>
              <th>Share</th>
              <th class="number">%</th>
              <th class="number">Bytes</th>
              <th class="number">Packets</th>
              <th class="number">Flows</th>
            </tr>
          </thead>
          <tbody>
            {linesOf(protocols, folded).map(({ protocol, names }) => {
              const key = names.join("/");
              const filter = filterOf(names);
              return (
                <tr key={key}>
                  <th scope="row" style={{ paddingLeft: px(10 + 20 * (names.length - 1)) }}>
                    {(protocol.children?.length ?? 0) > 0 ? (
                      <button
                        type="button"
                        class="plain fold"
                        aria-expanded={!folded.has(key)}
                        aria-label={`Below ${protocol.name}`}
                        onClick={() => toggle(key)}
                      >
                        {folded.has(key) ? "▸" : "▾"}
                      </button>
                    ) : (
                      <span class="fold" />
                    )}
                    <Value
                      text={protocol.name || "not known"}
                      filter={filter}
                      href={link({
                        view: "flows",
                        item: "",
                        filter: join(place.value.filter, filter, "and"),
                      })}
                    />
                  </th>
                  <td class="meter-cell">
                    <span class="meter" aria-hidden="true">
                      <span
                        style={{ width: `${(100 * sizeOf(protocol, how)) / Math.max(total, 1)}%` }}
                      />
                    </span>
                  </td>
                  <td class="number">{formatShare(sizeOf(protocol, how), total)}</td>
                  <td class="number">{formatBytes(protocol.bytes_out + protocol.bytes_in)}</td>
                  <td class="number">{formatCount(protocol.packets_out + protocol.packets_in)}</td>
                  <td class="number">{formatCount(protocol.flows)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {asked.result !== null && protocols.length === 0 && (
          <p class="dim pad">Nothing in this time fits the filter.</p>
        )}
      </Panel>
    </div>
  );
}
