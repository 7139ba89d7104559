// What the network is, what goes through it, and what it should be: the settings of which a pass is made.
import { computed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ACTIVATIONS } from "../../concepts/functions";
import type { BackpropSettings } from "../../generated/protocol";
import { type Control, plainControl } from "../../model/controls";
import { Button } from "../button";
import { Named } from "../explorer/named";
import { Presets } from "../explorer/presets";
import { NumberField, SeedField, Select, Stepper } from "../fields";
import { LayersStepper, NeuronsStepper } from "../hidden-steppers";
import { Icon } from "../icon";
import type { Pass } from "./pass";
import { type Backprop, DEEPEST, MOST_SAMPLES, WIDEST } from "./state";

const FUNCTIONS = Object.entries(ACTIVATIONS).map(([name, { label }]) => ({ name, label }));
const LOSSES = [
  { name: "bce", label: "Cross-entropy of a sigmoid" },
  { name: "bce_with_logits", label: "Cross-entropy of logits" },
  { name: "mse", label: "Squared error" },
  { name: "cross_entropy", label: "Cross-entropy of classes" },
];
/** What a first hidden layer has. */
const FIRST = 2;
/** What a feature that is added is, until it is changed. */
const NEW_FEATURE = 0.5;

/** Settings that are the same for every pass of a preset. */
const LOOKED_AT = ["detail", "step", "sample", "epsilon", "precision", "weights"];

export function Controls({ found }: { found: Backprop }) {
  const { settings, pass } = found;
  const owner = pass?.owner ?? "settings";
  const open = useSignal(false);
  if (owner === "trainer") return null;
  return (
    <>
      {owner === "settings" ? (
        <div class="nnw-bp-presets nnw-labelled">
          <span>Presets</span>
          <Presets asks holds={(name) => holds(found, name)} />
        </div>
      ) : null}
      <details
        class="nnw-bp-fold"
        open={open.value}
        onToggle={(event) => {
          open.value = event.currentTarget.open;
        }}
      >
        <summary>
          <Icon name="right" />
          <b>{owner === "settings" ? "Network and samples" : "Samples"}</b>
          <span>{summaryOf(settings, pass)}</span>
        </summary>
        {open.value ? (
          <>
            {owner === "settings" ? <Network found={found} /> : null}
            <Samples found={found} />
          </>
        ) : null}
      </details>
    </>
  );
}

function holds({ store, settings }: Backprop, name: string): boolean {
  const wanted = store.about.presets.find((preset) => preset.name === name)?.settings ?? {};
  return Object.entries(wanted).every(
    ([key, value]) =>
      LOOKED_AT.includes(key) ||
      JSON.stringify(value) === JSON.stringify(settings[key as keyof BackpropSettings]),
  );
}

function summaryOf(
  { hidden_layers, n_outputs, inputs, activation }: BackpropSettings,
  pass: Pass | null,
): string {
  const samples = inputs.length === 1 ? "one sample" : `${inputs.length} samples`;
  if (pass?.owner === "module") return samples;
  const sizes = [inputs[0]?.length ?? 0, ...hidden_layers, n_outputs].join(" – ");
  return `${sizes}, ${ACTIVATIONS[activation]?.label ?? activation}, ${samples}`;
}

/** A control of a part of the settings; another network or other samples are walked through from the start. */
function useShape<T>(
  { store }: Backprop,
  read: (settings: Backprop["store"]["settings"]) => T,
  change: (value: T) => Partial<BackpropSettings>,
): Control<T> {
  return useMemo(
    () =>
      plainControl(
        computed(() => read(store.settings)),
        (value) => store.set({ ...change(value), step: 1 }),
      ),
    [store],
  );
}

function Network({ found }: { found: Backprop }) {
  const { store, settings, there } = found;
  const { hidden_layers: hidden, inputs, n_outputs: outputs, loss_fn } = settings;
  const layers = useShape<readonly number[]>(
    found,
    ({ hidden_layers }) => hidden_layers.value,
    (sizes) => ({ hidden_layers: [...sizes] }),
  );
  const loss = useShape(
    found,
    (now) => now.loss_fn.value,
    // Of one class there is nothing to be said.
    (name) => ({
      loss_fn: name,
      ...(name === "cross_entropy" ? { n_outputs: Math.max(2, store.settings.n_outputs.peek()) } : {}),
    }),
  );
  const activation = useShape(
    found,
    (now) => now.activation.value,
    (name) => ({ activation: name }),
  );
  const seed = useShape(
    found,
    (now) => now.seed.value,
    (value) => ({ seed: value, weights: [] }),
  );
  const features = inputs[0]?.length ?? 1;
  const off = !there;
  return (
    <div class="nnw-bp-controls">
      <Stepper
        value={features}
        range={[1, WIDEST]}
        less="Remove a feature"
        more="Add a feature"
        disabled={off}
        onStep={(by) =>
          store.set({
            inputs: inputs.map((row) => (by > 0 ? [...row, NEW_FEATURE] : row.slice(0, -1))),
            step: 1,
          })
        }
      >
        <span class="nnw-step-name">Features</span>
      </Stepper>
      <LayersStepper control={layers} range={[0, DEEPEST]} first={FIRST} disabled={off}>
        <span class="nnw-step-name">Hidden layers</span>
      </LayersStepper>
      {hidden.length ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
        <div class="nnw-bp-neurons" role="group" aria-label="Neurons">
          <span class="nnw-step-name">Neurons</span>
          {hidden.map((_, layer) => (
            <NeuronsStepper key={layer} control={layers} range={[1, WIDEST]} layer={layer} disabled={off} />
          ))}
        </div>
      ) : null}
      <Stepper
        value={outputs}
        range={[loss_fn === "cross_entropy" ? 2 : 1, WIDEST]}
        less="Remove an output"
        more="Add an output"
        disabled={off}
        onStep={(by) => store.set({ n_outputs: outputs + by, step: 1 })}
      >
        <span class="nnw-step-name">Outputs</span>
      </Stepper>
      <Named class="nnw-bp-named" label="Activation">
        {(id) => (
          <Select id={id} label="Activation" control={activation} choices={FUNCTIONS} disabled={off} />
        )}
      </Named>
      <Named class="nnw-bp-named" label="Loss">
        {(id) => <Select id={id} label="Loss" control={loss} choices={LOSSES} disabled={off} />}
      </Named>
      <Named class="nnw-bp-named" label="Weights drawn from seed">
        {() => <SeedField label="Seed" dice="Draw other weights" control={seed} disabled={off} />}
      </Named>
    </div>
  );
}

