// What a neuron computes, with its numbers, which can be changed; and what all of them are together.
import type { JSX } from "preact";
import { fixed } from "../../draw/format";
import type { LayerTrait } from "../../generated/protocol";
import type { FunctionScene } from "../../model/function-store";
import { Button } from "../button";
import { call, EQ, fn, frac, op, PLUS, paren, row, signed, space, v } from "../explorer/math";
import { NumberField } from "../fields";
import { canEdit, useWeight } from "./by-hand";
import { outputWeights } from "./picture";
import { useFunctions } from "./view";

/** Of several inputs so many terms are written; the largest. */
const TERMS = 2;
const ABSENT =
  "The output of this network is no sum over neurons: it does not end in a linear layer after a hidden one.";

export function Readout() {
  const { store, unit, chosen } = useFunctions();
  const scene = store.scene.value;
  const index = unit.value;
  const { layers } = scene.network;
  const pieces = scene.frame?.pieces;
  const hidden = layers.at(-2);
  if (!pieces?.units || !hidden)
    return <div class="nnw-explain nnw-2nd nnw-s">{scene.frame ? ABSENT : ""}</div>;
  const deep = layers.length > 2;
  if (index === null || index >= pieces.units)
    return (
      <div class="nnw-explain">
        <Head name="Fit" said="the bias, and what each neuron adds" />
        <Formula>{all(scene, hidden, pieces.units, pieces.bias, deep)}</Formula>
        <p class="nnw-2nd nnw-s">Point at a neuron to see its part; press it to change it.</p>
      </div>
    );
  const place = pieces.places[index] ?? Number.NaN;
  const editing = chosen.value === index && canEdit(store);
  return (
    <div class="nnw-explain">
      <Head
        name={`Neuron ${index + 1}`}
        said={
          Number.isFinite(place) ? (
            <>
              its sum is 0 at <var>x</var> = <span data-n="place">{fixed(place, 2)}</span>
            </>
          ) : (
            "of the last hidden layer"
          )
        }
      />
      <Formula>
        {row(
          signed(outputWeights(scene)[index] ?? 0, 2, { first: true, n: "v" }),
          space(2),
          apply(hidden.activation, inside(scene, index, hidden, deep)),
        )}
      </Formula>
      {editing ? (
        <Fields index={index} layer={layers.length - 2} deep={deep} key={index} />
      ) : (
        <p class="nnw-2nd nnw-s">
          Shaded on the plot: what it adds to the fit{chosen.value === index ? "" : ". Press to change it."}
        </p>
      )}
    </div>
  );
}

const Head = ({ name, said }: { name: string; said: JSX.Element | string }) => (
  <div class="nnw-explain-head">
    <b>{name}</b> <span class="nnw-2nd">{said}</span>
  </div>
);

const Formula = ({ children }: { children: JSX.Element }) => (
  <div class="nnw-explain-line">
    <math>
      <mrow>{children}</mrow>
    </math>
  </div>
);

/** Applies an activation; the identity has no name. */
const apply = (activation: string, within: JSX.Element) =>
  activation === "linear" || activation === "none" ? paren(within) : call(fn(activation), within);

/** x as the network gets it. */
function input({ data }: FunctionScene): JSX.Element {
  if (!data.standardised) return v("x");
  const [mean, deviation] = data.standardised;
  const middle = fixed(mean, 2);
  const shifted = /[1-9]/.test(middle)
    ? row(v("x"), op(mean < 0 ? "+" : "−"), <mn>{fixed(Math.abs(mean), 2)}</mn>)
    : v("x");
  return frac(shifted, <mn>{fixed(deviation, 2)}</mn>);
}

function all(
  scene: FunctionScene,
  hidden: LayerTrait,
  count: number,
  bias: number,
  deep: boolean,
): JSX.Element {
  const linear = deep ? row(v("w"), op("·"), v("h")) : row(indexed("w"), space(2), input(scene));
  return row(
    v("y"),
    EQ,
    signed(bias, 2, { first: true, n: "bias-sum" }),
    PLUS,
    <munderover>
      <mo>∑</mo>
      <mrow>
        <mi>i</mi>
        <mo>=</mo>
        <mn>1</mn>
      </mrow>
      <mn>{count}</mn>
    </munderover>,
    indexed("v"),
    space(2),
    apply(hidden.activation, row(linear, PLUS, indexed("b"))),
  );
}

const indexed = (name: string) => (
  <msub>
    <mi>{name}</mi>
    <mi>i</mi>
  </msub>
);

/** w x + b with its numbers; of several inputs the largest terms, in their order. */
function inside(
  scene: FunctionScene,
  index: number,
  { weight, bias }: LayerTrait,
  deep: boolean,
): JSX.Element {
  const parameters = scene.frame?.parameters ?? new Float32Array();
  const [offset, , columns] = weight;
  const weights = parameters.subarray(offset + index * columns, offset + (index + 1) * columns);
  const size = (column: number) => Math.abs(weights[column] as number);
  const kept = [...weights.keys()]
    .sort((one, other) => size(other) - size(one))
    .slice(0, TERMS)
    .sort((one, other) => one - other);
  const terms: JSX.Element[] = [];
  const add = (value: number, name: JSX.Element | null, n: string) => {
    if (terms.length) terms.push(op(value < 0 ? "−" : "+"));
    const text = fixed(terms.length ? Math.abs(value) : value, 2);
    terms.push(
      <mn class={value < 0 ? "nnw-neg" : "nnw-pos"} data-n={n} data-sign={value < 0 ? "−" : "+"}>
        {text}
      </mn>,
    );
    if (name) terms.push(space(2), name);
  };
  for (const column of kept)
    add(weights[column] as number, deep ? v("h", column + 1) : input(scene), deep ? `w${column + 1}` : "w");
  if (kept.length < columns) terms.push(op("+"), op("…"));
  if (bias) add(parameters[bias[0] + index] as number, null, "b");
  return row(...terms);
}

const STEP = 0.1;

/** The numbers of a neuron as fields; of one with several inputs only those that all have. */
function Fields({ index, layer, deep }: { index: number; layer: number; deep: boolean }) {
  const { store } = useFunctions();
  const weight = useWeight(layer, index, 0);
  const bias = useWeight(layer, index, null);
  const output = useWeight(layer + 1, 0, index);
  const field = (name: string, label: string, control: typeof weight) => (
    <span class="nnw-explain-field">
      <var>{name}</var>
      <NumberField label={label} control={control} step={STEP} />
    </span>
  );
  return (
    <div class="nnw-explain-fields">
      {deep ? null : field("w", `Weight of neuron ${index + 1}`, weight)}
      {field("b", `Bias of neuron ${index + 1}`, bias)}
      {field("v", `Output weight of neuron ${index + 1}`, output)}
      <Button
        class="nnw-act nnw-end"
        icon="undo"
        label="Undo change"
        disabled={!store.traits._edits.value.can_undo}
        onClick={() => store.edit({ type: "undo_edit" })}
      />
    </div>
  );
}
