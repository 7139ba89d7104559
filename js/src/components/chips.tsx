// The marks of a picture and what they mean: a legend whose entries are switches.
import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { thousands } from "../draw/format";
import { Button } from "./button";
import type { Shown } from "./map";
import { usePlane } from "./planar";

interface ChipProps {
  on: boolean;
  /** Drawn in 13 x 13 pixels. */
  mark: JSX.Element;
  title?: string;
  onClick(): void;
  children: ComponentChildren;
}

export const Chip = ({ on, mark, title, onClick, children }: ChipProps) => (
  <Button class="nnw-chip" aria-pressed={on} title={title} onClick={onClick}>
    <svg width="13" height="13" viewBox="0 0 13 13" aria-hidden="true">
      {mark}
    </svg>
    <span>{children}</span>
  </Button>
);

interface ChipsProps {
  shown: Shown;
  wrong: ReadonlySignal<number>;
  onChange(shown: Shown): void;
  /** Further switches. */
  children?: ComponentChildren;
}

const MARKS = {
  train: <circle cx="6.5" cy="6.5" r="3.6" fill="var(--nnw-ink-2)" />,
  test: <circle cx="6.5" cy="6.5" r="3.5" fill="none" stroke="var(--nnw-ink-2)" stroke-width="1.5" />,
  wrong: (
    <>
      <circle cx="6.5" cy="6.5" r="2.4" fill="var(--nnw-ink-2)" />
      <circle cx="6.5" cy="6.5" r="5.6" fill="none" stroke="var(--nnw-ink)" stroke-width="1.25" />
    </>
  ),
};

/** What the marks mean, and at the same time the switches that show and hide them. */
export function Chips({ shown, wrong, onChange, children }: ChipsProps) {
  const { store } = usePlane();
  const counts = useComputed(() => {
    const { n_train, n_test } = store.scene.value.data;
    return { train: thousands(n_train), test: thousands(n_test) };
  }).value;
  const classes = useComputed(() => store.scene.value.data.class_names.length).value;
  const misclassified = useComputed(() => thousands(wrong.value));
  const chip = (kind: keyof Shown, word: string, count: string | ReadonlySignal<string>) => (
    <Chip on={shown[kind]} mark={MARKS[kind]} onClick={() => onChange({ ...shown, [kind]: !shown[kind] })}>
      {word} {count}
    </Chip>
  );
  return (
    <div class="nnw-points">
      {chip("train", "train", counts.train)}
      {counts.test === "0" ? null : chip("test", "test", counts.test)}
      {/* Three switches leave no room for the long word. */}
      {classes ? chip("wrong", counts.test === "0" ? "misclassified" : "wrong", misclassified) : null}
      {children}
    </div>
  );
}
