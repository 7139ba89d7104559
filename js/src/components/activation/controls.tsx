// Which function, which beside it, and below which slope the gradient is said to vanish.
import { significant } from "../../draw/format";
import { Button } from "../button";
import { Chip, Presets } from "../explorer/presets";
import { Slider } from "../fields";
import { linearScale } from "../scales";
import { type ActivationState, labelOf } from "./state";

const THRESHOLDS = linearScale([0, 0.5], 0.01, (value) =>
  value ? `|slope| < ${significant(value, 3)}` : "nowhere",
);

export function Controls({ state }: { state: ActivationState }) {
  const { store } = state;
  return (
    <div class="nnw-activation-controls">
      <Choice state={state} />
      <div class="nnw-activation-see">
        <span class="nnw-labelled">
          <span>See</span>
          <Presets label="See" />
        </span>
        <Slider label="Gradient vanishes where" control={store.controls.vanishing} scale={THRESHOLDS} />
      </div>
    </div>
  );
}

/** One column per function: its name, to show it, and the line that it is drawn with, to have it beside. */
function Choice({ state }: { state: ActivationState }) {
  const { store, activation, names, shown } = state;
  const turn = (name: string) =>
    store.set({ shown: shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name] });
  return (
    <div class="nnw-activation-choice">
      <div class="nnw-activation-rows" aria-hidden="true">
        <span>Function</span>
        <span>Beside it</span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
      <div class="nnw-activation-columns" role="group" aria-label="Functions">
        {names.map((name) => {
          const label = labelOf(name);
          const isShown = name === activation;
          return (
            <div key={name} data-name={label}>
              <Chip on={isShown} press={() => store.set({ activation: name })}>
                {label}
              </Chip>
              {isShown ? (
                <span class="nnw-beside-it">
                  <Line />
                </span>
              ) : (
                <Button
                  class="nnw-beside-it"
                  label={`${label} beside it`}
                  aria-pressed={shown.includes(name)}
                  onClick={() => turn(name)}
                >
                  <Line />
                </Button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const Line = () => (
  <svg width="28" height="8" aria-hidden="true">
    <path d="M1 4h26" />
  </svg>
);
