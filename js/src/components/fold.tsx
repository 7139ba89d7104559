// A zone that is open where there is room, and folds to one line with a summary where there is not.
import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useView } from "./context";
import { Icon } from "./icon";

interface FoldProps {
  class: string;
  title: string;
  summary: ReadonlySignal<string>;
  /** Whether it is unfolded where it folds, for who has to know. */
  open?: Signal<boolean>;
  children: ComponentChildren;
}

export function Fold({ title, summary, open, children, ...rest }: FoldProps) {
  const { narrow } = useView().geometry.value;
  const own = useSignal(false);
  const unfolded = open ?? own;
  return (
    <details
      class={`nnw-fold ${rest.class}`}
      open={!narrow || unfolded.value}
      onToggle={(event) => {
        if (narrow) unfolded.value = event.currentTarget.open;
      }}
    >
      <summary>
        <Icon name="right" />
        <b>{title}</b>
        <span>{summary}</span>
      </summary>
      {children}
    </details>
  );
}
