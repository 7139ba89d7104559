// What happens at a stop where a whole layer is one.
import type { ComponentChildren } from "preact";
import { type Pass, sizeOf } from "./pass";
import type { Shown } from "./state";
import { InText } from "./symbols";
import { counted, functionName, NAMELESS, named, type Voice } from "./voice";
import { gradientWords, lossWords, valueWords } from "./words-node";

export function layerWords(shown: Shown, voice: Voice): ComponentChildren {
  const { pass, step } = shown;
  if (step.kind === "parameter") return tensorWords(shown, voice);
  const group = pass.groups[step.index];
  if (!group) return null;
  // A layer of one neuron is that neuron.
  const only = group.units === 1 ? group.start : -1;
  if (step.phase === "loss") return lossWords(shown, voice);
  if (step.phase === "backward") return gradientsWords(shown, voice, step.index);
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

/** On the way back. */
function gradientsWords(shown: Shown, voice: Voice, index: number): ComponentChildren {
  const { pass } = shown;
  const group = pass.groups[index];
  if (!group) return null;
  const only = group.units === 1 ? group.start : -1;
  if (only >= 0) return gradientWords(shown, voice, only);
  const following = pass.groups.filter(({ inputs }) => inputs.includes(index));
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
      {reaches} times the {next.kind === "activation" ? "slope" : "local derivative"} of{" "}
      {functionName(pass, pass.groupOf(next.start))} at each of the {group.units} units
    </>
  );
}

/** The matrix that leads into a node. */
function weightsInto(pass: Pass, node: number): ComponentChildren {
  const weight = pass.into(node).find((edge) => edge.weight >= 0)?.weight;
  const tensor = weight === undefined ? undefined : pass.tensors[pass.tensorOf(weight)];
  return tensor ? <InText symbol={tensor.symbol} /> : "of its weights";
}

function tensorWords(shown: Shown, voice: Voice): ComponentChildren {
  const { pass, step } = shown;
  const tensor = pass.tensors[step.index];
  const use = tensor && pass.usesOf(tensor.start)[0];
  if (!tensor || !use) return null;
  const node = pass.nodeOf(tensor.start);
  if (node !== undefined) return gradientsWords(shown, voice, pass.groupOf(node));
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
