// Where the pages begin.
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/table.css";
import "./style/views.css";
import "./style/flow.css";
import "./style/panes.css";
import "./style/graph.css";
import "./style/plots.css";
import { startAppliance } from "./live/appliance.ts";
import { Shell } from "./ui/shell.tsx";

startAppliance();
render(<Shell />, document.getElementById("app")!);
