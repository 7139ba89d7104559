// How the network learns, and what it begins with: the initial weights and the seed that Reset starts from.
import { useComputed } from "@preact/signals";
import type { CommonStore } from "../model/common-store";
import { useView } from "./context";
import { DropoutRow } from "./dropout";
import { NumberField, numberText, SeedField, Select, Slider } from "./fields";
import { Fold } from "./fold";
import { useId } from "./ids";
import { InitialisationRow } from "./initialisation";
import { OptionsRow } from "./options";
import { TitleRow } from "./panel";
import { PenaltyRow } from "./penalty";
import { learningRateScale } from "./scales";
import { ScheduleRow } from "./schedule";
import { Only } from "./shown";
import { StopRow } from "./stopping";

const RATE_SCALE = learningRateScale(numberText);

export function Hyperparameters() {
  const { store } = useView();
  const { traits } = store;
  const disabled = !store.enabled.value;
  const id = useId();
  const row = { id, disabled };
  const summary = useComputed(
    () =>
      `${optimizerName(traits)}, learning rate ${numberText(traits.learning_rate.value)}, seed ${traits.seed.value}`,
  );
  return (
    <Fold class="nnw-fold--hyper" title="Hyperparameters" summary={summary}>
      <section class="nnw-hyper" aria-label="Hyperparameters">
        <TitleRow title="Hyperparameters" />
        <div class="nnw-form">
          <LossRow {...row} />
          <OptimizerRow {...row} />
          <Only control="optimizer_options">
            <OptionsRow disabled={disabled} />
          </Only>
          <RateRow {...row} />
          <Only control="schedule">
            <ScheduleRow id={`${id}-schedule`} disabled={disabled} />
          </Only>
          <Only control="l1 l2">
            <PenaltyRow disabled={disabled} />
          </Only>
          <Only control="dropout">
            <DropoutRow id={`${id}-dropout`} disabled={disabled || !traits._network.value.editable} />
          </Only>
          <Only control="initialiser initial_scale">
            <InitialisationRow
              id={`${id}-initialiser`}
              disabled={disabled || !traits._network.value.editable}
            />
          </Only>
          <Only control="stop_when">
            <StopRow id={`${id}-stop`} disabled={disabled} />
          </Only>
          <SeedRow {...row} />
        </div>
      </section>
    </Fold>
  );
}

/** What the chosen optimizer is called. */
export function optimizerName({ optimizer, _choices }: CommonStore["traits"]): string {
  const name = optimizer.value;
  return _choices.value.optimizers.find((choice) => choice.name === name)?.label ?? name;
}

interface RowProps {
  id: string;
  disabled: boolean;
}

export function LossRow({ id, disabled }: RowProps) {
  const { traits, controls } = useView().store;
  return (
    <Only control="loss_fn">
      <label for={`${id}-loss`}>Loss</label>
      <Select
        id={`${id}-loss`}
        label="Loss"
        control={controls.loss_fn}
        choices={traits._choices.value.losses}
        disabled={disabled}
      />
    </Only>
  );
}

export function OptimizerRow({ id, disabled }: RowProps) {
  const { traits, controls } = useView().store;
  return (
    <Only control="optimizer">
      <label for={`${id}-optimizer`}>Optimizer</label>
      <Select
        id={`${id}-optimizer`}
        label="Optimizer"
        control={controls.optimizer}
        choices={traits._choices.value.optimizers}
        disabled={disabled}
      />
    </Only>
  );
}

export function RateRow({ id, disabled }: RowProps) {
  const { learning_rate } = useView().store.controls;
  return (
    <Only control="learning_rate">
      <label for={`${id}-rate`}>Learning rate</label>
      <span class="nnw-inline">
        <Slider label="Learning rate" control={learning_rate} scale={RATE_SCALE} disabled={disabled} bare />
        <NumberField
          id={`${id}-rate`}
          label="Learning rate value"
          control={learning_rate}
          disabled={disabled}
        />
      </span>
    </Only>
  );
}

export function SeedRow({ disabled }: RowProps) {
  const { seed } = useView().store.controls;
  return (
    <Only control="seed">
      <span class="nnw-label">Seed</span>
      <span class="nnw-inline">
        <span class="nnw-2nd nnw-s">used by Reset</span>
        <SeedField label="Seed" dice="Another seed" control={seed} disabled={disabled} />
      </span>
    </Only>
  );
}
