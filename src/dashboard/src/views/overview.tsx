// The state of the network and of the appliance at a glance: rates, losses by cause, the largest
// talkers, ports and protocols, the latest matches.
import * as api from "../api.ts";
import { type Eve, type LedgerInShort, LOSSES, type Rates } from "../api_types.ts";
import { Spark } from "../chart/spark.tsx";
import {
  formatBitRate,
  formatBytes,
  formatCount,
  formatPacketRate,
  formatRate,
  formatShare,
} from "../lib/format.ts";
import { link, place } from "../lib/location.ts";
import { useQuery } from "../lib/query.ts";
import { isLive, latest, rates, status } from "../live/appliance.ts";
import { filterScope, range } from "../time/scope.ts";
import { Panel } from "../ui/panel.tsx";
import { TopPanel } from "./top_panel.tsx";
import { LiveCharts, StoredCharts } from "./overview_charts.tsx";
import { LOSS_NAMES } from "./losses.ts";
import { EventLine } from "./event_line.tsx";

// The last hour without a filter is known second by second; anything else is asked of the store.
function showsRates(): boolean {
  const { since } = range.value;
  return (
    isLive.value && place.value.filter === "" && ["", "now-5m", "now-15m", "now-1h"].includes(since)
  );
}

export function Overview() {
  return (
    <div class="overview">
      <Tiles />
      {showsRates() ? <LiveCharts /> : <StoredCharts />}
      <TopPanel title="Top talkers" field="host" hasChoice />
      <TopPanel title="Top services" field="port" />
      <TopPanel title="Top applications" field="app_proto" />
      <LatestMatches />
      <Losses />
    </div>
  );
}

const MINUTES_OF_SPARK = 300;

function Tiles() {
  const now = latest.value;
  const ledger = status.value?.ledger ?? null;
  const recent = rates.value.slice(-MINUTES_OF_SPARK);
  const of = (pick: (sample: Rates) => number) => recent.map(pick);
  if (!isLive.value || now === null)
    return ledger === null ? null : <LedgerTiles ledger={ledger} />;
  const lost = LOSSES.reduce((sum, cause) => sum + now.lost_per_s[cause], 0);
  return (
    <ul class="tiles" aria-label="Now">
      <Tile
        name="Packets"
        value={formatPacketRate(now.packets_per_s)}
        spark={of((s) => s.packets_per_s)}
      />
      <Tile name="Bits" value={formatBitRate(now.bits_per_s)} spark={of((s) => s.bits_per_s)} />
      <Tile
        name="Active flows"
        value={formatCount(now.flows_active)}
        spark={of((s) => s.flows_active)}
      />
      <Tile name="New flows" value={formatRate(now.flows_per_s)} spark={of((s) => s.flows_per_s)} />
      <Tile
        name="Lost"
        value={lost === 0 ? "none" : formatRate(lost)}
        tone={lost === 0 ? "" : "wrong"}
        spark={of((s) => LOSSES.reduce((sum, cause) => sum + s.lost_per_s[cause], 0))}
        colour={1}
      />
      <Tile
        name="Fullest ring"
        value={formatShare(now.ring_fill, 1)}
        tone={now.ring_fill > 0.8 ? "wrong" : ""}
        spark={of((s) => s.ring_fill)}
      />
      <Tile
        name="Matches"
        value={formatRate(now.matches_per_s)}
        spark={of((s) => s.matches_per_s)}
        colour={3}
      />
    </ul>
  );
}

// Of a capture that was read there is no "now": sums of the whole run.
function LedgerTiles({ ledger }: { ledger: LedgerInShort }) {
  const lost = LOSSES.reduce((sum, cause) => sum + ledger.lost[cause], 0);
  return (
    <ul class="tiles" aria-label="The run">
      <Tile name="Packets received" value={formatCount(ledger.received)} />
      <Tile name="Bytes received" value={formatBytes(ledger.received_bytes)} />
      <Tile name="Flows" value={formatCount(ledger.flows)} />
      <Tile name="Flow records" value={formatCount(ledger.records)} />
      <Tile
        name="Lost"
        value={lost === 0 ? "none" : formatCount(lost)}
        tone={lost === 0 ? "" : "wrong"}
      />
      <Tile name="Events" value={formatCount(ledger.events)} />
      <Tile name="Matches" value={formatCount(ledger.matches)} />
    </ul>
  );
}

interface TileProperties {
  name: string;
  value: string;
  spark?: number[];
  tone?: string;
  colour?: number;
}

const Tile = ({ name, value, spark, tone = "", colour = 0 }: TileProperties) => (
  <li class="tile" data-tone={tone}>
    <span class="dim">{name}</span>
    <b>{value}</b>
    {spark !== undefined && <Spark values={spark} colour={colour} />}
  </li>
);

function LatestMatches() {
  const scope = { ...filterScope.value };
  const asked = useQuery(["matches", scope], (signal) =>
    api.matches({ since: scope.since, until: scope.until, sort: "-event.time", limit: 12 }, signal),
  );
  const found = asked.result?.events ?? [];
  return (
    <Panel
      title="Latest matches"
      class="span-2"
      asked={asked}
      tools={<a href={link({ view: "matches", filter: "" })}>All</a>}
    >
      {found.length === 0 ? (
        <p class="dim pad">No rule has matched in this time.</p>
      ) : (
        <ul class="events">
          {found.map((event: Eve, i) => (
            <EventLine key={`${event.flow_id} ${event.timestamp} ${i}`} event={event} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Losses() {
  const ledger = status.value?.ledger ?? null;
  if (ledger === null) return null;
  const lost = LOSSES.reduce((sum, cause) => sum + ledger.lost[cause], 0);
  return (
    <Panel title="Losses of this run" tools={<a href={link({ view: "system" })}>Ledger</a>}>
      <table class="facts">
        <tbody>
          {LOSSES.map((cause) => (
            <tr key={cause} data-tone={ledger.lost[cause] > 0 ? "wrong" : ""}>
              <th scope="row" title={LOSS_NAMES[cause].hint}>
                {LOSS_NAMES[cause].name}
              </th>
              <td class="number">{formatCount(ledger.lost[cause])}</td>
              <td class="number dim">{formatShare(ledger.lost[cause], ledger.wire)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">All together</th>
            <td class="number">{formatCount(lost)}</td>
            <td class="number dim">{formatShare(lost, ledger.wire)}</td>
          </tr>
        </tbody>
      </table>
      <p class={ledger.balanced ? "dim pad" : "trouble"}>
        {ledger.balanced
          ? "✓ Every packet on the wire is accounted for."
          : "✕ " + ledger.imbalances.join(" ")}
      </p>
    </Panel>
  );
}
