// How the network learns, and what it begins with: the initial weights and the seed that Reset starts from.
import { useComputed } from "@preact/signals";
import { useId } from "preact/hooks";
import { useView } from "./context";
import { DropoutRow } from "./dropout";
import { NumberField, numberText, SeedField, Select, Slider } from "./fields";
import { Fold } from "./fold";
import { InitialisationRow } from "./initialisation";
import { OptionsRow } from "./options";
import { PenaltyRow } from "./penalty";
import { learningRateScale } from "./scales";
import { ScheduleRow } from "./schedule";
import { StopRow } from "./stopping";

const RATE_SCALE = learningRateScale(numberText);

export function Hyperparameters() {
  const { store } = useView();
  const { traits, controls } = store;
  const { optimizers } = traits._choices.value;
  const disabled = !store.enabled.value;
  const id = useId();
  const summary = useComputed(() => {
    const name = traits.optimizer.value;
    const label = traits._choices.value.optimizers.find((choice) => choice.name === name)?.label ?? name;
    return `${label}, learning rate ${numberText(traits.learning_rate.value)}, seed ${traits.seed.value}`;
  });
  return (
    <Fold class="nnw-fold--hyper" title="Hyperparameters" summary={summary}>
      <section class="nnw-hyper" aria-label="Hyperparameters">
        <div class="nnw-titlerow">
          <h3 class="nnw-h">Hyperparameters</h3>
        </div>
        <div class="nnw-form">
          <label for={`${id}-loss`}>Loss</label>
          <Select
            id={`${id}-loss`}
            label="Loss"
            control={controls.loss_fn}
            choices={traits._choices.value.losses}
            disabled={disabled}
          />
          <label for={`${id}-optimizer`}>Optimizer</label>
          <Select
            id={`${id}-optimizer`}
            label="Optimizer"
            control={controls.optimizer}
            choices={optimizers}
            disabled={disabled}
          />
          <OptionsRow disabled={disabled} />
          <label for={`${id}-rate`}>Learning rate</label>
          <span class="nnw-inline">
            <Slider
              label="Learning rate"
              control={controls.learning_rate}
              scale={RATE_SCALE}
              disabled={disabled}
              bare
            />
            <NumberField
              id={`${id}-rate`}
              label="Learning rate value"
              control={controls.learning_rate}
              disabled={disabled}
            />
          </span>
          <ScheduleRow id={`${id}-schedule`} disabled={disabled} />
          <PenaltyRow disabled={disabled} />
          <DropoutRow id={`${id}-dropout`} disabled={disabled || !traits._network.value.editable} />
          <InitialisationRow
            id={`${id}-initialiser`}
            disabled={disabled || !traits._network.value.editable}
          />
          <StopRow id={`${id}-stop`} disabled={disabled} />
          <span class="nnw-label">Seed</span>
          <span class="nnw-inline">
            <span class="nnw-2nd nnw-s">used by Reset</span>
            <SeedField label="Seed" dice="Another seed" control={controls.seed} disabled={disabled} />
          </span>
        </div>
      </section>
    </Fold>
  );
}
