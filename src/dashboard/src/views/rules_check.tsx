// Whether a text of rules could be used: what is wrong with it, line by line.
import { useState } from "preact/hooks";
import * as api from "../api.ts";
import type { RuleCheck } from "../api_types.ts";
import { Panel } from "../ui/panel.tsx";

export function Check() {
  const [text, setText] = useState("");
  const [dialect, setDialect] = useState("suricata");
  const [check, setCheck] = useState<RuleCheck | string | null>(null);
  const run = () =>
    api.checkRules(text, dialect).then(setCheck, (error: Error) => setCheck(error.message));
  return (
    <Panel
      title="Check rules"
      tools={
        <select
          aria-label="Dialect"
          value={dialect}
          onChange={(event) => setDialect(event.currentTarget.value)}
        >
          {["suricata", "snort3", "native"].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      }
    >
      <div class="pad stack">
        <textarea
          class="mono"
          rows={7}
          aria-label="Rules"
          spellcheck={false}
          placeholder='alert tcp any any -> any 80 (msg:"…"; content:"…"; sid:1;)'
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p class="buttons">
          <button type="button" class="primary" disabled={text.trim() === ""} onClick={run}>
            Check
          </button>
        </p>
        {typeof check === "string" && (
          <p class="trouble" role="alert">
            {check}
          </p>
        )}
        {check !== null && typeof check !== "string" && <CheckResult check={check} />}
      </div>
    </Panel>
  );
}

const CheckResult = ({ check }: { check: RuleCheck }) => (
  <div role="status">
    <p>
      {check.rules} rules: {check.exact} exact, {check.prefilter} as a prefilter, {check.refused}{" "}
      refused, {check.invalid} invalid.
    </p>
    <ul class="peers">
      {check.problems.map((one, i) => (
        <li key={i} class="wrong">
          {one.line}:{one.column} {one.message}
        </li>
      ))}
      {check.refusals.map((one, i) => (
        <li key={`r${i}`}>
          {one.line}: rule {one.id} wants {one.keywords.join(", ")}
        </li>
      ))}
    </ul>
  </div>
);
