// What went wrong, what Python has to say, or what was measured to be wrong with the run: one sentence, one action.
import { useSignal } from "@preact/signals";
import type { ComponentProps } from "preact";
import { thousands } from "../draw/format";
import type { FindingTrait } from "../generated/protocol";
import { Button } from "./button";
import { useView } from "./context";
import { useHandover } from "./handover";
import { Icon } from "./icon";
import { MoreFindings } from "./more-findings";

interface Said {
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly detail?: string | null;
  readonly action?: Action | null;
}

export interface Action {
  readonly label: string;
  press(): void;
}

interface CalloutProps {
  /** What can be done about a finding in the picture, if anything. */
  act?(found: FindingTrait): Action | null;
}

/** Several findings come one at a time, the most important first. */
export function Callout({ act }: CalloutProps) {
  const { store } = useView();
  const { _message, _diagnosis } = store.traits;
  const chosen = useSignal({ kinds: "", index: 0 });
  const failure = store.failure.value;
  const message = _message.value;
  const findings = failure || message ? [] : _diagnosis.value;
  // Others begin with the first.
  const kinds = findings.map(({ kind }) => kind).join();
  const at = chosen.value.kinds === kinds ? chosen.value.index % findings.length : 0;
  const found = findings[at];

  let said: Said | null = null;
  if (failure) said = { kind: "error", title: `${failure.command} did not work:`, text: failure.message };
  else if (message) {
    const { action } = message;
    said = {
      ...message,
      action: action && { label: action.label, press: () => store.command(action.command) },
    };
  } else if (found) {
    const { kind, title, text, advice, epoch } = found;
    said = {
      kind: kind === "diverged" ? kind : "finding",
      title,
      text: `${text} ${advice}`,
      action:
        act?.(found) ??
        (epoch === null
          ? null
          : {
              label: `Go to epoch ${thousands(epoch)}`,
              press: () => store.command({ type: "rewind", epoch }),
            }),
    };
  }
  const isWrong = said?.kind === "error" || said?.kind === "diverged";
  // Measured anew each second: what does not fit into the place waits until the run stands, and a screen reader says
  // it with its title only.
  const runs = found && store.status.value === "running";
  const sentence = said && (
    <>
      <p title={runs ? said.text : undefined}>
        <b>{said.title}</b> <span aria-live={runs ? "off" : undefined}>{said.text}</span>
      </p>
      {said.detail ? (
        <details class="nnw-detail">
          <summary>Details</summary>
          <pre>{said.detail}</pre>
        </details>
      ) : null}
    </>
  );
  // Both are always there: what comes together with its text is not announced. What went wrong interrupts a
  // screen reader; what changes by itself waits for a pause.
  return (
    <div class={`nnw-diag nnw-diag--${said?.kind ?? "none"}`} data-brief={runs || undefined}>
      {said ? <Icon name={isWrong ? "warn" : "info"} /> : null}
      <div class="nnw-diag-text" role="status">
        {isWrong ? null : sentence}
      </div>
      <div class="nnw-diag-text" role="alert">
        {isWrong ? sentence : null}
      </div>
      {findings.length > 1 ? (
        <MoreFindings
          at={at}
          of={findings.length}
          press={() => {
            chosen.value = { kinds, index: at + 1 };
          }}
        />
      ) : null}
      {said?.action ? (
        <Act kind="text" disabled={!store.enabled.value} onClick={said.action.press}>
          {said.action.label}
        </Act>
      ) : null}
    </div>
  );
}

/** Often it has gone by having been pressed. */
const Act = (props: ComponentProps<typeof Button>) => (
  <Button ref={useHandover<HTMLButtonElement>()} {...props} />
);
