// One sentence that is measured of the function and the point, and one thing to do about it.
import type { ComponentChildren } from "preact";
import { ACTIVATIONS } from "../../concepts/functions";
import { fixed, significant } from "../../draw/format";
import type { Action } from "../callout";
import { TryThis } from "../explorer/sheet";
import { told } from "./numbers";
import type { ActivationState } from "./state";

interface Said {
  readonly lead: ComponentChildren;
  readonly text: ComponentChildren;
  readonly action: Action | null;
}

export function Advice({ state }: { state: ActivationState }) {
  const { lead, text, action } = said(state);
  return (
    <TryThis lead={lead} action={action}>
      {text}
    </TryThis>
  );
}

function said(state: ActivationState): Said {
  const { activation, slope, vanishing, value } = state;
  if (Number.isNaN(value)) return without(state, "no value", "Move the point to where the curve is drawn.");
  if (Number.isNaN(slope))
    return without(state, "no slope", "The curve jumps there, or ends. Move the point aside.");
  if (activation === "step") return ofStep(state);
  if (slope === 0 && activation === "relu") return dead(state);
  if (Math.abs(slope) < vanishing) return flat(state);
  if (activation === "identity") return ofIdentity(state);
  const steepest = steepestOf(state);
  if (Math.abs(steepest.slope) < GENTLE && Math.abs(slope) > NEARLY * Math.abs(steepest.slope))
    return gentle(state, steepest.slope);
  const edge = nextEdge(state);
  return edge === null ? steep(state) : towards(state, edge);
}

/** A function that is nowhere steeper than this loses most of a gradient in a few layers. */
const GENTLE = 0.5;
/** From here on a point is near the steepest place. */
const NEARLY = 0.8;

const show = (state: ActivationState, activation: string): Action => ({
  label: `Show ${ACTIVATIONS[activation]?.label}`,
  press: () => state.store.set({ activation }),
});

const goTo = (state: ActivationState, x: number): Action => ({
  label: `Go to ${fixed(x, state.digits)}`,
  press: () => state.move(x),
});

const without = ({ label, x, digits }: ActivationState, what: string, text: string): Said => ({
  lead: `${label} has ${what} at ${fixed(x, digits)}.`,
  text,
  action: null,
});

const ofStep = (state: ActivationState): Said => ({
  lead: "The slope is 0 on both sides.",
  text: "No gradient comes back, so nothing before it learns. Sigmoid is a smooth step.",
  action: show(state, "sigmoid"),
});

const dead = (state: ActivationState): Said => ({
  lead: "The slope is exactly 0.",
  text: "A neuron that stays here is dead: no gradient, no change. Leaky ReLU lets 1\u2009% through.",
  action: show(state, "leaky_relu"),
});

const ofIdentity = (state: ActivationState): Said => ({
  lead: "The slope is 1 everywhere:",
  text: "no gradient is lost, but layers of it are one linear layer. Only what is bent learns more.",
  action: show(state, "relu"),
});

/** A share as a percentage of at most two digits that say something. */
function share(value: number): string {
  return significant(100 * Math.abs(value), 2);
}

function flat(state: ActivationState): Said {
  const { slope, activation } = state;
  const steepest = steepestOf(state);
  if (steepest.slope === 0)
    return {
      lead: "The slope is 0 everywhere.",
      text: "No gradient comes back, so nothing before it learns.",
      action: null,
    };
  return {
    lead: (
      <>
        <span data-n="percent">{share(slope)}</span>
        {"\u2009%"}
      </>
    ),
    text: (
      <>
        of the gradient goes back through this neuron, and so little it learns.
        {activation === "leaky_relu" ? " But it is not dead." : ""}
      </>
    ),
    action:
      Math.abs(slope) < Math.abs(steepest.slope)
        ? { ...goTo(state, steepest.x), label: "Go where it is steepest" }
        : null,
  };
}

function gentle(state: ActivationState, steepest: number): Said {
  const { layers } = state;
  return {
    lead: (
      <>
        At most <span data-n="most">{share(steepest)}</span>
        {"\u2009%"}
      </>
    ),
    text: (
      <>
        of the gradient goes back through it: behind {layers === 1 ? "one layer" : `${layers} layers`} at most{" "}
        <span data-n="most.left">{share(steepest ** layers)}</span>
        {"\u2009%"} is left.
      </>
    ),
    action: show(state, "tanh"),
  };
}

function towards(state: ActivationState, edge: number): Said {
  const { vanishing, digits } = state;
  return {
    lead: "Try this:",
    text: (
      <>
        drag the point past <span data-n="edge">{fixed(edge, digits)}</span>. The curve is flat there, so less
        than {share(vanishing)}
        {"\u2009%"} of the gradient goes back through this neuron.
      </>
    ),
    action: goTo(state, edge),
  };
}

function steep(state: ActivationState): Said {
  const { x, slope } = steepestOf(state);
  return {
    lead: "Nowhere in this window is it flat:",
    text: (
      <>
        the gradient does not vanish. The slope is largest at{" "}
        <span data-n="steepest">{fixed(x, state.digits)}</span>: <span data-n="largest">{told(slope)}</span>.
      </>
    ),
    action: goTo(state, x),
  };
}

/** The nearest point at which the slope is below the threshold. */
function nextEdge({ ranges, x }: ActivationState): number | null {
  const edges = ranges.flat();
  return edges.reduce<number | null>(
    (best, edge) => (best === null || Math.abs(edge - x) < Math.abs(best - x) ? edge : best),
    null,
  );
}

function steepestOf({ points, curve }: ActivationState): { x: number; slope: number } {
  let best = { x: 0, slope: 0 };
  let nearest = Number.POSITIVE_INFINITY;
  points.forEach((x, index) => {
    const slope = curve.slopes[index] as number;
    const difference = Math.abs(slope) - Math.abs(best.slope);
    // Of places that are alike, that which is nearest to 0.
    if (difference > 0 || (difference === 0 && Math.abs(x) < nearest)) {
      best = { x, slope };
      nearest = Math.abs(x);
    }
  });
  return best;
}
