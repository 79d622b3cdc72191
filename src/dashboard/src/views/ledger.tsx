// The ledger: every packet on the wire is in one of its lines, and what came in equals what went
// somewhere. Each term opens to its causes.
import * as api from "../api.ts";
import { useQuery } from "../lib/query.ts";
import { formatWhole } from "../lib/format.ts";
import { moment } from "../time/scope.ts";
import { jsonOutput, Panel } from "../ui/panel.tsx";

type Causes = Record<string, Record<string, number>>;
interface Equation {
  whole: string;
  parts: string[];
}

// Two processes read while others write: between two terms of one sum a few packets may be under way,
// which the server knows (`balanced`) and does not take for an imbalance.
const EQUATIONS: Equation[] = [
  { whole: "wire", parts: ["received", "nic_missed", "no_mbuf", "shunted"] },
  { whole: "received", parts: ["counted", "not_ip", "malformed", "filtered", "shed"] },
  { whole: "captured", parts: ["capture_written", "capture_shed"] },
];

export function LedgerPanel() {
  const asked = useQuery(["ledger", moment.value], (signal) => api.ledger({}, signal));
  const ledger = asked.result;
  return (
    <Panel
      title="Ledger"
      note="every packet is in one of these lines"
      asked={asked}
      outputs={[jsonOutput("baleen-ledger", ledger)]}
    >
      {ledger !== null && (
        <>
          <div class="equations">
            {EQUATIONS.map((equation) => (
              <Sum key={equation.whole} ledger={ledger} {...equation} />
            ))}
          </div>
          <CauseList causes={(ledger.causes ?? {}) as Causes} />
        </>
      )}
    </Panel>
  );
}

const numberOf = (ledger: Record<string, unknown>, name: string): number =>
  Number(ledger[name] ?? 0);

function Sum({ ledger, whole, parts }: Equation & { ledger: Record<string, unknown> }) {
  const rest =
    numberOf(ledger, whole) - parts.reduce((sum, part) => sum + numberOf(ledger, part), 0);
  return (
    <table class="facts">
      <tbody>
        <tr>
          <th scope="row">
            <b>{whole}</b>
          </th>
          <td class="number">
            <b>{formatWhole(numberOf(ledger, whole))}</b>
          </td>
        </tr>
        {parts.map((part) => (
          <tr key={part}>
            <th scope="row">− {part}</th>
            <td class="number">{formatWhole(numberOf(ledger, part))}</td>
          </tr>
        ))}
        <tr data-tone={rest === 0 || ledger.balanced === true ? "" : "wrong"}>
          <th scope="row">
            {rest === 0 || ledger.balanced !== true ? "unexplained" : "under way"}
          </th>
          <td class="number">
            {formatWhole(rest)}
            {rest === 0 ? " ✓" : ""}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function CauseList({ causes }: { causes: Causes }) {
  const terms = Object.entries(causes).map(
    ([term, list]) => [term, Object.entries(list).filter(([, count]) => count > 0)] as const,
  );
  return (
    <details class="causes">
      <summary>All causes that are not zero</summary>
      <div>
        {terms
          .filter(([, list]) => list.length > 0)
          .map(([term, list]) => (
            <table key={term} class="facts">
              <caption>{term}</caption>
              <tbody>
                {list.map(([cause, count]) => (
                  <tr key={cause}>
                    <th scope="row" class="dim">
                      {cause}
                    </th>
                    <td class="number">{formatWhole(count)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ))}
      </div>
    </details>
  );
}
