// One of a few, as buttons side by side.

interface Properties<Value extends string> {
  label: string;
  choices: readonly [value: Value, name: string][];
  value: Value;
  onChoose: (value: Value) => void;
}

export const Choice = <Value extends string>(props: Properties<Value>) => (
  <span class="choice" role="group" aria-label={props.label}>
    {props.choices.map(([value, name]) => (
      <button
        key={value}
        type="button"
        aria-pressed={value === props.value}
        onClick={() => props.onChoose(value)}
      >
        {name}
      </button>
    ))}
  </span>
);
