// What of an open layer is looked at: which sample, and which channel, neuron, head or row.

import { useComputed } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { NetworkAnatomySettings } from "../../generated/protocol";
import { plainControl } from "../../model/controls";
import { Button } from "../button";
import { NumberField } from "../fields";
import { useId } from "../ids";
import type { Anatomy } from "./state";
import { countText } from "./texts";

interface ChooserProps {
  anatomy: Anatomy;
  name: "sample" | "channel";
  /** What is chosen: "neuron". */
  word: string;
  first: 0 | 1;
  count: number;
  /** What is chosen of it. */
  now: number;
  /** What else changes with it. */
  choose?: ((value: number) => void) | undefined;
}

/** One of so many: typed, or one after the other. */
export function Chooser({ anatomy, name, word, first, count, now, choose }: ChooserProps) {
  const { store, there } = anatomy;
  const id = useId();
  const last = first + count - 1;
  const at = Math.max(first, Math.min(last, now));
  const change = (value: number) => {
    const next = Math.max(first, Math.min(last, value));
    if (choose) choose(next);
    else store.set({ [name]: next } as Partial<NetworkAnatomySettings>);
  };
  const latest = useRef(change);
  latest.current = change;
  const value = useComputed(() => Math.max(first, Math.min(last, store.settings[name].value)));
  const control = useMemo(
    () => plainControl<number>(value, (next) => latest.current(next)),
    [store, first, last],
  );
  /** The next one; without Python the next of those that were sent, null for none. */
  const after = (by: 1 | -1): number | null => {
    if (there) return at + by < first || at + by > last ? null : at + by;
    const ahead = anatomy.known(name).filter((each) => (each - at) * by > 0);
    return ahead.length ? at + by * Math.min(...ahead.map((each) => Math.abs(each - at))) : null;
  };
  const turn = (icon: "minus" | "plus", label: string, by: 1 | -1) => {
    const next = after(by);
    return (
      <Button
        class=""
        icon={icon}
        label={label}
        disabled={next === null}
        {...(there || next !== null ? {} : { title: "needs Python" })}
        onClick={() => next !== null && change(next)}
      />
    );
  };
  return (
    <span class="nnw-step nnw-in-chooser">
      <label class="nnw-2nd nnw-s" for={id}>
        {word}
      </label>
      {turn("minus", `${word} before`, -1)}
      <NumberField id={id} label={word} control={control} whole step={1} disabled={!there} />
      {turn("plus", `next ${word}`, 1)}
      <span class="nnw-2nd nnw-s">of {countText(count)}</span>
    </span>
  );
}
