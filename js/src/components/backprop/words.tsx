// What happens at a stop, in one sentence with its numbers.
import type { ComponentChildren, JSX } from "preact";
import { ACTIVATIONS } from "../../concepts/functions";
import type { StepTrait, SymbolTrait } from "../../generated/protocol";
import { signClass, three } from "../explorer/numbers";
import { type Factor, type Level, localOf, type Part, type Pass, sizeOf } from "./pass";
import type { Shown } from "./state";
import { InText } from "./symbols";
import {
  isUnsigned,
  localKey,
  localText,
  nodeName,
  parameterName,
  targetText,
  two,
  valueText,
} from "./texts";

export const PHASE_NAMES = {
  forward: "Forward",
  loss: "Loss",
  backward: "Backward",
  update: "Update",
} as const;

// biome-ignore format: one line reads better than twelve
const COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
const counted = (count: number) => COUNTS[count] ?? String(count);

/** The names and numbers of a pass, as a sentence has them. */
interface Voice {
  node(node: number): JSX.Element;
  parameter(parameter: number): JSX.Element;
  value(node: number): JSX.Element;
  weight(parameter: number): JSX.Element;
  gradient(node: number): JSX.Element;
  local(factor: Factor): JSX.Element;
}

const number = (value: number, text: string, key: string, unsigned = false) => (
  <span class={unsigned ? undefined : signClass(value)} data-n={key}>
    {text}
  </span>
);

function voiceOf(pass: Pass, sample: number): Voice {
  return {
    node: (node) => <InText symbol={pass.symbols[node] ?? NAMELESS} />,
    parameter: (parameter) => <InText symbol={pass.parameterSymbols[parameter] ?? NAMELESS} />,
    value(node) {
      const value = pass.value(sample, node);
      const key = `value.${nodeName(pass, node)}`;
      return number(value, valueText(pass, node, value), key, isUnsigned(pass, node));
    },
    weight(parameter) {
      const value = pass.weight(parameter);
      return number(value, two(value), `weight.${parameterName(pass, parameter)}`);
    },
    gradient(node) {
      const value = pass.gradient(sample, node);
      return number(value, three(value), `reaches.${nodeName(pass, node)}`);
    },
    local(factor) {
      const value = localOf(pass, sample, factor);
      return number(value, localText(pass, factor, value), localKey(pass, factor));
    },
  };
}

const NAMELESS = { base: "", index: "", layer: "", text: "" };

/** "x₁ and x₂", or how many there are. */
function named(items: readonly JSX.Element[], what: string): JSX.Element {
  if (items.length > 3) return <>{`${counted(items.length)} ${what}`}</>;
  return <>{items.map((item, at) => [at ? (at === items.length - 1 ? " and " : ", ") : "", item])}</>;
}

/** What is said of a function: "tanh", "the sigmoid". */
const functionName = (pass: Pass, group: number) => {
  const { function: name = "", label = "" } = pass.groups[group] ?? {};
  return name === "sigmoid" ? "the sigmoid" : (ACTIVATIONS[name]?.label ?? label ?? name);
};

export function sentenceOf(shown: Shown): ComponentChildren {
  const { pass, step, level, sample } = shown;
  const voice = voiceOf(pass, sample);
  if (step.phase === "update") return updateWords(shown, voice);
  if (step.kind === "part") return partWords(shown, voice);
  if (level === "layer") return layerWords(shown, voice);
  if (step.phase === "backward")
    return step.kind === "parameter"
      ? parameterWords(shown, voice, step.index)
      : gradientWords(shown, voice, step.index);
  return step.phase === "loss" ? lossWords(shown, voice) : valueWords(shown, voice, step.index);
}

// --- forward ---

