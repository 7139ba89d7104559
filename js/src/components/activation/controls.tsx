// Which function, which beside it, and below which slope the gradient is said to vanish.
import { fixed } from "../../draw/format";
import { Button } from "../button";
import { Chip, Presets } from "../explorer/presets";
import { Slider } from "../fields";
import { linearScale } from "../scales";
import { type ActivationState, labelOf } from "./state";

const THRESHOLDS = linearScale([0, 0.5], 0.01, (value) =>
  value ? `|slope| < ${fixed(value, 2)}` : "nowhere",
);

export function Controls({ state }: { state: ActivationState }) {
  const { store, activation, names, shown } = state;
  const turn = (name: string) =>
    store.set({ shown: shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name] });
  return (
    <div class="nnw-activation-controls">
      <span>function</span>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
      <div class="nnw-chips" role="group" aria-label="Function">
        {names.map((name) => (
          <Chip key={name} on={name === activation} press={() => store.set({ activation: name })}>
            {labelOf(name)}
          </Chip>
        ))}
      </div>
      <span>beside it</span>
      {/* biome-ignore lint/a11y/useSemanticElements: likewise */}
      <div class="nnw-chips" role="group" aria-label="Beside it">
        {names.map((name) => (
          <Button
            key={name}
            class="nnw-choice nnw-beside-it"
            aria-pressed={shown.includes(name)}
            disabled={name === activation}
            onClick={() => turn(name)}
          >
            <span>{labelOf(name)}</span>
          </Button>
        ))}
      </div>
      <span>see</span>
      <div class="nnw-activation-see">
        <Presets label="See" />
        <Slider label="Gradient vanishes where" control={store.controls.vanishing} scale={THRESHOLDS} />
      </div>
    </div>
  );
}
