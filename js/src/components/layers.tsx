// What stands over and under each layer: its name, its activation, its number of neurons.
import type { ComponentChildren } from "preact";
import type { LayerTrait } from "../generated/protocol";
import { partOf } from "../model/controls";
import { Select } from "./fields";
import { px } from "./geometry";
import { NeuronsStepper } from "./hidden-steppers";
import { usePlanar } from "./planar";
import { controlShown } from "./shown";
import type { Layout } from "./tiles";

/** Below this distance between layers there is no room for a stepper, or for a word, under and over each. */
const STEPPER_WIDTH = 70;
/** What "H8" and "Output" need side by side. */
const SHORT_WIDTH = 32;
export const isTight = ({ pitch }: Layout) => pitch < STEPPER_WIDTH;

interface HeadProps {
  name: string;
  /** What is written, where the name has no room. */
  word?: string;
  x: number;
  children?: ComponentChildren;
}

export function Head({ name, word = name, x, children }: HeadProps) {
  return (
    <div class="nnw-layer" style={{ left: px(x), top: "0" }}>
      <div class="nnw-layer-name" title={name}>
        {word}
      </div>
      {children}
    </div>
  );
}

interface HeadsProps {
  layers: readonly LayerTrait[];
  layout: Layout;
  editable: boolean;
}

/** What stands over all layers but the input. */
export function LayerHeads({ layers, layout, editable }: HeadsProps) {
  const { store } = usePlanar();
  const { activations } = store.traits._choices.value;
  const tight = isTight(layout);
  const last = layers.length - 1;
  // The softmax of several outputs is part of the loss, but of what is drawn, too.
  const isSoftmax = store.scene.value.network.output === "logits";
  return (
    <>
      {layers.map(({ name, activation }, layer) => {
        const hidden = layer < last;
        const x = layout.heads[layer + 1] ?? 0;
        const next = layout.heads[layer + 2] ?? Number.POSITIVE_INFINITY;
        // Where not even "H8" has room beside "Output", it is left out.
        const short = next - x < SHORT_WIDTH && layer === last - 1 ? "" : `H${layer + 1}`;
        return (
          <Head key={name} name={name} x={x} {...(tight && hidden ? { word: short } : {})}>
            {hidden && editable && !(tight && layer) && controlShown(store, "activation") ? (
              <Select
                quiet
                label={tight ? "Activation of all hidden layers" : `Activation of ${name}`}
                control={partOf(store.controls.activation, tight ? null : layer, last)}
                choices={activations}
                disabled={!store.enabled.value}
              />
            ) : (
              <div class="nnw-layer-act">
                {tight && hidden ? "" : !hidden && isSoftmax ? "softmax" : activation}
              </div>
            )}
          </Head>
        );
      })}
    </>
  );
}

export function LayerSteppers({ layout, top }: { layout: Layout; top: number }) {
  const { store } = usePlanar();
  const { limits } = store.traits._choices.value;
  const control = store.controls.hidden_layers;
  const sizes = control.value.value;
  const disabled = !store.enabled.value;
  const tight = isTight(layout);
  return (
    <>
      {sizes.slice(0, layout.heads.length - 2).map((units, layer) => {
        const name = `Hidden ${layer + 1}`;
        return (
          <div key={name} class="nnw-layer" style={{ left: px(layout.heads[layer + 1] ?? 0), top: px(top) }}>
            {tight ? (
              <CountSelect
                label={`Neurons in ${name}`}
                value={units}
                range={limits.neurons}
                disabled={disabled}
                onChange={(count) => control.set(sizes.with(layer, count))}
              />
            ) : (
              <NeuronsStepper control={control} range={limits.neurons} layer={layer} disabled={disabled} />
            )}
          </div>
        );
      })}
    </>
  );
}

interface CountProps {
  label: string;
  value: number;
  range: readonly [low: number, high: number];
  disabled: boolean;
  onChange(value: number): void;
}

function CountSelect({ label, value, range: [low, high], disabled, onChange }: CountProps) {
  const counts = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  return (
    <span class="nnw-select nnw-select--quiet nnw-select--count">
      <select
        aria-label={label}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      >
        {counts.map((count) => (
          <option key={count} value={count}>
            {count}
          </option>
        ))}
      </select>
    </span>
  );
}
