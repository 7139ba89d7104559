// How the initial weights are drawn, and why one would draw them so.
import { useView } from "./context";
import { NumberField, Select } from "./fields";

interface RowProps {
  id: string;
  disabled: boolean;
  /** Whether there can be more neurons later. */
  grows?: boolean;
}

export function InitialisationRow({ id, disabled, grows = true }: RowProps) {
  const { traits, controls } = useView().store;
  const choices = traits._choices.value.initialisers;
  const chosen = choices.find(({ name }) => name === controls.initialiser.value.value);
  const reason = chosen?.reason ?? "";
  const begun = traits.step_count.value > 0;
  return (
    <>
      <label for={id}>Initialisation</label>
      <span class="nnw-inline nnw-ends">
        <Select
          id={id}
          label="Initialisation"
          control={controls.initialiser}
          choices={choices}
          disabled={disabled}
        />
        {chosen?.scale_symbol ? (
          <span class="nnw-inline nnw-named">
            <label for={`${id}-scale`}>{chosen.scale_symbol}</label>
            <NumberField
              id={`${id}-scale`}
              label="Initial scale"
              control={controls.initial_scale}
              disabled={disabled}
            />
          </span>
        ) : null}
      </span>
      <span class="nnw-2nd nnw-s nnw-hint" title={reason}>
        {begun ? `used by Reset${grows ? ", and for neurons added" : ""}` : reason}
      </span>
    </>
  );
}
