// To the clipboard. Pages that came over plain HTTP from another host have none to write to: there
// the text is selected and copied the old way.
import { say } from "./notice.tsx";

export function copy(text: string): void {
  if (navigator.clipboard !== undefined) {
    navigator.clipboard.writeText(text).then(
      () => say("Copied"),
      () => say("The browser does not let this page copy"),
    );
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  say(done ? "Copied" : "The browser does not let this page copy");
}
