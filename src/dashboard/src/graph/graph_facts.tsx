// Measures of the whole graph, in a line.

export function GraphFacts({ values }: { values: Record<string, number> | undefined }) {
  if (values === undefined) return null;
  const shown = [
    "components",
    "communities",
    "density",
    "clustering",
    "modularity",
    "diameter",
  ].filter((name) => values[name] !== undefined);
  return (
    <p class="graph-facts dim">
      {shown
        .map(
          (name) =>
            `${name} ${Number.isInteger(values[name]) ? values[name] : values[name]!.toPrecision(2)}`,
        )
        .join(" · ")}
    </p>
  );
}
