// How the learning rate follows the epochs: the kind, its numbers, and the rate that holds now.
import { useComputed, useSignal } from "@preact/signals";
import { scientific, significant } from "../draw/format";
import type { Control } from "../model/controls";
import { useView } from "./context";
import { NumberField } from "./fields";
import { Icon } from "./icon";

const CONSTANT = "constant";

export function ScheduleRow({ id, disabled }: { id: string; disabled: boolean }) {
  const { store, easel } = useView();
  const { traits, controls } = store;
  const control = controls.schedule;
  const given = control.value.value;
  const name = String(given.name ?? CONSTANT);
  const kind = traits._choices.value.schedules.find((choice) => choice.name === name);
  const now = useComputed(() => {
    const rate = easel.shown.value?.learning_rate ?? traits.learning_rate.value;
    return rate < 1e-3 ? scientific(rate, 2) : significant(rate, 3);
  });

  function choose(chosen: string): void {
    const choice = traits._choices.peek().schedules.find((each) => each.name === chosen);
    control.set(chosen === CONSTANT ? {} : { name: chosen, ...choice?.options });
  }

  return (
    <>
      <label for={id}>Schedule</label>
      <span class="nnw-inline nnw-ends">
        <span class="nnw-select">
          <select
            id={id}
            aria-label="Schedule"
            value={name}
            disabled={disabled}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {kind ? null : (
              <option value={name} disabled>
                {name}
              </option>
            )}
            {traits._choices.value.schedules.map((choice) => (
              <option key={choice.name} value={choice.name}>
                {choice.label}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
        {name === CONSTANT ? null : <span class="nnw-2nd nnw-s nnw-now">now {now}</span>}
      </span>
      {kind && name !== CONSTANT ? (
        <span class="nnw-inline nnw-ends nnw-options nnw-second">
          {Object.keys(kind.options).map((option, index) => (
            <ScheduleOption
              key={`${name} ${option}`}
              option={option}
              word={kind.words[index] ?? option}
              whole={option in EPOCHS}
              disabled={disabled}
            />
          ))}
        </span>
      ) : null}
    </>
  );
}

/** Options that count epochs. */
const EPOCHS: Record<string, true> = { step_size: true, T_max: true, total_iters: true };

interface OptionProps {
  option: string;
  word: string;
  whole: boolean;
  disabled: boolean;
}

function ScheduleOption({ option, word, whole, disabled }: OptionProps) {
  const all = useView().store.controls.schedule;
  const touched = useSignal(false);
  const control: Control<number> = {
    ...all,
    value: useComputed(() => Number(all.value.value[option] ?? 0)),
    error: useComputed(() => (touched.value ? all.error.value : null)),
    set(value) {
      touched.value = true;
      all.set({ ...all.value.peek(), [option]: value });
    },
    fail(reason) {
      touched.value = true;
      all.fail(reason);
    },
  };
  return (
    <span class="nnw-inline nnw-named">
      <span>{word}</span>
      <NumberField label={`Schedule ${word}`} control={control} whole={whole} disabled={disabled} />
    </span>
  );
}
