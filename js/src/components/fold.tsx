// A zone that is open where there is room, and folds to one line with a summary where there is not.
import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useView } from "./context";
import { Icon } from "./icon";

interface FoldProps {
  class: string;
  title: string;
  summary: ReadonlySignal<string>;
  children: ComponentChildren;
}

export function Fold({ title, summary, children, ...rest }: FoldProps) {
  const { narrow } = useView().geometry.value;
  const unfolded = useSignal(false);
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
