// What the rule leaves to choose: how far it goes at a mistake, and where it begins.
import { useComputed } from "@preact/signals";
import { numberText } from "../fields";
import { Fold } from "../fold";
import { RateRow, SeedRow } from "../hyperparameters";
import { useId } from "../ids";
import { InitialisationRow } from "../initialisation";
import { TitleRow } from "../panel";
import { Only } from "../shown";
import { StopRow } from "../stopping";
import { usePerceptron } from "./view";

export function PerceptronHyperparameters() {
  const { store } = usePerceptron();
  const { traits } = store;
  const disabled = !store.enabled.value;
  const id = useId();
  const summary = useComputed(
    () => `learning rate ${numberText(traits.learning_rate.value)}, seed ${traits.seed.value}`,
  );
  return (
    <Fold class="nnw-fold--hyper" title="Hyperparameters" summary={summary}>
      <section class="nnw-hyper" aria-label="Hyperparameters">
        <TitleRow title="Hyperparameters" />
        <div class="nnw-form">
          <RateRow id={id} disabled={disabled} />
          <Only control="initialiser initial_scale">
            <InitialisationRow id={`${id}-initialiser`} disabled={disabled} grows={false} />
          </Only>
          <Only control="stop_when">
            <StopRow id={`${id}-stop`} disabled={disabled} />
          </Only>
          <SeedRow id={id} disabled={disabled} />
        </div>
      </section>
    </Fold>
  );
}
