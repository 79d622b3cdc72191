// Asks for the token of the API, where it wants one.
import { useEffect, useRef, useState } from "preact/hooks";
import { needsToken, setToken, token } from "../api.ts";

export function TokenDialog() {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), [needsToken.value]);
  if (!needsToken.value) return null;
  const submit = (event: Event) => (event.preventDefault(), setToken(text.trim()), setText(""));
  return (
    <div class="curtain" role="dialog" aria-modal="true" aria-labelledby="token-title">
      <form class="panel token" aria-labelledby="token-title" onSubmit={submit}>
        <h2 id="token-title">Token</h2>
        <p>
          {token.value === ""
            ? "This appliance wants a token (api.token_file)."
            : "The appliance has refused this token."}{" "}
          It is kept until this tab is closed.
        </p>
        <input
          id="token"
          ref={input}
          type="password"
          autocomplete="off"
          aria-label="Token"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button class="primary" disabled={text.trim() === ""}>
          Go on
        </button>
      </form>
    </div>
  );
}
