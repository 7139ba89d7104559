// One measured sentence with one action, and a way to the next.
import { useSignal } from "@preact/signals";
import { TryThis } from "../explorer/sheet";
import { MoreFindings } from "../more-findings";
import { hintsOf } from "./hints";
import type { Anatomy } from "./state";

export function HintLine({ anatomy }: { anatomy: Anatomy }) {
  /** Which sentence: it stays while its numbers change, and another comes when it no longer holds. */
  const kind = useSignal("");
  const hints = hintsOf(anatomy);
  const at = Math.max(
    0,
    hints.findIndex((hint) => hint.kind === kind.value),
  );
  const hint = hints[at];
  const next = hints[(at + 1) % hints.length];
  return (
    <TryThis
      lead={hint?.lead ?? ""}
      action={hint?.action ?? null}
      more={
        hints.length > 1 ? (
          <MoreFindings
            at={at}
            of={hints.length}
            press={() => {
              kind.value = next?.kind ?? "";
            }}
          />
        ) : null
      }
    >
      {hint?.text}
    </TryThis>
  );
}
