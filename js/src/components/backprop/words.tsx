// What happens at a stop, in one sentence with its numbers.
import type { ComponentChildren } from "preact";
import { three } from "../explorer/numbers";
import type { Shown } from "./state";
import { countOf } from "./stops";
import { counted, type Voice, voiceOf } from "./voice";
import { layerWords } from "./words-layer";
import { gradientWords, lossWords, parameterWords, valueWords } from "./words-node";
import { partWords } from "./words-part";

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

const OWNERS = { settings: "the network", module: "your module", trainer: "the trainer" } as const;

function updateWords({ pass, step }: Shown, voice: Voice): ComponentChildren {
  const count = countOf(pass);
  const later = `${OWNERS[pass.owner]} changes at the next pass`;
  if (step.kind === "all")
    return (
      <>
        {count === 1 ? "the one parameter moves" : `all ${counted(count)} parameters move at once`}
        {pass.rule === "sgd" ? ", against the gradient" : `, as ${pass.rule} says`}; {later}
      </>
    );
  const [before, after] = [pass.loss, pass.loss_after];
  return (
    <>
      {before === null || after === null ? null : (
        <>
          with the new parameters {voice.node(pass.end)} goes from {three(before)} to {three(after)};{" "}
        </>
      )}
      {later}
    </>
  );
}
