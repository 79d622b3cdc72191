// The shortest way between two nodes: which two, and what was found.
import { useState } from "preact/hooks";
import type { GraphPath } from "../api_types.ts";
import type { Asked } from "../lib/query.ts";

interface Properties {
  ends: { from: string; to: string };
  nodes: readonly string[];
  asked: Asked<GraphPath | null>;
  onChoose: (from: string, to: string) => void;
}

export function PathForm({ ends, nodes, asked, onChoose }: Properties) {
  const [from, setFrom] = useState(ends.from);
  const [to, setTo] = useState(ends.to);
  const found = asked.result;
  const submit = (event: Event) => (event.preventDefault(), onChoose(from.trim(), to.trim()));
  return (
    <form class="pad stack" onSubmit={submit}>
      <datalist id="graph-nodes">
        {nodes.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <label class="line">
        From{" "}
        <input
          class="mono"
          list="graph-nodes"
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
        />
      </label>
      <label class="line">
        To{" "}
        <input
          class="mono"
          list="graph-nodes"
          value={to}
          onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
      <p class="buttons">
        <button class="primary" disabled={from.trim() === "" || to.trim() === ""}>
          Find the path
        </button>
        <button type="button" onClick={() => (setFrom(""), setTo(""), onChoose("", ""))}>
          Clear
        </button>
      </p>
      {asked.error !== null && (
        <p class="trouble" role="alert">
          {asked.error.message}
        </p>
      )}
      {found !== null &&
        (found.nodes.length === 0 ? (
          <p role="status">There is no way between them in this time.</p>
        ) : (
          <ol class="peers" aria-label="Path">
            {found.nodes.map((id, i) => (
              <li key={id} class="mono">
                {i === 0 ? "" : "→ "}
                {id}
              </li>
            ))}
          </ol>
        ))}
    </form>
  );
}