function valueWords({ pass }: Shown, voice: Voice, node: number): ComponentChildren {
  const group = pass.groupOf(node);
  const sources = pass.into(node);
  if (pass.groups[group]?.kind === "linear") {
    const bias = pass.usesIn(node).find(({ from }) => from < 0);
    const inputs = named(
      sources.map(({ from }) => voice.node(from)),
      "inputs",
    );
    return (
      <>
        {voice.node(node)} is the weighted sum of {inputs}
        {bias ? <>, plus the bias {voice.parameter(bias.parameter)}</> : null}: {voice.value(node)}
      </>
    );
  }
  const source = sources[0]?.from;
  return (
    <>
      {voice.node(node)} is {functionName(pass, group)} of{" "}
      {sources.length === 1 && source !== undefined ? (
        <>
          {voice.node(source)} = {voice.value(source)}
        </>
      ) : (
        named(
          sources.map(({ from }) => voice.node(from)),
          "values",
        )
      )}
      : {voice.value(node)}
    </>
  );
}

function lossWords({ pass, sample }: Shown, voice: Voice): ComponentChildren {
  const outputs = pass.into(pass.end);
  const targets = pass.target(sample);
  const one = outputs.length === 1 ? outputs[0]?.from : undefined;
  return (
    <>
      how wrong is the output?{" "}
      {one !== undefined ? (
        <>
          {voice.node(one)} is {voice.value(one)}, the target{" "}
        </>
      ) : (
        "the target "
      )}
      {pass.target_kind === "class" ? (
        <>is class {(targets[0] ?? 0) + 1}</>
      ) : (
        <>
          is {targets.slice(0, 4).map(targetText).join(", ")}
          {targets.length > 4 ? ", …" : ""}
        </>
      )}
      : {voice.node(pass.end)} = {voice.value(pass.end)}
    </>
  );
}

// --- backward ---

/** What reaches a node from where it goes. */
const reaching = (voice: Voice, node: number) => (
  <>
    what reaches {voice.node(node)}, {voice.gradient(node)},
  </>
);

function gradientWords({ pass }: Shown, voice: Voice, node: number): ComponentChildren {
  const ways = pass.outOf(node);
  if (ways.length > 1)
    return (
      <>
        {counted(ways.length)} paths meet at {voice.node(node)}: what comes back through{" "}
        {named(
          ways.map(({ to }) => voice.node(to)),
          "of them",
        )}{" "}
        is added up: {voice.gradient(node)}
      </>
    );
  const edge = ways[0];
  if (!edge) return <>how the loss moves when {voice.node(node)} moves</>;
  const { to, weight } = edge;
  const factor: Factor = { edge, use: null, to };
  const group = pass.groups[pass.groupOf(to)];
  if (to === pass.end)
    return (
      <>
        how the loss moves when {voice.node(node)} moves: {voice.gradient(node)}
      </>
    );
  if (weight >= 0)
    return (
      <>
        {reaching(voice, to)} goes back through the weight {voice.parameter(weight)}, {voice.weight(weight)}
      </>
    );
  if (group?.kind === "activation")
    return (
      <>
        {reaching(voice, to)} times the slope of {functionName(pass, pass.groupOf(to))} there,{" "}
        {voice.local(factor)}
      </>
    );
  return (
    <>
      {reaching(voice, to)} times the local derivative of {functionName(pass, pass.groupOf(to))},{" "}
      {voice.local(factor)}
    </>
  );
}

function parameterWords(shown: Shown, voice: Voice, parameter: number): ComponentChildren {
  const { pass } = shown;
  const batch = batchWords(shown, parameter);
  const uses = pass.usesOf(parameter);
  const use = uses[0];
  if (!use) return <>nothing depends on {voice.parameter(parameter)}</>;
  if (uses.length > 1)
    return (
      <>
        {voice.parameter(parameter)} works at {counted(uses.length)} places: what it gets at each is added up
        {batch}
      </>
    );
  const factor: Factor = { edge: null, use, to: use.to };
  const kind = pass.groups[pass.groupOf(use.to)]?.kind;
  if (use.from < 0 && kind === "linear")
    return (
      <>
        a bias is added: it gets what reaches {voice.node(use.to)}, {voice.gradient(use.to)}
        {batch}
      </>
    );
  if (use.from < 0)
    return (
      <>
        {reaching(voice, use.to)} times the local derivative {voice.local(factor)}
        {batch}
      </>
    );
  return (
    <>
      {reaching(voice, use.to)} times the input of this weight, {voice.node(use.from)} ={" "}
      {voice.value(use.from)}
      {batch}
    </>
  );
}

