// One neuron: the way through it, the plane that it divides, and the gates that it can be.

import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { fixed } from "../../draw/format";
import type { Control } from "../../model/controls";
import {
  call,
  EQ,
  Formula,
  Formulas,
  fn,
  op,
  PLUS,
  paren,
  plain,
  row,
  signed,
  TIMES,
  v,
  word,
} from "../explorer/math";
import { Sheet, TryThis } from "../explorer/sheet";
import { Segmented, Slider } from "../fields";
import { linearScale } from "../scales";
import { Gate } from "./gate";
import { Plane } from "./plane";
import { Stage } from "./stage";
import { gateName, inputDigits, type Neuron, useNeuron } from "./state";

const ACTIVATIONS = [
  { name: "step", label: "step" },
  { name: "sigmoid", label: "sigmoid" },
  { name: "tanh", label: "tanh" },
  { name: "relu", label: "ReLU" },
];
const FORMS = [
  { name: "modern", label: "bias" },
  { name: "mcculloch_pitts", label: "threshold, 1943" },
];

export function NeuronApp() {
  const neuron = useNeuron();
  return (
    <Sheet
      title="One neuron"
      fact={
        neuron.isThreshold
          ? "McCulloch and Pitts, 1943: it fires above its threshold"
          : "weighted sum, bias, activation"
      }
      class="nnw-neuron"
    >
      <div class="nnw-neuron-grid">
        <section aria-label="Neuron" class="nnw-neuron-stage">
          <Stage neuron={neuron} />
        </section>
        <section aria-label="Plane" class="nnw-neuron-plane">
          <Plane neuron={neuron} />
        </section>
        <section aria-label="Controls" class="nnw-neuron-controls">
          <Controls neuron={neuron} />
          <NeuronFormulas neuron={neuron} />
        </section>
        <Gate neuron={neuron} />
      </div>
      <Try neuron={neuron} />
    </Sheet>
  );
}

function Controls({ neuron }: { neuron: Neuron }) {
  const { store, isThreshold, digits } = neuron;
  const { weights, bias } = store.controls;
  const [first, second, threshold] = useMemo(() => [partOf(weights, 0), partOf(weights, 1), minus(bias)], []);
  const scale = linearScale([-2, 2], 0.1, (value) => fixed(value, digits));
  const sign = (value: number) => (value < 0 ? "is-negative" : "is-positive");
  return (
    <>
      <div class="nnw-controls">
        <Slider label="Weight w₁" control={first} scale={scale} class={sign(neuron.weights[0])} />
        <Slider label="Weight w₂" control={second} scale={scale} class={sign(neuron.weights[1])} />
        {isThreshold ? (
          <Slider label="Threshold θ" control={threshold} scale={scale} />
        ) : (
          <Slider label="Bias b" control={bias} scale={scale} class={sign(neuron.bias)} />
        )}
      </div>
      <div class="nnw-controls">
        <span class="nnw-labelled">
          <span>Form</span>
          <Segmented
            label="Form"
            choices={FORMS}
            chosen={[neuron.form]}
            onChoose={(form) => store.set({ form })}
          />
        </span>
        <span class="nnw-labelled">
          <span>Activation</span>
          <Segmented
            label="Activation"
            choices={ACTIVATIONS}
            chosen={[neuron.activation]}
            disabled={isThreshold}
            onChoose={(activation) => store.set({ activation })}
          />
        </span>
      </div>
    </>
  );
}

/** One of two numbers that are one setting. */
const partOf = (control: Control<[number, number]>, index: 0 | 1): Control<number> => ({
  ...control,
  value: computed(() => control.value.value[index]),
  set: (value) => control.set(control.value.peek().with(index, value) as [number, number]),
});
/** Minus a number, which has no sign if it is 0. */
const minus = (control: Control<number>): Control<number> => ({
  ...control,
  value: computed(() => 0 - control.value.value),
  set: (value) => control.set(0 - value),
});

const APPLIED: Partial<Record<string, string>> = { sigmoid: "σ", relu: "ReLU" };

