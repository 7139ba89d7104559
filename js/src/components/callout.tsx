// What went wrong, or what Python has to say: one sentence, one action, details on request.
import { useView } from "./context";
import { Icon } from "./icon";

export function Callout() {
  const { store } = useView();
  const failure = store.failure.value;
  const message = failure
    ? {
        kind: "error",
        title: `${failure.command} did not work:`,
        text: failure.message,
        detail: null,
        action: null,
      }
    : store.traits._message.value;
  const kind = message?.kind ?? "none";
  return (
    <div class={`nnw-diag nnw-diag--${kind}`} role={kind === "info" || !message ? "status" : "alert"}>
      {message ? (
        <>
          <Icon name={kind === "info" ? "info" : "warn"} />
          <div class="nnw-diag-text">
            <p>
              <b>{message.title}</b> {message.text}
            </p>
            {message.detail ? (
              <details class="nnw-detail">
                <summary>Details</summary>
                <pre>{message.detail}</pre>
              </details>
            ) : null}
          </div>
          {message.action ? (
            <button
              type="button"
              class="nnw-btn nnw-btn--text"
              disabled={!store.enabled.value}
              onClick={() => {
                const action = store.traits._message.peek()?.action;
                if (action) store.command(action.command);
              }}
            >
              {message.action.label}
            </button>
          ) : null}
        </>
      ) : null}
    </div>
  );
}