/** What becomes of it in a batch: only that is the gradient of the parameter. */
function batchWords({ pass }: Shown, parameter: number): ComponentChildren {
  if (pass.batch < 2) return null;
  const value = pass.weightGradient(parameter);
  return (
    <>
      ; {pass.averaged ? "the mean" : "the sum"} over {counted(pass.batch)} samples:{" "}
      {number(value, three(value), `batch.${parameterName(pass, parameter)}`)}
    </>
  );
}

// --- layers ---

function layerWords(shown: Shown, voice: Voice): ComponentChildren {
  const { pass, step } = shown;
  if (step.kind === "parameter") return tensorWords(shown, voice);
  const group = pass.groups[step.index];
  if (!group) return null;
  // A layer of one neuron is that neuron.
  const only = group.units === 1 ? group.start : -1;
  if (step.phase === "loss") return lossWords(shown, voice);
  if (step.phase === "backward") {
    if (only >= 0) return gradientWords(shown, voice, only);
    const following = pass.groups.filter(({ inputs }) => inputs.includes(step.index));
    const next = following[0];
    const name = <InText symbol={group.symbol} />;
    if (following.length > 1)
      return (
        <>
          paths meet at {name}: what comes back through{" "}
          {named(
            following.map(({ symbol }) => <InText key={symbol.text} symbol={symbol} />),
            "layers",
          )}{" "}
          is added up
        </>
      );
    if (!next || next.kind === "loss")
      return <>how the loss moves when {name} moves: one number for each unit</>;
    const reaches = (
      <>
        what reaches <InText symbol={next.symbol} />
      </>
    );
    if (next.kind === "linear")
      return (
        <>
          {reaches} goes back through all weights at once: by the matrix {weightsInto(pass, next.start)},
          transposed
        </>
      );
    return (
      <>
        {reaches} times the slope of {functionName(pass, pass.groupOf(next.start))} at each of the{" "}
        {group.units} units
      </>
    );
  }
  if (only >= 0) return valueWords(shown, voice, only);
  const inputs = named(
    group.inputs.map((at) => <InText key={at} symbol={pass.groups[at]?.symbol ?? NAMELESS} />),
    "inputs",
  );
  if (group.kind === "linear")
    return (
      <>
        {counted(group.units)} weighted sums at once: the matrix {weightsInto(pass, group.start)} times{" "}
        {inputs}
        {pass.usesIn(group.start).some(({ from }) => from < 0) ? ", plus the biases" : ""}
      </>
    );
  return (
    <>
      {functionName(pass, step.index)} of {inputs}, for each of the {group.units} units
    </>
  );
}

/** The matrix that leads into a node. */
function weightsInto(pass: Pass, node: number): ComponentChildren {
  const weight = pass.into(node).find((edge) => edge.weight >= 0)?.weight;
  const tensor = weight === undefined ? undefined : pass.tensors[pass.tensorOf(weight)];
  return tensor ? <InText symbol={tensor.symbol} /> : "of its weights";
}

function tensorWords({ pass, step }: Shown, voice: Voice): ComponentChildren {
  const tensor = pass.tensors[step.index];
  const use = tensor && pass.usesOf(tensor.start)[0];
  if (!tensor || !use) return null;
  const size = sizeOf(tensor.shape);
  const group = pass.groups[pass.groupOf(use.to)];
  const to = group && group.units > 1 ? <InText symbol={group.symbol} /> : voice.node(use.to);
  if (use.from < 0)
    return (
      <>
        {size > 1 ? "biases are added: they get" : "a bias is added: it gets"} what reaches {to}
      </>
    );
  const from = pass.groups[pass.groupOf(use.from)];
  return (
    <>
      what reaches {to} times what goes into these weights,{" "}
      {from ? <InText symbol={from.symbol} /> : voice.node(use.from)}: {counted(size)} products
    </>
  );
}

// --- single operations ---

/** Signs that stand between two numbers. */
const BETWEEN = ["+", "−", "×", "/", "·"];

