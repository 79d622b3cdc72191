// Beside the graph: what is new in it, and who looks like a scanner.
import type { GraphDiff, Scan } from "../api_types.ts";
import { formatCount, formatShare } from "../lib/format.ts";
import { HostValue } from "../ui/value.tsx";

export function DiffList({ diff }: { diff: GraphDiff }) {
  const part = (title: string, names: string[]) => (
    <div>
      <h3>
        {title} <span class="dim">{names.length}</span>
      </h3>
      {names.length === 0 ? (
        <p class="dim">none</p>
      ) : (
        <ul class="peers">
          {names.slice(0, 50).map((name) => (
            <li key={name} class="mono">
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
  const pair = (edge: Record<string, unknown>) => `${String(edge.a)} ↔ ${String(edge.b)}`;
  return (
    <div class="pad stack">
      {part("New nodes", diff.new_nodes)}
      {part("Gone nodes", diff.gone_nodes)}
      {part("New edges", diff.new_edges.map(pair))}
      {part("Gone edges", diff.gone_edges.map(pair))}
      {part(
        "Many more peers than before",
        diff.degree_jumps.map((jump) => Object.values(jump).map(String).join(" ")),
      )}
    </div>
  );
}

export function ScanList({ scans }: { scans: readonly Scan[] }) {
  if (scans.length === 0) return <p class="dim pad">Nobody looks like a scanner in this time.</p>;
  return (
    <ul class="peers pad">
      {scans.map((scan, i) => (
        <li key={i}>
          <HostValue address={scan.source} />{" "}
          <span class="dim">
            {scan.kind === "sweep"
              ? `swept ${formatCount(scan.targets)} hosts${scan.port ? ` for ${scan.port}` : ""}`
              : `tried ${formatCount(scan.ports)} ports${scan.target ? ` of ${scan.target}` : ""}`}
            , {formatShare(scan.unanswered, 1)} unanswered
          </span>
        </li>
      ))}
    </ul>
  );
}
