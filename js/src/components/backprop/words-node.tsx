// What happens at a stop where a node or a parameter is one.
import type { ComponentChildren } from "preact";
import { three } from "../explorer/numbers";
import type { Factor } from "./pass";
import type { Shown } from "./state";
import { parameterName, targetText } from "./texts";
import { counted, functionName, named, number, type Voice } from "./voice";

export function valueWords({ pass }: Shown, voice: Voice, node: number): ComponentChildren {
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

export function lossWords({ pass, sample }: Shown, voice: Voice): ComponentChildren {
  const outputs = pass.into(pass.end);
  const targets = pass.target(sample);
  const right = pass.target_kind === "class" ? outputs[targets[0] ?? 0]?.from : undefined;
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
      is {pass.target_kind === "class" ? "class " : ""}
      {targets.slice(0, 4).map(targetText).join(", ")}
      {targets.length > 4 ? ", …" : ""}
      {right === undefined ? null : <>, whose output is {voice.node(right)}</>}: {voice.node(pass.end)} ={" "}
      {voice.value(pass.end)}
    </>
  );
}

/** What reaches a node from where it goes. */
const reaching = (voice: Voice, node: number) => (
  <>
    what reaches {voice.node(node)}, {voice.gradient(node)},
  </>
);

export function gradientWords({ pass }: Shown, voice: Voice, node: number): ComponentChildren {
  const ways = pass.outOf(node);
  if (ways.length > 1)
    return (
      <>
        {counted(ways.length)} paths meet at {voice.node(node)}: what comes back{" "}
        {ways.length > 3 ? (
          "along each of them"
        ) : (
          <>
            through{" "}
            {named(
              ways.map(({ to }) => voice.node(to)),
              "",
            )}
          </>
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

export function parameterWords(shown: Shown, voice: Voice, parameter: number): ComponentChildren {
  const { pass } = shown;
  const batch = batchWords(shown, parameter);
  const uses = pass.usesOf(parameter);
  const use = uses[0];
  if (!use) return <>nothing depends on {voice.parameter(parameter)}</>;
  const node = pass.nodeOf(parameter);
  if (node !== undefined)
    return (
      <>
        {gradientWords(shown, voice, node)}
        {batch}
      </>
    );
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
