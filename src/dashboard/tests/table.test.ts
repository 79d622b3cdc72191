import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, type Column, nextSort, sorted } from "../src/table/column.ts";
import { nearsEnd, type Observers, RowWindow } from "../src/table/window.ts";
import { csvCell, toCsv } from "../src/ui/export.ts";

const ROW_PX = 24;
const VIEW_PX = 480;

// A box of this height that is scrolled by hand.
function scrolled(count: number): {
  window: RowWindow;
  scroll: (px: number) => void;
  asked: number[];
} {
  let tell: (px: number) => void = () => {};
  const asked: number[] = [];
  const observers = {
    observeElementRect: (
      _instance: unknown,
      act: (rect: { width: number; height: number }) => void,
    ) => (act({ width: 800, height: VIEW_PX }), () => {}),
    observeElementOffset: (_instance: unknown, act: (px: number, isScrolling: boolean) => void) => (
      (tell = (px) => act(px, true)),
      act(0, false),
      () => {}
    ),
    scrollToFn: (px: number) => void asked.push(px),
  } as unknown as Observers;
  const element = {
    scrollHeight: count * ROW_PX,
    clientHeight: VIEW_PX,
    offsetHeight: VIEW_PX,
    ownerDocument: { defaultView: globalThis },
  } as unknown as HTMLElement;
  Object.assign(globalThis, { requestAnimationFrame: () => 0, cancelAnimationFrame: () => {} });
  const window = new RowWindow(
    ROW_PX,
    () => element,
    () => {},
    observers,
  );
  window.setCount(count);
  window.attach();
  return { window, scroll: (px) => tell(px), asked };
}

test("A few dozen rows of 100 000 are drawn, those that are seen among them", () => {
  const { window, scroll } = scrolled(100_000);
  assert.equal(window.heightPx, 100_000 * ROW_PX);
  for (const at of [0, 1, 999_999, 100_000 * ROW_PX - VIEW_PX]) {
    scroll(at);
    const rows = window.rows();
    assert.ok(rows.length <= VIEW_PX / ROW_PX + 2 * 10 + 1, `${rows.length} rows`);
    const drawn = new Set(rows.map((row) => row.index));
    for (
      let row = Math.floor(at / ROW_PX);
      row < Math.min(Math.ceil((at + VIEW_PX) / ROW_PX), 100_000);
      row++
    )
      assert.ok(drawn.has(row), `row ${row} at ${at}`);
    for (const row of rows) assert.equal(row.top, row.index * ROW_PX);
  }
});

test("No rows are drawn of an empty list, and more when the list grows", () => {
  const { window } = scrolled(0);
  assert.equal(window.rows().length, 0);
  window.setCount(5);
  assert.equal(window.rows().length, 5);
  assert.equal(window.heightPx, 5 * ROW_PX);
});

test("A row out of sight is scrolled to", () => {
  const { window, asked } = scrolled(1000);
  window.show(500);
  assert.ok(asked.length > 0 && asked[asked.length - 1]! > 400 * ROW_PX);
});

test("The next page is asked for before the end is seen", () => {
  assert.equal(nearsEnd(399, 500), false);
  assert.equal(nearsEnd(400, 500), true);
  assert.equal(nearsEnd(0, 0), false);
});

const COLUMNS: Column<{ n: number | null; t: string }>[] = [
  { id: "n", title: "N", widthPx: 1, value: (row) => row.n },
  { id: "t", title: "T", widthPx: 1, value: (row) => row.t, isExtra: true },
];

test("Columns are shown in the order asked for; unknown ones are passed over", () => {
  assert.deepEqual(
    chosen(COLUMNS, ["t", "gone", "n"]).map((c) => c.id),
    ["t", "n"],
  );
  assert.deepEqual(
    chosen(COLUMNS, null).map((c) => c.id),
    ["n"],
  );
  assert.deepEqual(
    chosen(COLUMNS, ["gone"]).map((c) => c.id),
    ["n"],
  );
});

test("Sorting is by number where there are numbers, and names count their digits", () => {
  const rows = [
    { n: 9, t: "10.0.0.9" },
    { n: 10, t: "10.0.0.10" },
    { n: 1, t: "10.0.0.1" },
  ];
  assert.deepEqual(
    sorted(rows, COLUMNS, "-n").map((row) => row.n),
    [10, 9, 1],
  );
  assert.deepEqual(
    sorted(rows, COLUMNS, "t").map((row) => row.n),
    [1, 9, 10],
  );
  assert.equal(sorted(rows, COLUMNS, ""), rows);
  assert.equal(nextSort("", "n"), "-n");
  assert.equal(nextSort("-n", "n"), "n");
});

test("CSV is RFC 4180's, and nothing in it is a formula", () => {
  assert.equal(toCsv(["a", "b"], [[1, 'x,"y"']]), 'a,b\r\n1,"x,""y"""\r\n');
  assert.equal(csvCell("=cmd()"), "'=cmd()");
  assert.equal(csvCell("-1"), "'-1");
  assert.equal(csvCell(-1), "-1");
  assert.equal(csvCell(undefined), "");
});
