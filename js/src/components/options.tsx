// The options of the chosen optimizer: what is not set is as PyTorch has it by default.
import { computed } from "@preact/signals";
import { useId, useMemo } from "preact/hooks";
import type { OptionField } from "../generated/protocol";
import type { Control } from "../model/store";
import { useView } from "./context";
import { NumberField } from "./fields";

type Options = Record<string, unknown>;

/** A control of one option, or of one number of a pair. */
function optionControl<T>(all: Control<Options>, { option, index, default: usual }: OptionField): Control<T> {
  const whole = (options: Options) => options[option] ?? usual;
  return {
    value: computed(() => {
      const value = whole(all.value.value);
      return (index === null ? value : (value as unknown[])[index]) as T;
    }),
    error: all.error,
    set(value) {
      const options = all.value.peek();
      const next =
        index === null
          ? value
          : (whole(options) as unknown[]).map((part, place) => (place === index ? value : part));
      all.set({ ...options, [option]: next });
    },
    hold: all.hold,
    release: all.release,
    fail: all.fail,
  };
}

export function OptionsRow({ disabled }: { disabled: boolean }) {
  const { traits, controls } = useView().store;
  const optimizer = controls.optimizer.value.value;
  const choice = traits._choices.value.optimizers.find(({ name }) => name === optimizer);
  const fields = choice?.fields ?? [];
  return (
    <>
      <span class="nnw-label">Options</span>
      <span class="nnw-inline nnw-ends nnw-options">
        {fields.map((field) => (
          <Option key={`${optimizer} ${field.label}`} field={field} disabled={disabled} />
        ))}
        {fields.length ? null : <span class="nnw-2nd nnw-s">{choice ? "none" : "your own"}</span>}
      </span>
    </>
  );
}

function Option({ field, disabled }: { field: OptionField; disabled: boolean }) {
  const all = useView().store.controls.optimizer_options;
  const id = useId();
  const label = `Optimizer ${field.label}`;
  if (typeof field.default === "boolean") {
    return <Switch id={id} field={field} label={label} all={all} disabled={disabled} />;
  }
  const control = useMemo(() => optionControl<number>(all, field), [all, field]);
  return (
    <span class="nnw-inline nnw-named">
      <label for={id}>{field.label}</label>
      <NumberField id={id} label={label} control={control} disabled={disabled} />
    </span>
  );
}

interface SwitchProps {
  id: string;
  label: string;
  field: OptionField;
  all: Control<Options>;
  disabled: boolean;
}

function Switch({ id, label, field, all, disabled }: SwitchProps) {
  const control = useMemo(() => optionControl<boolean>(all, field), [all, field]);
  return (
    <label class="nnw-inline nnw-named" for={id}>
      {field.label}
      <input
        id={id}
        class="nnw-check"
        type="checkbox"
        aria-label={label}
        checked={control.value.value}
        disabled={disabled}
        onChange={(event) => control.set(event.currentTarget.checked)}
      />
    </label>
  );
}
