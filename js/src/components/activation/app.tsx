// Activation functions: the picture, the choice, the formulas, and one thing to try.
import { Sheet } from "../explorer/sheet";
import { Advice } from "./advice";
import { Controls } from "./controls";
import { ActivationFormulas } from "./formulas";
import { Plot } from "./plot";
import { useActivation } from "./state";

export function ActivationApp() {
  const state = useActivation();
  return (
    <Sheet
      title="Activation functions"
      fact={`${state.label} (solid) and its derivative (dashed)`}
      class="nnw-activation"
    >
      <Plot state={state} />
      <Controls state={state} />
      <ActivationFormulas state={state} />
      <Advice state={state} />
    </Sheet>
  );
}
