// What surrounds every view: the list of views, the filter and the time that they share, and the
// state of the appliance.
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { tokensGiven } from "../api.ts";
import { FilterBar } from "../filter/bar.tsx";
import { go, link, place } from "../lib/location.ts";
import { formatShare } from "../lib/format.ts";
import { isLive, problem, status } from "../live/appliance.ts";
import { connection, gapCount } from "../live/stream.ts";
import { TimePicker } from "../time/picker.tsx";
import { isKnown } from "../time/scope.ts";
import { type View, viewOf, VIEWS } from "../views/list.ts";
import { Help, helpIsOpen } from "./help.tsx";
import { bind } from "./keys.ts";
import { Menu } from "./menu.tsx";
import { Notice } from "./notice.tsx";
import { nextTheme, theme } from "./theme.ts";
import { TokenDialog } from "./token.tsx";

const focus = (id: string) => document.getElementById(id)?.focus();

function bindKeys(): () => void {
  return bind([
    { key: "/", label: "Filter", act: () => focus("filter") },
    { key: "q", label: "Filter", act: () => focus("filter") },
    { key: "t", label: "Time", act: () => document.getElementById("time")?.click() },
    { key: "?", label: "This help", act: () => (helpIsOpen.value = true) },
    {
      key: "Escape",
      label: "Back out",
      act: () => (document.activeElement as HTMLElement | null)?.blur(),
    },
    ...VIEWS.map((view) => ({
      key: view.key,
      label: view.title,
      act: () => go({ view: view.name }),
    })),
  ]);
}

// The component of a view, once it is here. Views of before stay until then.
function useView(view: View): FunctionComponent | string | null {
  const [shown, setShown] = useState<{
    name: string;
    component: FunctionComponent | string;
  } | null>(null);
  useEffect(() => {
    let isWanted = true;
    const loaded = view.load();
    const take = (component: FunctionComponent | string) =>
      isWanted && setShown({ name: view.name, component });
    if (loaded instanceof Promise)
      loaded.then(take, () =>
        take(
          "This part of the pages could not be loaded. The appliance may have been upgraded: reload the page.",
        ),
      );
    else take(loaded);
    return () => void (isWanted = false);
  }, [view.name]);
  return shown?.component ?? null;
}

export function Shell() {
  const view = viewOf(place.value.view);
  const shown = useView(view);
  useEffect(bindKeys, []);
  useEffect(() => {
    document.title = `${place.value.item || view.title} – Baleen`;
  });
  const Shown = shown;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), focus("main"))}>
        To the content
      </a>
      <nav aria-label="Views">
        <a class="brand" href={link({ view: "overview" })}>
          Baleen
        </a>
        <ul>
          {VIEWS.map((one) => (
            <li key={one.name}>
              <a
                href={link({ view: one.name })}
                aria-current={one === view ? "page" : undefined}
                aria-keyshortcuts={one.key}
              >
                {one.title}
                <kbd aria-hidden="true">{one.key}</kbd>
              </a>
            </li>
          ))}
        </ul>
        <Health />
      </nav>
      <header class="bar" role="banner">
        {view.filter !== undefined ? (
          <FilterBar
            id="filter"
            kind={view.filter}
            label={view.filter === "alert" ? "Filter of matches" : "Filter of flows"}
            value={place.value.filter}
            placeholder="ip.addr == 10.0.0.0/8 && tcp.port == 443      (press / )"
            onRun={(filter) => go({ filter })}
          />
        ) : (
          <span class="grow" />
        )}
        <TimePicker />
        <button
          type="button"
          onClick={nextTheme}
          aria-label={theme.value === "dark" ? "Light colours" : "Dark colours"}
          title="Colours"
        >
          {theme.value === "dark" ? "☀" : "☾"}
        </button>
        <button
          type="button"
          onClick={() => (helpIsOpen.value = true)}
          aria-label="Help"
          title="Help (?)"
        >
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1} data-view={view.name}>
        <h1 class="hidden">{view.title}</h1>
        {problem.value !== "" && (
          <div class="trouble" role="alert">
            <b>No status.</b> {problem.value}
          </div>
        )}
        {typeof Shown === "string" ? (
          <p class="trouble" role="alert">
            {Shown}
          </p>
        ) : (
          Shown !== null && isKnown.value && <Shown key={`${view.name} ${tokensGiven.value}`} />
        )}
        <Menu />
      </main>
      <Notice />
      <Help />
      <TokenDialog />
    </>
  );
}

const STATES = {
  none: "No run",
  running: "Capturing",
  ended: "Run has ended",
  gone: "Data plane is gone",
};

function Health() {
  const now = status.value;
  const state = now?.run.state ?? "none";
  const progress = now?.run.progress;
  const isReplay = state === "running" && !isLive.value;
  const text =
    now === null
      ? "Connecting …"
      : isReplay
        ? `Reading files ${progress == null ? "" : formatShare(progress, 1)}`
        : STATES[state];
  const mark =
    now === null ? "waiting" : state === "gone" ? "wrong" : state === "running" ? "good" : "idle";
  const stream = { open: "live", waiting: "waiting", broken: "cut off" }[connection.value];
  return (
    <div class="health" role="status" aria-label="State">
      <div data-mark={mark}>
        <i aria-hidden="true" /> {text}
      </div>
      {now?.ledger != null && (
        <div data-mark={now.ledger.balanced ? "good" : "wrong"}>
          <i aria-hidden="true" />{" "}
          {now.ledger.balanced ? "Ledger balances" : "Ledger does not balance"}
        </div>
      )}
      <div
        data-mark={
          connection.value === "open" ? "good" : connection.value === "broken" ? "wrong" : "waiting"
        }
      >
        <i aria-hidden="true" /> Stream {stream}
        {gapCount.value > 0 && `, ${gapCount.value} gaps`}
      </div>
    </div>
  );
}
