// The table beside the formulas of one step: the samples of the batch, or the parameters of the neuron in question.
import { significant } from "../draw/format";
import { labelParts } from "../draw/formula";
import { brief } from "../draw/walk";
import type { LayerTrait, TensorSizes } from "../generated/protocol";
import { className, placeIn } from "./names";
import { Parts } from "./parts";
import { usePlanar } from "./planar";
import { outputName, type StepContext } from "./step-formulas";
import { gradientAt, parameterAt } from "./walk";

const UNKNOWN = "·";

export function StepNumbers(context: StepContext) {
  const { stop } = context.walk;
  if (stop.phase === "Loss" || (stop.phase === "Forward" && stop.layer < 0)) return <Batch {...context} />;
  return context.layers.length ? <Neuron {...context} /> : <Tensors {...context} />;
}

const MOST_COLUMNS = 3;

function Batch({ walk, layers, inputs }: StepContext) {
  const { store } = usePlanar();
  const { trace, row, stop } = walk;
  const { class_names } = store.scene.value.data;
  const count = layers.length ? Math.min(MOST_COLUMNS, inputs.length) : 0;
  const outputs = layers.at(-1)?.units ?? 0;
  const judged = stop.phase === "Loss";
  const width = layers.reduce((sum, { units }) => sum + units, 0);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">sample</th>
          {inputs.slice(0, count).map((label) => (
            <th key={label} scope="col">
              <Parts parts={labelParts(label)} />
            </th>
          ))}
          <th scope="col">target</th>
          {outputs === 1 ? <th scope="col">output</th> : null}
          <th scope="col">loss</th>
        </tr>
      </thead>
      <tbody>
        {[...trace.part("losses")].map((loss, sample) => {
          const y = trace.part("targets")[sample] ?? 0;
          return (
            <tr key={sample} data-on={row === sample + 1 || undefined}>
              <th scope="row">{sample + 1}</th>
              {inputs.slice(0, count).map((label, input) => (
                <Cell key={label} value={trace.part("x")[(sample + 1) * inputs.length + input]} digits={2} />
              ))}
              <td>{class_names.length ? className(class_names[y] ?? "") : brief(y, 2)}</td>
              {outputs === 1 ? (
                <td>{judged ? brief(trace.part("h")[(sample + 2) * width - 1] ?? null, 3) : UNKNOWN}</td>
              ) : null}
              <td>{judged ? brief(loss, 3) : UNKNOWN}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The parameters of the neuron in question; what is not known yet keeps its place. */
function Neuron({ walk, layers, inputs }: StepContext) {
  const { trace, stop, unit } = walk;
  const own = layers[unit[0]] as LayerTrait;
  const back = stop.phase === "Backward" || stop.phase === "Update";
  const rows = [...Array(own.weight[2]).keys(), ...(own.bias ? [null] : [])];
  const source = (input: number) =>
    unit[0] ? outputName(layers, [unit[0] - 1, input]).replaceAll("*", "") : inputs[input];
  return (
    <table class="nnw-fixed">
      <thead>
        <tr>
          {["parameter", "value", "gradient", "updated"].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((input) => {
          const at = (name: "before" | "after") => parameterAt(trace, name, own, unit[1], input);
          return (
            <tr key={input} data-place={placeIn(own, unit[1], input)}>
              <th scope="row" title={input === null ? "bias" : `weight of ${source(input)}`}>
                <var>{input === null ? "b" : "w"}</var>
                {input === null ? null : <sub>{input + 1}</sub>}
              </th>
              <Cell value={at("before")} digits={4} />
              <Cell value={back ? gradientAt(walk, layers, unit, input) : undefined} digits={4} />
              <Cell value={stop.phase === "Update" ? at("after") : undefined} digits={4} />
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const SIZES = ["value", "gradient", "change"] as const;

/** What is known of a network that is no chain of layers. */
function Tensors({ walk: { trace, stop } }: StepContext) {
  const known = { Forward: 1, Loss: 1, Backward: 2, Update: 3 }[stop.phase];
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">parameter</th>
          <th scope="col">shape</th>
          {SIZES.map((title) => (
            <th key={title} scope="col" title="Euclidean norm">
              ‖{title}‖
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {trace.tensors.map((tensor: TensorSizes) => (
          <tr key={tensor.name}>
            <th scope="row">{tensor.name}</th>
            <td>{tensor.shape.join(" × ")}</td>
            {SIZES.map((name, column) => (
              <td key={name}>{column < known ? significant(tensor[name], 3) : UNKNOWN}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ value, digits }: { value: number | undefined; digits: number }) {
  const known = value !== undefined && !Number.isNaN(value);
  return (
    <td class={known ? (value < 0 ? "nnw-neg" : "nnw-pos") : ""}>{known ? brief(value, digits) : UNKNOWN}</td>
  );
}