/** The samples, one in a row, with what the network should make of each. */
function Samples({ found }: { found: Backprop }) {
  const { store, settings, there, pass } = found;
  const { inputs, targets, sample } = settings;
  const features = inputs[0]?.length ?? 0;
  const outputs = targets[0]?.length ?? 0;
  const looked = Math.min(sample, inputs.length) - 1;
  const off = !there;
  const isClass = settings.loss_fn === "cross_entropy" && pass?.target_kind !== "value";
  return (
    <div class="nnw-bp-samples">
      <Stepper
        value={inputs.length}
        range={[1, MOST_SAMPLES]}
        less="Remove a sample"
        more="Add a sample"
        disabled={off}
        onStep={(by) =>
          store.set(
            by > 0
              ? {
                  inputs: [...inputs, opposite(inputs)],
                  targets: [...targets, otherTarget(settings)],
                  sample: inputs.length + 1,
                }
              : {
                  inputs: inputs.slice(0, -1),
                  targets: targets.slice(0, -1),
                  sample: Math.min(sample, inputs.length - 1),
                },
          )
        }
      >
        <span class="nnw-step-name">Samples</span>
      </Stepper>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="nnw-bp-table" tabIndex={0} aria-label="Samples, table">
        <table class="nnw-rows">
          <thead>
            <tr>
              <th scope="col">sample</th>
              {Array.from({ length: features }, (_, at) => (
                <th key={at} scope="col">
                  <var>x</var>
                  <sub>{at + 1}</sub>
                </th>
              ))}
              {Array.from({ length: outputs }, (_, at) => (
                <th key={at} scope="col">
                  {isClass ? "class" : "target "}
                  {isClass ? null : <var>y</var>}
                  {outputs > 1 ? <sub>{at + 1}</sub> : null}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {inputs.map((_, row) => (
              <tr key={row} data-now={row === looked || undefined}>
                <th scope="row">
                  <Button
                    kind="text"
                    aria-pressed={row === looked}
                    aria-label={`Look at sample ${row + 1}`}
                    onClick={() => store.set({ sample: row + 1 })}
                  >
                    {row + 1}
                  </Button>
                </th>
                {Array.from({ length: features }, (_, at) => (
                  <Cell
                    key={at}
                    found={found}
                    name="inputs"
                    row={row}
                    at={at}
                    label={`x ${at + 1} of sample ${row + 1}`}
                    off={off}
                  />
                ))}
                {Array.from({ length: outputs }, (_, at) => (
                  <Cell
                    key={at}
                    found={found}
                    name="targets"
                    row={row}
                    at={at}
                    label={`${isClass ? "class" : `y ${at + 1}`} of sample ${row + 1}`}
                    off={off}
                    whole={isClass}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

/** A sample that tells something else than the last one. */
const opposite = (inputs: readonly (readonly number[])[]) => (inputs.at(-1) ?? []).map((value) => -value);

function otherTarget({ targets, loss_fn, n_outputs }: BackpropSettings): number[] {
  const last = targets.at(-1) ?? [];
  if (loss_fn === "cross_entropy") return last.map((value) => (value + 1) % Math.max(1, n_outputs));
  return last.map((value) => (loss_fn === "mse" ? -value : 1 - value));
}

interface CellProps {
  found: Backprop;
  name: "inputs" | "targets";
  row: number;
  at: number;
  label: string;
  off: boolean;
  whole?: boolean;
}

function Cell({ found: { store }, name, row, at, label, off, whole = false }: CellProps) {
  const control = useMemo(
    () =>
      plainControl(
        computed(() => store.settings[name].value[row]?.[at] ?? 0),
        (value) =>
          store.set({
            [name]: store.settings[name]
              .peek()
              .map((cells, index) => (index === row ? cells.with(at, value) : cells)),
          }),
      ),
    [store, name, row, at],
  );
  return (
    <td>
      <NumberField label={label} control={control} whole={whole} step={whole ? 1 : 0.1} disabled={off} />
    </td>
  );
}
