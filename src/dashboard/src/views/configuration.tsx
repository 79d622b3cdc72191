// The configuration in effect, and what differs from the defaults.
import { useState } from "preact/hooks";
import * as api from "../api.ts";
import type { ConfigKey } from "../api_types.ts";
import { useQuery } from "../lib/query.ts";
import { jsonOutput, Panel } from "../ui/panel.tsx";

export function Configuration() {
  const asked = useQuery(["config"], (signal) => api.config({}, signal));
  const [sought, setSought] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(true);
  const fits = (key: ConfigKey) =>
    (!onlyChanged || !key.is_default) &&
    `${key.key} ${key.description}`.toLowerCase().includes(sought.toLowerCase());
  const keys = (asked.result?.keys ?? []).filter(fits);
  return (
    <Panel
      title="Configuration"
      note={`${keys.length} keys`}
      asked={asked}
      outputs={[jsonOutput("baleen-configuration", asked.result?.keys)]}
      tools={
        <span class="toolbar">
          <label>
            <input
              type="checkbox"
              checked={onlyChanged}
              onChange={() => setOnlyChanged(!onlyChanged)}
            />{" "}
            changed only
          </label>
          <input
            type="search"
            class="narrow"
            aria-label="Find a key"
            placeholder="Find a key"
            value={sought}
            onInput={(event) => setSought(event.currentTarget.value)}
          />
        </span>
      }
    >
      <table class="facts">
        <tbody>
          {keys.map((key) => (
            <tr key={key.key}>
              <th scope="row" class="mono">
                {key.key}
              </th>
              <td class="mono">
                {key.value}
                {!key.is_default && <span class="dim"> instead of {key.default}</span>}
              </td>
              <td class="dim">{key.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {keys.length === 0 && asked.result !== null && (
        <p class="dim pad">
          {onlyChanged ? "Nothing differs from the defaults here." : "No key is called that."}
        </p>
      )}
    </Panel>
  );
}