function NeuronFormulas({ neuron }: { neuron: Neuron }) {
  const { weights, bias, seen, symbol, isThreshold, digits, sumDigits, z, y, sum, activation, outputDigits } =
    neuron;
  const product = (index: 0 | 1) => (
    <>
      {v("w", index + 1)}
      {v(symbol, index + 1)}
    </>
  );
  const input = (value: number) => plain(value, inputDigits(value));
  const numbers = (index: 0 | 1, first: boolean) => (
    <>
      {signed(weights[index], digits, { first })}
      {TIMES}
      {seen[index] < 0 ? paren(input(seen[index])) : input(seen[index])}
    </>
  );
  const name = fn(APPLIED[activation] ?? activation);
  const result =
    activation === "step"
      ? plain(y, 0, { n: "output", result: true })
      : signed(y, outputDigits, { n: "output", result: true, first: true });
  return (
    <Formulas>
      <Formula
        name="sum"
        parts={[
          <>
            {v(isThreshold ? "s" : "z")}
            {EQ}
            {product(0)}
            {PLUS}
            {product(1)}
            {isThreshold ? null : (
              <>
                {PLUS}
                {v("b")}
              </>
            )}
          </>,
          <>
            {EQ}
            {numbers(0, true)}
            {PLUS}
            {numbers(1, false)}
            {isThreshold ? null : (
              <>
                {PLUS}
                {signed(bias, digits)}
              </>
            )}
            {EQ}
            {plain(isThreshold ? sum : z, sumDigits, { n: "sum", result: true })}
          </>,
        ]}
      />
      <Formula
        name="output"
        parts={
          isThreshold
            ? [
                <>
                  {v("y")}
                  {EQ}
                  {result}
                  {word(",\u00a0because\u00a0")}
                  {plain(sum, sumDigits, { n: "sum" })}
                  {op(z > 0 ? ">" : "≤")}
                  {v("θ")}
                  {EQ}
                  {plain(0 - bias, digits, { n: "threshold" })}
                </>,
              ]
            : [
                <>
                  {v("y")}
                  {EQ}
                  {call(name, v("z"))}
                </>,
                <>
                  {EQ}
                  {name}
                  {paren(plain(z, sumDigits, { n: "sum" }))}
                  {EQ}
                  {result}
                </>,
              ]
        }
      />
      {neuron.gate === "XOR" && !neuron.layered ? (
        <Formula name="why not" parts={WHY} />
      ) : (
        <Formula name="" parts={[]} />
      )}
    </Formulas>
  );
}

const [W1, W2, B] = [v("w", 1), v("w", 2), v("b")];
const also = (first: JSX.Element, second: JSX.Element, sign: string) => (
  <>
    {first}
    {op(sign)}
    <mn>0</mn>
    {word("\u00a0and\u00a0")}
    {second}
    {op(sign)}
    <mn>0</mn>
    {word("\u00a0give\u00a0")}
    {row(W1, PLUS, W2, PLUS, <mn>2</mn>, B)}
    {op(sign)}
    <mn>0</mn>
  </>
);
/** Rows 0 1 and 1 0 add up to the opposite of what rows 0 0 and 1 1 add up to. */
const WHY = [also(row(W1, PLUS, B), row(W2, PLUS, B), ">"), also(B, row(W1, PLUS, W2, PLUS, B), "≤")];

function Try({ neuron }: { neuron: Neuron }) {
  const { store, gate, right, layered, weights, bias } = neuron;
  const lead = (
    <>
      <span data-n="right">{right}</span> of 4 right{right < 4 || gate === "XOR" ? ":" : "."}
    </>
  );
  const preset = (name: string) => store.about.presets.find((each) => each.name === name)?.settings ?? {};
  const and = { weights: [1, 1] as [number, number], bias: -1.5 };
  if (layered && right === 4)
    return (
      <TryThis
        lead={lead}
        action={{ label: "Without the hidden layer", press: () => store.set({ hidden_layer: false }) }}
      >
        two hidden neurons moved the points, so that one line is enough{gate === "XOR" ? " for XOR" : ""}.
      </TryThis>
    );
  if (layered)
    return (
      <TryThis lead={lead} action={{ label: "Set AND of both", press: () => store.set(and) }}>
        the neuron now gets OR and NAND of the inputs. Which line separates the points where they are?
      </TryThis>
    );
  if (gate === "XOR")
    return (
      <TryThis
        lead={lead}
        action={{
          label: "Add a hidden layer",
          press: () => store.set({ hidden_layer: true, ...and, form: "modern", activation: "step" }),
        }}
      >
        no straight line separates XOR. Move the sliders: it is never better than 3 of 4.
      </TryThis>
    );
  if (right < 4)
    return (
      <TryThis lead={lead} action={{ label: `Set ${gateName(gate)}`, press: () => store.set(preset(gate)) }}>
        move the line, until every point lies on its own colour.
      </TryThis>
    );
  const flipped = { NAND: ": NAND becomes AND", AND: ": AND becomes NAND" }[gate] ?? "";
  return (
    <TryThis lead={lead} action={{ label: "Show XOR", press: () => store.set(preset("XOR")) }}>
      Try this: flip all {bias ? "three" : weights.every(Boolean) ? "two" : ""} signs. The line stays, its
      sides swap{flipped}. Then try XOR.
    </TryThis>
  );
}
