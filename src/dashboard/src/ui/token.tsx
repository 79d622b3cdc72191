// Asks for the token of the API, where it wants one.
import { useEffect, useRef, useState } from "preact/hooks";
import { needsToken, setToken, token } from "../api.ts";

export function TokenDialog() {
  const [text, setText] = useState("");
  const dialog = useRef<HTMLDialogElement>(null);
  // Modal by the browser's own means: the keyboard stays within it.
  useEffect(() => {
    if (needsToken.value) dialog.current?.showModal();
  }, [needsToken.value]);
  if (!needsToken.value) return null;
  const submit = (event: Event) => (event.preventDefault(), setToken(text.trim()), setText(""));
  return (
    <dialog
      ref={dialog}
      class="token"
      aria-labelledby="token-title"
      onCancel={(event) => event.preventDefault()}
      onClose={() => needsToken.value && dialog.current?.showModal()}
    >
      <form aria-labelledby="token-title" onSubmit={submit}>
        <h2 id="token-title">Token</h2>
        <p>
          {token.value === ""
            ? "This appliance wants a token (api.token_file)."
            : "The appliance has refused this token."}{" "}
          It is kept until this tab is closed.
        </p>
        <input
          id="token"
          type="password"
          autocomplete="off"
          autofocus
          aria-label="Token"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button class="primary" disabled={text.trim() === ""}>
          Go on
        </button>
      </form>
    </dialog>
  );
}
