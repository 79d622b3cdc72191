// One of several things that are shown in the same place; arrows go from one to the next.

interface Properties {
  label: string;
  names: readonly string[];
  index: number;
  // The id of what is shown.
  panel: string;
  onChoose: (index: number) => void;
}

export function Tabs({ label, names, index, panel, onChoose }: Properties) {
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const next = (index + by + names.length) % names.length;
    onChoose(next);
    const tabs = (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role="tab"]');
    tabs[next]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="choice tabs" role="tablist" aria-label={label} onKeyDown={press}>
      {names.map((name, i) => (
        <button
          key={i}
          type="button"
          role="tab"
          aria-selected={i === index}
          aria-controls={i === index ? panel : undefined}
          tabIndex={i === index ? 0 : -1}
          onClick={() => onChoose(i)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
