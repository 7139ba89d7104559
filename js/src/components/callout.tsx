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
import { GONE, RECORDED, replays } from "./replaying";

export interface Said {
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly detail?: string | null;
  readonly action?: Action | null;
  /** Whether it is measured anew as the run goes on. */
  readonly changes?: boolean;
}

export interface Action {
  readonly label: string;
  /** Whether a recorded run can do it, too. */
  readonly replays?: boolean;
  press(): void;
}

interface CalloutProps {
  /** What can be done about a finding in the picture, if anything. */
  act?(found: FindingTrait): Action | null;
}

/** Several of them come one at a time, the most important first. */
export function Callout({ act }: CalloutProps) {
  const { store } = useView();
  const chosen = useSignal({ kinds: "", index: 0 });
  const all = useSaid(act);
  // Others begin with the first.
  const kinds = all.map(({ kind, title }) => kind + title).join();
  const at = chosen.value.kinds === kinds ? chosen.value.index % all.length : 0;
  const said = all[at];
  const isWrong = said?.kind === "error" || said?.kind === "diverged";
  // Measured anew each second: what does not fit into the place waits until the run stands, and a screen reader says
  // it with its title only.
  const runs = said?.changes && store.status.value === "running";
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
      {all.length > 1 ? (
        <MoreFindings
          at={at}
          of={all.length}
          press={() => {
            chosen.value = { kinds, index: at + 1 };
          }}
        />
      ) : null}
      {said?.action ? (
        <Act
          kind="text"
          disabled={!(said.action.replays ? store.plays : store.enabled).value}
          onClick={said.action.press}
        >
          {said.action.label}
        </Act>
      ) : null}
    </div>
  );
}

/** What there is to say. */
export function useSaid(act?: CalloutProps["act"]): Said[] {
  const { store } = useView();
  const { _message, _diagnosis } = store.traits;
  const failure = store.failure.value;
  if (failure) {
    const { command, message, detail = null } = failure;
    return [{ kind: "error", title: `${command} did not work:`, text: message, detail }];
  }
  const isRecorded = replays(store);
  const first: Said[] = isRecorded
    ? [{ kind: "recorded", ...RECORDED }]
    : store.status.value === "disconnected"
      ? [{ kind: "gone", ...GONE }]
      : [];
  // What is known of the end of a recorded run is not true of what was before it.
  if (isRecorded && (store.status.value === "running" || store.timeline.marked.value !== null)) return first;
  const message = _message.value;
  if (message) {
    const { action } = message;
    const press = () => action && store.command(action.command);
    return [...first, { ...message, action: action && { label: action.label, press } }];
  }
  return [
    ...first,
    ..._diagnosis.value.map((found): Said => {
      const { kind, title, text, advice, epoch } = found;
      const back = {
        label: `Go to epoch ${thousands(epoch ?? 0)}`,
        replays: true,
        press: () => store.command({ type: "rewind", epoch: epoch ?? 0 }),
      };
      return {
        kind: kind === "diverged" ? kind : "finding",
        title,
        text: `${text} ${advice}`,
        action: act?.(found) ?? (epoch === null ? null : back),
        changes: true,
      };
    }),
  ];
}

/** Often it has gone by having been pressed. */
const Act = (props: ComponentProps<typeof Button>) => (
  <Button ref={useHandover<HTMLButtonElement>()} {...props} />
);
