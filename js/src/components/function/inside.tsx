// "Look inside": the weights, gradients and activations of each layer. What is closed is not computed, sent or drawn.
import { Button } from "../button";
import { DistributionsPanel } from "../distributions";
import { useId } from "../ids";
import { useFunctions } from "./view";

export function Inside() {
  const { inside } = useFunctions();
  const id = useId();
  const open = inside.value;
  return (
    <section class="nnw-inside" aria-label="Look inside">
      <div class="nnw-inside-row">
        <h3 class="nnw-h">Look inside</h3>
        <Button
          icon="right"
          class="nnw-btn nnw-unfold"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => {
            inside.value = !open;
          }}
        >
          Distributions
        </Button>
      </div>
      {open ? (
        <section class="nnw-panel" id={id} aria-label="Distributions">
          <DistributionsPanel />
        </section>
      ) : null}
    </section>
  );
}
