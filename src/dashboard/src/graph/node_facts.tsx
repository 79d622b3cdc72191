// What is known of one node, and who its largest peers are.
import type { Graph } from "../api_types.ts";
import { nodeTerm } from "../filter/compose.ts";
import { formatBytes, formatCount } from "../lib/format.ts";
import { link, place } from "../lib/location.ts";
import { join } from "../filter/compose.ts";
import { NodeValue } from "../ui/value.tsx";
import { bytesOfEdge, type Metrics } from "./model.ts";

export function NodeFacts({
  graph,
  id,
  metrics,
  onExpand,
  onPathFrom,
}: {
  graph: Graph;
  id: string;
  metrics: Metrics;
  onExpand: (id: string) => void;
  onPathFrom: (id: string) => void;
}) {
  const node = graph.nodes.find((one) => one.id === id);
  if (node === undefined)
    return (
      <p class="dim pad">
        A click chooses a node, a double click expands it, a right click filters by it.
      </p>
    );
  const edges = graph.edges
    .filter((edge) => edge.a === id || edge.b === id)
    .sort((a, b) => bytesOfEdge(b) - bytesOfEdge(a));
  const measures = Object.entries(metrics.get(id) ?? {}).filter(
    ([name]) => !["degree", "community"].includes(name),
  );
  return (
    <div class="node-facts">
      <p>
        <b>
          <NodeValue id={id} />
        </b>{" "}
        <span class="dim">community {node.community ?? "–"}</span>
      </p>
      <p class="dim">
        Sent {formatBytes(node.bytes_sent)}, received {formatBytes(node.bytes_received)}.{" "}
        {formatCount(node.flows_begun)} flows begun, {formatCount(node.flows_answered)} answered,{" "}
        {node.degree} peers.
      </p>
      {measures.length > 0 && (
        <p class="dim">
          {measures.map(([name, value]) => `${name} ${Number(value).toPrecision(3)}`).join(", ")}
        </p>
      )}
      <p class="toolbar">
        <button type="button" onClick={() => onExpand(id)}>
          Expand
        </button>
        <button type="button" onClick={() => onPathFrom(id)}>
          Path from here
        </button>
        {nodeTerm(id) !== "" && (
          <a
            class="button"
            href={link({ view: "flows", filter: join(place.value.filter, nodeTerm(id), "and") })}
          >
            Flows
          </a>
        )}
      </p>
      <ul class="peers">
        {edges.slice(0, 12).map((edge) => {
          const other = edge.a === id ? edge.b : edge.a;
          return (
            <li key={other}>
              <NodeValue id={other} />{" "}
              <span class="dim">{(edge.services ?? []).map((one) => one.name).join(" ")}</span>
              <span class="number">{formatBytes(bytesOfEdge(edge))}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
