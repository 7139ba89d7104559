// The network zone: its title, the stage, and one line that explains what is drawn or what is pointed at.
import { thousands } from "../draw/format";
import { EdgeSwitch } from "./edge-values";
import { Footline } from "./footline";
import { LayersStepper } from "./hidden-steppers";
import { ModuleStage } from "./modules";
import { TitleRow } from "./panel";
import { usePlanar } from "./planar";
import { controlShown } from "./shown";
import { Stage } from "./stage";
import { UndoEdit } from "./weights";

/** Units of a hidden layer that is added to a network without one. */
const FIRST_UNITS = 2;

export function NetworkZone() {
  const { store } = usePlanar();
  const network = store.network.value;
  const { limits } = store.traits._choices.value;
  const dense = network.kind === "dense";

  return (
    <section class="nnw-net" aria-label="Network">
      <TitleRow title="Network" note={`${thousands(network.parameter_count)} parameters`}>
        {dense ? <UndoEdit /> : null}
        {network.editable && controlShown(store, "hidden_layers") ? (
          <span class="nnw-end">
            <LayersStepper
              control={store.controls.hidden_layers}
              range={limits.layers}
              first={FIRST_UNITS}
              disabled={!store.enabled.value}
            >
              <span class="nnw-step-name">
                <span class="nnw-hide-mid nnw-hide-narrow">hidden </span>layers
              </span>
            </LayersStepper>
          </span>
        ) : null}
      </TitleRow>
      {dense ? <Stage /> : <ModuleStage />}
      <div class="nnw-footline">
        {dense ? (
          <>
            <EdgeSwitch />
            <Footline />
          </>
        ) : null}
      </div>
    </section>
  );
}
