// What the network answers of one image: a logit and a probability for each class, or for the likeliest of many.
import { fixed, percent } from "../../draw/format";
import { largestOf } from "../../draw/picture";
import { answerPitch, HEIGHT } from "../../draw/strip";
import type { NetworkTrait } from "../../generated/protocol";
import { px } from "../geometry";
import { useLargest, usePart } from "./hooks";
import { largestAt } from "./names";
import { useImages } from "./view";

/** More have no room. */
const MOST_ANSWERS = 12;
const LIKELIEST = 10;
/** A logit that is smaller than this does not fill its place. */
const LEAST_LOGIT = 4;
const SMALL = 0.005;

/** Classes from top to bottom: all of them, or of many the likeliest and the true one. */
export function useAnswers(): readonly number[] {
  const { store } = useImages();
  const probabilities = usePart("probabilities")?.values ?? null;
  const truth = store.chosen.value?.label ?? null;
  const all = store.data.value.class_names.map((_, index) => index);
  if (all.length <= MOST_ANSWERS) return all;
  const likely = (index: number) => probabilities?.[index] ?? 0;
  const first = all.sort((a, b) => likely(b) - likely(a) || a - b).slice(0, LIKELIEST);
  if (truth !== null && !first.includes(truth)) first[LIKELIEST - 1] = truth;
  return first;
}

/** What makes shares of the outputs. */
const SHARES: Partial<Record<NetworkTrait["output"], string>> = { logits: "softmax", logit: "sigmoid" };

/** What a bar fills of its room, also where a run has diverged. */
const part = (length: number) => Math.min(1, length) || 0;

interface AnswersProps {
  answers: readonly number[];
  /** Without the logits. */
  brief: boolean;
  /** Of all rows; beside the layers they are as high as these. */
  height?: number;
}

export function Answers({ answers, brief, height = HEIGHT }: AnswersProps) {
  const { store } = useImages();
  const logits = usePart("logits");
  const probabilities = usePart("probabilities")?.values ?? null;
  const largest = useLargest(Math.max(LEAST_LOGIT, largestOf(logits?.values)), { step: logits?.step });
  const { class_names } = store.data.value;
  const best = largestAt(probabilities);
  const truth = store.chosen.value?.label ?? null;
  const more = class_names.length - answers.length;
  return (
    <div class={`nnw-answers ${brief ? "nnw-answers--brief" : ""}`}>
      <p aria-hidden="true">
        <span class="nnw-2nd">{more ? `Output, ${answers.length} of ${class_names.length}` : "Output"}</span>
        <span>logit</span>
        <span>{SHARES[store.network.value.output] ?? "probability"}</span>
      </p>
      <ul
        aria-label="Answers: logit and probability of each class"
        style={{ height: px(height), "--pitch": px((answerPitch(answers.length) * height) / HEIGHT) }}
      >
        {answers.map((index) => {
          const logit = logits?.values[index] ?? null;
          const share = probabilities?.[index] ?? null;
          return (
            <li key={index} data-best={index === best || undefined} data-true={index === truth || undefined}>
              <span title={class_names[index]}>{class_names[index]}</span>
              {brief ? null : (
                <span
                  class="nnw-logit"
                  data-negative={(logit ?? 0) < 0 || undefined}
                  style={{ "--length": part(Math.abs(logit ?? 0) / largest) }}
                >
                  {fixed(logit, 1)}
                </span>
              )}
              <span class="nnw-share" style={{ "--share": part(share ?? 0) }}>
                {index === truth ? <i>true</i> : null}
              </span>
              <span>{share !== null && share < SMALL ? `< ${percent(0.01, 0)}` : percent(share, 0)}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
