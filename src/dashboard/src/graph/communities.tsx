// Communities with their colours; a click lets one of them stand out.
import { useMemo } from "preact/hooks";
import type { GraphNode } from "../api_types.ts";
import { theme } from "../ui/theme.ts";
import { communityColour, communityRanks } from "./model.ts";

export function Communities({
  nodes,
  chosen,
  onChoose,
}: {
  nodes: readonly GraphNode[];
  chosen: number | null;
  onChoose: (community: number | null) => void;
}) {
  const ranks = communityRanks(nodes);
  const counts = useMemo(() => {
    const found = new Map<number, number>();
    for (const node of nodes)
      found.set(node.community ?? 0, (found.get(node.community ?? 0) ?? 0) + 1);
    return found;
  }, [nodes]);
  return (
    <ul class="communities" aria-label="Communities">
      {[...ranks].slice(0, 12).map(([community, rank]) => (
        <li key={community}>
          <button
            type="button"
            aria-pressed={chosen === community}
            onClick={() => onChoose(chosen === community ? null : community)}
          >
            <i style={{ background: communityColour(theme.value, rank) }} aria-hidden="true" />
            {community} <span class="dim">{counts.get(community)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
