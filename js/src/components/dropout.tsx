// Dropout: how many outputs of a hidden layer are left out at a step, for all of these layers or for one.
import { useSignal } from "@preact/signals";
import { partOf } from "../model/controls";
import { useView } from "./context";
import { NumberField } from "./fields";
import { Icon } from "./icon";

const ALL = "all";

export function DropoutRow({ id, disabled }: { id: string; disabled: boolean }) {
  const { store } = useView();
  const { dropout, hidden_layers } = store.controls;
  const layers = hidden_layers.value.value.length;
  const differs = Array.isArray(dropout.value.value);
  const chosen = useSignal<number | null>(null);
  // Where layers differ, there is no number for all of them.
  const layer = chosen.value === null || chosen.value >= layers ? (differs ? 0 : null) : chosen.value;
  return (
    <>
      <label for={id}>Dropout</label>
      <span class="nnw-inline nnw-ends">
        <span class="nnw-select">
          <select
            aria-label="Dropout of"
            value={layer ?? ALL}
            disabled={disabled || layers < 2}
            onChange={({ currentTarget: { value } }) => {
              chosen.value = value === ALL ? null : Number(value);
            }}
          >
            <option value={ALL} disabled={differs}>
              hidden layers
            </option>
            {Array.from({ length: layers }, (_, index) => (
              <option key={index} value={index}>
                Hidden {index + 1}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
        <NumberField
          key={layer}
          id={id}
          label="Dropout probability"
          control={partOf(dropout, layer, layers)}
          disabled={disabled || layers === 0}
        />
      </span>
    </>
  );
}
