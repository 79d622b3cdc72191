// What the graph is asked for: kind and number of nodes, their size, and around whom.
import { SIZES } from "./model.ts";
import { keep } from "../lib/location.ts";
import { isRelaxing } from "./relax.ts";
import { settings } from "./settings.ts";

export function Controls() {
  const { around, group, top, hops, by } = settings();
  const choice = (label: string, name: string, value: string, options: [string, string][]) => (
    <label>
      {label}{" "}
      <select value={value} onChange={(event) => keep({ [name]: event.currentTarget.value })}>
        {options.map(([word, text]) => (
          <option key={word} value={word}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="toolbar">
      {choice("Nodes", "group", group, [
        ["host", "hosts"],
        ["/24", "/24 subnets"],
        ["/16", "/16 subnets"],
        ["asn", "autonomous systems"],
      ])}
      {choice("Largest", "top", String(top), [
        ["50", "50"],
        ["200", "200"],
        ["500", "500"],
        ["1000", "1 000"],
        ["5000", "5 000"],
      ])}
      {choice(
        "Size by",
        "size",
        by,
        SIZES.map((one) => [one, one]),
      )}
      <form
        class="line"
        onSubmit={(event) => (
          event.preventDefault(),
          keep({ around: new FormData(event.currentTarget).get("around")!.toString().trim() })
        )}
      >
        <label>
          Around{" "}
          <input
            key={around}
            name="around"
            class="mono field-choice"
            defaultValue={around}
            placeholder="all hosts"
          />
        </label>
      </form>
      {around !== "" &&
        choice("within", "hops", String(hops), [
          ["1", "1 hop"],
          ["2", "2 hops"],
          ["3", "3 hops"],
          ["4", "4 hops"],
        ])}
      {around !== "" && (
        <button type="button" onClick={() => keep({ around: "" })}>
          All hosts
        </button>
      )}
      <button
        type="button"
        aria-pressed={isRelaxing.value}
        title="Move the nodes by the forces of their edges (ForceAtlas2), from where they are"
        onClick={() => (isRelaxing.value = !isRelaxing.value)}
      >
        Relax
      </button>
    </div>
  );
}