export function operandText(pass: Pass, sample: number, part: Part, operand: number): string {
  const at = part.inputs[operand] as number;
  const kind = part.kinds[operand];
  if (kind === "part") return three(pass.partValue(sample, at));
  if (kind === "node") return valueText(pass, at, pass.value(sample, at));
  return kind === "parameter" ? two(pass.weight(at)) : targetText(part.numbers[operand] as number);
}

function partWords({ pass, step, sample }: Shown, voice: Voice): ComponentChildren {
  const part = pass.parts[step.index];
  if (!part) return null;
  const parts = pass.partsOf(part.node);
  const place = parts.findIndex(({ id }) => id === part.id) + 1;
  const value = three(pass.partValue(sample, part.id));
  const within = (
    <>
      inside {voice.node(part.node)}, operation {place} of {parts.length}:{" "}
    </>
  );
  const operands = part.inputs.map((_, at) => operandText(pass, sample, part, at));
  const bracketed = operands.map((text, at) => (at && text.startsWith("−") ? `(${text})` : text));
  const written =
    operands.length > 3
      ? `${operands.length} terms are added up`
      : operands.length > 1 && BETWEEN.includes(part.sign)
        ? bracketed.join(` ${part.sign} `)
        : part.sign === "1/x"
          ? `1 / ${operands[0]}`
          : `${part.sign}(${operands.join(", ")})`;
  if (step.phase !== "backward")
    return (
      <>
        {within}
        {written} = {number(pass.partValue(sample, part.id), value, `part.${part.id}`)}
      </>
    );
  const gradient = pass.partGradient(sample, part.id);
  return (
    <>
      {within}how the loss moves when {written} moves:{" "}
      {number(gradient, three(gradient), `part.gradient.${part.id}`)}
    </>
  );
}

// --- update ---

const OWNERS = { settings: "the network", module: "your module", trainer: "the trainer" } as const;

function updateWords({ pass, step }: Shown, voice: Voice): ComponentChildren {
  const count = countOf(pass);
  const later = `${OWNERS[pass.owner]} changes when the next pass begins`;
  if (step.kind === "all")
    return (
      <>
        {count === 1 ? "the one parameter moves" : `all ${counted(count)} parameters move at once`}
        {pass.rule === "sgd" ? ", each against its gradient" : `, as ${pass.rule} says`}, <var>η</var> ={" "}
        {targetText(pass.learning_rate)}; {later}
      </>
    );
  const [before, after] = [pass.loss, pass.loss_after];
  return (
    <>
      the same {pass.batch > 1 ? `${counted(pass.batch)} samples` : "sample"} again, with the new parameters:{" "}
      {before === null || after === null ? null : (
        <>
          {voice.node(pass.end)} goes from {three(before)} to {three(after)};{" "}
        </>
      )}
      {later}
    </>
  );
}

/** How many parameters an update moves. */
export const countOf = (pass: Pass): number =>
  pass.tensors.reduce((sum, { trainable, shape }) => sum + (trainable ? sizeOf(shape) : 0), 0);

/** How what a stop is about is written, where it is one quantity or one layer. */
export function symbolAt(pass: Pass, level: Level, step: StepTrait): SymbolTrait | undefined {
  if (step.kind === "again") return pass.symbols[pass.end];
  if (step.kind === "part") return pass.symbols[pass.parts[step.index]?.node ?? -1];
  if (step.kind === "all") return undefined;
  if (step.kind === "parameter")
    return level === "layer" ? pass.tensors[step.index]?.symbol : pass.parameterSymbols[step.index];
  return level === "layer" ? pass.groups[step.index]?.symbol : pass.symbols[step.index];
}

/** How a stop is called, to be read aloud. */
export function stopName({ step, pass }: Shown, name: string): string {
  const { phase, kind } = step;
  if (phase === "update") return kind === "all" ? "update: all parameters" : "update: the loss again";
  const part = kind === "part" ? pass.parts[step.index] : undefined;
  const what = part ? `${part.sign} inside ${name}` : name;
  return phase === "backward" ? `backward: the gradient of ${what}` : `${phase}: ${what}`;
}
