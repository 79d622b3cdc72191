// The views: their names, their keys, and how each is loaded. The overview comes with the page; what
// draws graphs and plots comes when it is first looked at.
import type { FunctionComponent } from "preact";
import type { Kind } from "../api_types.ts";
import { Overview } from "./overview.tsx";

export interface View {
  name: string;
  title: string;
  key: string;
  // Of its filter; views without one are about the appliance itself.
  filter?: Kind;
  load: () => Promise<FunctionComponent> | FunctionComponent;
}

const FLOW: Kind = "flow";

export const VIEWS: readonly View[] = [
  { name: "overview", title: "Overview", key: "o", filter: FLOW, load: () => Overview },
  {
    name: "flows",
    title: "Flows",
    key: "f",
    filter: FLOW,
    load: async () => (await import("./flows.tsx")).Flows,
  },
  {
    name: "hosts",
    title: "Hosts",
    key: "h",
    filter: FLOW,
    load: async () => (await import("./hosts.tsx")).Hosts,
  },
  {
    name: "conversations",
    title: "Conversations",
    key: "c",
    filter: FLOW,
    load: async () => (await import("./conversations.tsx")).Conversations,
  },
  {
    name: "protocols",
    title: "Protocols",
    key: "y",
    filter: FLOW,
    load: async () => (await import("./protocols.tsx")).Protocols,
  },
  {
    name: "graph",
    title: "Host graph",
    key: "g",
    filter: FLOW,
    load: async () => (await import("./graph.tsx")).GraphView,
  },
  {
    name: "heatmaps",
    title: "Heat maps",
    key: "m",
    filter: FLOW,
    load: async () => (await import("./heatmaps.tsx")).Heatmaps,
  },
  {
    name: "explore",
    title: "Explore",
    key: "e",
    filter: FLOW,
    load: async () => (await import("./explore.tsx")).Explore,
  },
  {
    name: "packets",
    title: "Packets",
    key: "p",
    filter: FLOW,
    load: async () => (await import("./packets.tsx")).Packets,
  },
  {
    name: "matches",
    title: "Matches",
    key: "a",
    filter: "alert",
    load: async () => (await import("./matches.tsx")).Matches,
  },
  {
    name: "rules",
    title: "Rules",
    key: "r",
    load: async () => (await import("./rules.tsx")).Rules,
  },
  {
    name: "system",
    title: "System",
    key: "s",
    load: async () => (await import("./system.tsx")).System,
  },
];

export const viewOf = (name: string): View => VIEWS.find((view) => view.name === name) ?? VIEWS[0]!;
