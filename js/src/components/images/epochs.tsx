// How many epochs a run has that Play begins.
import { useComputed, useSignal } from "@preact/signals";
import type { Control } from "../../model/controls";
import { NumberField, Segmented } from "../fields";
import { useImages } from "./view";

const ENDS = [
  { name: "after", label: "after" },
  { name: "never", label: "no end" },
];
const USUAL = 10;

export function EpochsRow({ id, disabled }: { id: string; disabled: boolean }) {
  const control = useImages().store.controls.epochs;
  const last = useSignal(control.value.peek() ?? USUAL);
  const count: Control<number> = {
    ...control,
    value: useComputed(() => control.value.value ?? last.value),
    set: (value) => control.set(value),
  };
  const ends = control.value.value !== null;
  return (
    <>
      <label for={id}>Epochs</label>
      <span class="nnw-inline nnw-ends">
        <Segmented
          label="Run ends"
          choices={ENDS}
          chosen={[ends ? "after" : "never"]}
          onChoose={(name) => {
            if (control.value.peek() !== null) last.value = control.value.peek() ?? USUAL;
            control.set(name === "after" ? last.peek() : null);
          }}
          disabled={disabled}
        />
        <NumberField id={id} label="Epochs of a run" control={count} whole disabled={disabled || !ends} />
      </span>
    </>
  );
}
