// When a run ends by itself: one condition on screen, of those that a cell may combine.
import { useComputed } from "@preact/signals";
import type { Control } from "../model/controls";
import { useView } from "./context";
import { NumberField, numberText } from "./fields";
import { Icon } from "./icon";

/** Each with the number that it begins with. */
const CONDITIONS = [
  { name: "epoch", label: "at epoch", usual: 100 },
  { name: "loss", label: "at loss", usual: 0.1 },
  { name: "accuracy", label: "at accuracy", usual: 0.95 },
  { name: "patience", label: "patience", usual: 20 },
];
const WHOLE = ["epoch", "patience"];
const NEVER = "never";
const SEVERAL = "several";

export function StopRow({ id, disabled }: { id: string; disabled: boolean }) {
  const { data, controls } = useView().store;
  const control = controls.stop_when;
  const held = Object.keys(control.value.value);
  const name = held.length > 1 ? SEVERAL : (held[0] ?? NEVER);
  const classes = data.value.class_names.length;
  const number: Control<number> = {
    ...control,
    value: useComputed(() => control.value.value[held[0] ?? ""] ?? 0),
    set: (value) => control.set({ [name]: value }),
  };
  const said = held.map((each) => numberText(control.value.value[each] ?? 0)).join(", ");

  function choose(chosen: string): void {
    const condition = CONDITIONS.find((each) => each.name === chosen);
    control.set(condition ? { [condition.name]: condition.usual } : {});
  }

  return (
    <>
      <label for={id}>Stop</label>
      <span class="nnw-inline nnw-ends">
        <span class="nnw-select">
          <select
            id={id}
            aria-label="Stop"
            value={name}
            disabled={disabled}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            <option value={NEVER}>never by itself</option>
            {CONDITIONS.map((condition) => (
              <option
                key={condition.name}
                value={condition.name}
                disabled={condition.name === "accuracy" && !classes}
              >
                {condition.label}
              </option>
            ))}
            {held.length > 1 ? (
              <option value={SEVERAL} disabled>
                {held.join(", ")}
              </option>
            ) : null}
          </select>
          <Icon name="down" />
        </span>
        {held.length > 1 ? <span class="nnw-s nnw-nowrap">{said}</span> : null}
        {held.length === 1 ? (
          <NumberField
            key={name}
            label={`Stop ${CONDITIONS.find((each) => each.name === name)?.label ?? ""}`}
            control={number}
            whole={WHOLE.includes(name)}
            disabled={disabled}
          />
        ) : null}
      </span>
    </>
  );
}
