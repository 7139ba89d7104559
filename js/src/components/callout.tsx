// What went wrong, what Python has to say, or what was measured to be wrong with the run: one sentence, one action.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { thousands } from "../draw/format";
import type { FindingTrait, MessageTrait } from "../generated/protocol";
import { useView } from "./context";
import { Icon } from "./icon";

export function Callout() {
  const { store } = useView();
  const failure = store.failure.value;
  const message: MessageTrait | null = failure
    ? {
        kind: "error",
        title: `${failure.command} did not work:`,
        text: failure.message,
        detail: null,
        action: null,
      }
    : store.traits._message.value;
  const findings = store.traits._diagnosis.value;
  if (!message && findings.length) {
    // Others begin with the first.
    return <Findings key={findings.map(({ kind }) => kind).join()} findings={findings} />;
  }
  return (
    <Frame kind={message?.kind ?? "none"}>
      {message ? (
        <>
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
            <Action
              label={message.action.label}
              onPress={() => {
                const action = store.traits._message.peek()?.action;
                if (action) store.command(action.command);
              }}
            />
          ) : null}
        </>
      ) : null}
    </Frame>
  );
}

/** Several findings come one at a time, the most important first. */
function Findings({ findings }: { findings: readonly FindingTrait[] }) {
  const { store, focus } = useView();
  const index = useSignal(0);
  const at = index.value % findings.length;
  const finding = findings[at] as FindingTrait;
  const { kind, title, text, advice, neurons, epoch } = finding;
  // Measured anew each second: a sentence that needs a second line waits for it until the run stands.
  const runs = store.status.value === "running";
  const show = () => {
    const now = neurons.findIndex(([layer, unit]) => {
      const shown = focus.peek();
      return shown?.[0] === layer && shown[1] === unit;
    });
    focus.value = neurons[now + 1] ?? null;
  };
  return (
    <Frame kind={kind === "diverged" ? kind : "finding"}>
      <div class={`nnw-diag-text${runs ? " nnw-diag-text--brief" : ""}`}>
        <p title={runs ? `${text} ${advice}` : undefined}>
          <b>{title}</b> {text} {advice}
        </p>
      </div>
      {findings.length > 1 ? (
        <button
          type="button"
          class="nnw-btn nnw-diag-next"
          aria-label={`Finding ${at + 1} of ${findings.length}, show the next`}
          onClick={() => {
            index.value = at + 1;
          }}
        >
          {at + 1} of {findings.length}
          <Icon name="right" />
        </button>
      ) : null}
      {neurons.length ? (
        <Action label={neurons.length > 1 ? "Show neurons" : "Show neuron"} onPress={show} />
      ) : epoch !== null ? (
        <Action
          label={`Go to epoch ${thousands(epoch)}`}
          onPress={() => store.command({ type: "rewind", epoch })}
        />
      ) : null}
    </Frame>
  );
}

/** What went wrong interrupts a screen reader; what changes by itself waits for a pause. */
function Frame({ kind, children }: { kind: string; children: ComponentChildren }) {
  const isWrong = kind === "error" || kind === "diverged";
  return (
    <div class={`nnw-diag nnw-diag--${kind}`} role={isWrong ? "alert" : "status"}>
      {kind === "none" ? null : <Icon name={isWrong ? "warn" : "info"} />}
      {children}
    </div>
  );
}

function Action({ label, onPress }: { label: string; onPress: () => void }) {
  const { store } = useView();
  return (
    <button type="button" class="nnw-btn nnw-btn--text" disabled={!store.enabled.value} onClick={onPress}>
      {label}
    </button>
  );
}
