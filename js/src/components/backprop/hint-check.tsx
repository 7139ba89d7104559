// Stations of the five-minute path at the first weight: its gradient is checked, and compared with that of its sister.
import { three } from "../explorer/numbers";
import { checkedOf, nearest } from "./check";
import { counted, type Hint, Of, plainName, TRY, toPhase, toQuantity } from "./hint-parts";
import { type Chain, chainOf, type Factor, type Pass } from "./pass";
import type { Quantity, Shown } from "./state";

/** The ε that are worth going to from a larger one. */
const [SMALLER, SMALLEST] = [1e-4, 1e-8];

/** A smaller ε, as long as there is something to be seen. */
export function checkHint(shown: Shown, target: Quantity): Hint {
  const { pass, settings, store } = shown;
  const precision = settings.precision === "model" ? "model" : "double";
  const checked = checkedOf(pass, precision, target.index);
  const at = nearest(checked.epsilons, settings.epsilon);
  const [epsilon, difference] = [checked.epsilons[at], checked.differences[at]];
  const lead = "Check it:";
  if (epsilon !== undefined && difference !== undefined && Number.isFinite(difference)) {
    const differs = `the two differ by ${three(difference)}`;
    if (epsilon > 3 * SMALLER)
      return {
        lead,
        text: (
          <>
            with <var>ε</var> = {String(epsilon)} {differs}. Of an <var>ε</var> ten times smaller, a hundredth
            should be left: the error is of the order of <var>ε</var>².
          </>
        ),
        action: { label: "Set ε to 10⁻⁴", press: () => store.set({ epsilon: SMALLER }) },
      };
    if (epsilon > 3 * SMALLEST)
      return {
        lead,
        text: (
          <>
            now {differs}. Does it always get better? Two losses that agree in nearly all digits leave few of
            them when they are subtracted.
          </>
        ),
        action: { label: "Set ε to 10⁻⁸", press: () => store.set({ epsilon: SMALLEST }) },
      };
  }
  const sister = sisterOf(pass, target);
  const rounding =
    difference === undefined || !Number.isFinite(difference)
      ? ""
      : `Rounding: ${differsAgain(difference)}. The gradient itself needs no ε. `;
  return {
    lead: rounding ? "More is not better." : TRY,
    text: sister ? (
      <>
        {rounding}Now compare it with <Of pass={pass} quantity={sister} />, which works in another neuron.
      </>
    ) : (
      `${rounding}Now make the step.`
    ),
    action: sister
      ? toQuantity(shown, sister, `Show ${plainName(pass, sister)}`)
      : toPhase(shown, "Make the update", "all"),
  };
}

const differsAgain = (difference: number) => `the two differ by ${three(difference)} again`;

/** The weight of the same input in the next neuron. */
export function sisterOf(pass: Pass, { index }: Quantity): Quantity | null {
  const [use] = pass.usesOf(index);
  if (!use || use.from < 0) return null;
  const other = pass.uses.find(
    (each) =>
      each.from === use.from && each.parameter !== index && pass.groupOf(each.to) === pass.groupOf(use.to),
  );
  return other ? { kind: "parameter", index: other.parameter } : null;
}

/** How many factors two chains begin with, seen from the loss. */
function sharedOf(one: Chain, other: Chain): readonly Factor[] {
  const [mine, theirs] = [[...one.factors].reverse(), [...other.factors].reverse()];
  const apart = mine.findIndex((factor, at) => !factor.edge || factor.edge.id !== theirs[at]?.edge?.id);
  return apart < 0 ? mine : mine.slice(0, apart);
}

export function compared(shown: Shown, one: Quantity, other: Quantity): Hint {
  const { pass } = shown;
  const chains = [one, other].map(({ kind, index }) => chainOf(pass, kind, index)) as [Chain, Chain];
  const shared = sharedOf(...chains);
  return {
    lead: "Computed once:",
    text: (
      <>
        the paths to <Of pass={pass} quantity={one} /> and to <Of pass={pass} quantity={other} />{" "}
        {shared.length
          ? `share their first ${counted(shared.length, "factor")}, seen from the loss`
          : "go through the same numbers"}
        . What reaches a node is kept, and used for all that lies before it: that is why one way back is
        enough for all {pass.parameterSymbols.length} parameters.
      </>
    ),
    action: toPhase(shown, "Make the update", "all"),
  };
}
