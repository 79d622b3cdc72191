import assert from "node:assert/strict";
import { test } from "node:test";
import { valueOfFlow } from "../src/explore/flow_values.ts";
import { shareOf } from "../src/chart/heat.ts";
import { heatFigure, linesFigure, timeFigure } from "../src/explore/figure.ts";
import { flowsFigure } from "../src/explore/flows_figure.ts";
import { formatLines, LINES_MAX, parseLines } from "../src/explore/lines.ts";

const LOOK = { theme: "light" as const, text: "#000000", grid: "#eeeeee" };
const ANSWER = {
  since_ns: 0,
  until_ns: 1,
  is_exact: true,
  is_whole: true,
  from_rollups: false,
  problems: [],
  by: "bytes",
};
const FLOW = {
  timestamp: "",
  flow_id: 7,
  event_type: "flow",
  src_ip: "10.0.0.1",
  app_proto: "tls",
  flow: { bytes_toserver: 100, bytes_toclient: 50, start_ns: 1e18, end_ns: 1e18 + 2e9 },
  tcp: { rtt_server_ns: 2e6, rtt_client_ns: 1e6 },
};

test("A flow's values have the names and the sums of the filter", () => {
  assert.equal(valueOfFlow(FLOW, "flow.bytes"), 150);
  assert.equal(valueOfFlow(FLOW, "flow.duration"), 2);
  assert.equal(valueOfFlow(FLOW, "tcp.rtt"), 0.003);
  assert.equal(valueOfFlow(FLOW, "ip.src"), "10.0.0.1");
  assert.equal(valueOfFlow(FLOW, "tcp.gaps"), null);
  assert.equal(valueOfFlow(FLOW, "nothing.such"), null);
});

test("A figure is plain JSON, which Plotly for Python reads", () => {
  const figures = [
    heatFigure(
      { ...ANSWER, rows: [["a"]], columns: [["x"], ["y"]], step_ns: null, values: [[1000, 0]] },
      "ip.src",
      "port.dst",
      "bytes",
      LOOK,
    ),
    timeFigure(
      {
        ...ANSWER,
        step_ns: 1e9,
        times_ns: [0, 1e9],
        series: [{ key: ["tls"], values: [1, 2] }],
        others: [0, 1],
        total: [1, 3],
      },
      "app_proto",
      "bytes",
      LOOK,
    ),
    flowsFigure([FLOW], "scatter", "flow.duration", "flow.bytes", LOOK),
  ];
  for (const figure of figures) {
    assert.deepEqual(JSON.parse(JSON.stringify(figure)).data, figure.data);
    assert.ok(figure.data.every((trace) => typeof trace.type === "string"));
  }
  assert.deepEqual(figures[0]!.data[0]!.z, [[3, null]]);
});

test("Flows without a value are left out of the plot", () => {
  const bare = { timestamp: "", flow_id: 8, event_type: "flow" };
  assert.deepEqual(
    flowsFigure([FLOW, bare], "scatter", "tcp.rtt", "flow.bytes", LOOK).data[0]!.x,
    [0.003],
  );
});

test("Nothing is no heat, and the largest is all of it", () => {
  assert.equal(shareOf(0, 1, 100), 0);
  assert.equal(shareOf(1, 1, 100), 0);
  assert.equal(shareOf(100, 1, 100), 1);
  assert.equal(shareOf(10, 1, 100), 0.5);
  assert.equal(shareOf(5, 5, 5), 1);
});

test("Filters are compared as lines of their own, told by dashes as well", () => {
  const answer = (total: number[]) => ({
    ...ANSWER,
    step_ns: 1e10,
    times_ns: [0, 1e10],
    series: [],
    total,
  });
  const { data, layout } = linesFigure(
    [answer([5, 6]), answer([1, 0])],
    ["", "udp"],
    "packets",
    LOOK,
  );
  assert.deepEqual(
    data.map(({ name, y, stackgroup }) => [name, y, stackgroup]),
    [
      ["everything", [5, 6], undefined],
      ["udp", [1, 0], undefined],
    ],
  );
  assert.deepEqual(
    data.map(({ line }) => (line as { dash: string }).dash),
    ["solid", "6px,3px"],
  );
  assert.match(JSON.stringify(layout), /packets in a step of 10 s/);
});

test("The address holds the filters that are compared, also a single empty one", () => {
  for (const filters of [[""], ["tcp", "", 'dns.rrname contains "a"'], ["", ""]])
    assert.deepEqual(parseLines(formatLines(filters)), filters);
  assert.deepEqual(parseLines(formatLines([" tcp\n&& udp "])), ["tcp && udp"]);
  assert.deepEqual(parseLines(""), ["", "tcp", "udp"]);
  assert.deepEqual(parseLines(undefined), ["", "tcp", "udp"]);
  assert.equal(parseLines("\na".repeat(100)).length, LINES_MAX);
});
