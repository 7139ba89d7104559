// The options of the chosen optimizer: what is not set is as PyTorch has it by default.
import { computed, type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { OptionField } from "../generated/protocol";
import type { Control } from "../model/store";
import { useView } from "./context";
import { FieldError, NumberField } from "./fields";
import { useId } from "./ids";

type Options = Record<string, unknown>;

/** A control of one option, or of one number of a pair; `touched` says which one an error belongs to. */
function optionControl<T>(
  all: Control<Options>,
  field: OptionField,
  touched: Signal<OptionField | null>,
): Control<T> {
  const { option, index, default: usual } = field;
  const whole = (options: Options) => options[option] ?? usual;
  return {
    value: computed(() => {
      const value = whole(all.value.value);
      return (index === null ? value : (value as unknown[])[index]) as T;
    }),
    error: computed(() => (touched.value === field ? all.error.value : null)),
    set(value) {
      touched.value = field;
      const options = all.value.peek();
      const next =
        index === null
          ? value
          : (whole(options) as unknown[]).map((part, place) => (place === index ? value : part));
      all.set({ ...options, [option]: next });
    },
    hold: all.hold,
    release: all.release,
    fail(reason) {
      touched.value = field;
      all.fail(reason);
    },
  };
}

export function OptionsRow({ disabled }: { disabled: boolean }) {
  const { traits, controls } = useView().store;
  const touched = useSignal<OptionField | null>(null);
  const optimizer = controls.optimizer.value.value;
  const choice = traits._choices.value.optimizers.find(({ name }) => name === optimizer);
  const fields = choice?.fields ?? [];
  return (
    <>
      <span class="nnw-label">Options</span>
      <span class="nnw-inline nnw-ends nnw-options">
        {fields.map((field) => {
          const Option = typeof field.default === "boolean" ? SwitchOption : NumberOption;
          return (
            <Option key={`${optimizer} ${field.label}`} field={field} touched={touched} disabled={disabled} />
          );
        })}
        {fields.length ? null : <span class="nnw-2nd nnw-s">{choice ? "none" : "your own"}</span>}
      </span>
    </>
  );
}

interface OptionProps {
  field: OptionField;
  touched: Signal<OptionField | null>;
  disabled: boolean;
}

function useOption<T>({ field, touched }: OptionProps): Control<T> {
  const all = useView().store.controls.optimizer_options;
  return useMemo(() => optionControl<T>(all, field, touched), [all, field, touched]);
}

function NumberOption(props: OptionProps) {
  const control = useOption<number>(props);
  const id = useId();
  const { label } = props.field;
  return (
    <span class="nnw-inline nnw-named">
      <label for={id}>{label}</label>
      <NumberField id={id} label={`Optimizer ${label}`} control={control} disabled={props.disabled} />
    </span>
  );
}

function SwitchOption(props: OptionProps) {
  const control = useOption<boolean>(props);
  const id = useId();
  const { label } = props.field;
  return (
    <span class="nnw-numbox">
      <label class="nnw-inline nnw-named" for={id}>
        {label}
        <input
          id={id}
          class="nnw-check"
          type="checkbox"
          aria-label={`Optimizer ${label}`}
          checked={control.value.value}
          disabled={props.disabled}
          onChange={(event) => control.set(event.currentTarget.checked)}
        />
      </label>
      <FieldError control={control} />
    </span>
  );
}
