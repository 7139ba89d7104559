// What the race is set to.
import { computed, type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { fixed, significant } from "../../draw/format";
import type { DescentSettings } from "../../generated/protocol";
import { type Control, plainControl } from "../../model/controls";
import { Button } from "../button";
import { SeedField, Segmented, Slider } from "../fields";
import { learningRateScale, linearScale, listedScale } from "../scales";
import { type Descent, labelOf, rateText } from "./state";

const RATES = learningRateScale(rateText);

const listed = (values: readonly number[]) => listedScale(values, (value) => significant(value, 3));
const NOISE = listed([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200]);
const STEPS = listed([5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 300, 400, 500]);
const share = (most: number, digits: number) =>
  linearScale([0, most], 10 ** -digits, (value) => fixed(value, digits));

interface ControlsProps {
  descent: Descent;
  playing: Signal<number | null>;
  play(): void;
  go(step: number): void;
}

export function Controls({ descent, playing, play, go }: ControlsProps) {
  const { store, chosen, steps, step } = descent;
  const { controls, settings } = store;
  const shown = useMemo(
    () =>
      plainControl(
        computed(() => Math.min(playing.value ?? settings.step.value, settings.steps.value)),
        go,
      ),
    [],
  );
  const isPlaying = playing.value !== null;
  return (
    <div class="nnw-descent-controls">
      <div class="nnw-step-row">
        <Button
          class="nnw-btn nnw-btn--icon nnw-roll"
          icon={isPlaying ? "pause" : "play"}
          label={isPlaying ? "Pause" : "Let it roll"}
          onClick={play}
        />
        <Slider
          label="Step"
          control={shown}
          scale={{ ...linearScale([0, steps], 1, String), text: () => `${step} of ${steps}` }}
        />
      </div>
      <Rate descent={descent} key={chosen} />
      <div class="nnw-descent-pair">
        <Slider label="Gradient noise σ" control={controls.noise} scale={NOISE} />
        <div class="nnw-labelled">
          <span>Seed</span>
          <SeedField
            label="Seed"
            dice="Another seed"
            control={controls.seed}
            disabled={!settings.noise.value}
          />
        </div>
      </div>
      <div class="nnw-descent-pair">
        <Slider label="Steps" control={controls.steps} scale={STEPS} />
        <Options descent={descent} />
      </div>
    </div>
  );
}

/** One learning rate for all; or of the chosen one alone. */
function Rate({ descent }: { descent: Descent }) {
  const { store, chosen } = descent;
  const { settings } = store;
  const alone = useSignal(false);
  const control = useMemo(
    () =>
      plainControl(
        computed(() => {
          const rates = settings.learning_rates.value;
          return (alone.value ? rates[chosen] : undefined) ?? settings.learning_rate.value;
        }),
        (rate: number) => {
          if (alone.peek())
            store.set({ learning_rates: { ...settings.learning_rates.peek(), [chosen]: rate } });
          else store.set({ learning_rate: rate, learning_rates: {} });
        },
      ),
    [chosen],
  );
  const name = labelOf(chosen);
  return (
    <div class="nnw-rate">
      <Slider label="Learning rate η" control={control} scale={RATES} />
      <Segmented
        label="Learning rate of"
        choices={[
          { name: "all", label: "all five" },
          { name: "one", label: name },
        ]}
        chosen={[alone.value ? "one" : "all"]}
        onChoose={(which) => {
          alone.value = which === "one";
        }}
      />
    </div>
  );
}

/** What the chosen optimizer has beside its learning rate. */
function Options({ descent }: { descent: Descent }) {
  const { store, chosen } = descent;
  const { controls, settings } = store;
  const betas = useMemo(
    () =>
      [0, 1].map((index) =>
        plainControl(
          computed(() => settings.betas.value[index] as number),
          (value: number) => {
            const both: DescentSettings["betas"] = [...settings.betas.peek()];
            both[index] = value;
            store.set({ betas: both });
          },
        ),
      ),
    [],
  ) as [Control<number>, Control<number>];
  if (chosen === "rmsprop")
    return <Slider label="Memory α" control={controls.alpha} scale={share(0.999, 3)} />;
  if (chosen === "adam")
    return (
      <div class="nnw-descent-betas">
        <Slider label="β₁" control={betas[0]} scale={share(0.99, 2)} />
        <Slider label="β₂" control={betas[1]} scale={share(0.999, 3)} />
      </div>
    );
  // SGD has none; the place is kept, and says of whom it is.
  return (
    <Slider
      label="Momentum μ"
      control={controls.momentum}
      scale={share(0.99, 2)}
      disabled={chosen === "sgd"}
    />
  );
}
