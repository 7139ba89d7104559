// One true sentence about what is on screen, and one thing to try next.
import type { ComponentChildren } from "preact";
import { reaches, run } from "../../concepts/descent";
import { holds, type Point } from "../../concepts/surfaces";
import { fixed, significant } from "../../draw/format";
import type { DescentSettings } from "../../generated/protocol";
import type { Action } from "../callout";
import { type Descent, labelOf, NAMES, numeral, rateText } from "./state";

export interface Hint {
  lead: string;
  text: ComponentChildren;
  action: Action | null;
}

const TRY = "Try this:";
const NOISES = [2, 5, 10, 20];
const steps = (count: number) => `${count} step${count === 1 ? "" : "s"}`;
const change = (descent: Descent, label: string, changes: Partial<DescentSettings>): Action => ({
  label,
  press: () => descent.store.set(changes),
});

/** The largest learning rate that plain descent bears at the minimum. */
function bound({ surface: { curvature } }: Descent): number | null {
  return curvature === null ? null : 2 / curvature;
}

/** At the beginning of a sentence. */
const Label = (name: string) => labelOf(name).replace(/^m/, "M");

const two = (value: number) => Number(value.toPrecision(2));
const boundText = (curvature: number) => `2/${significant(curvature, 4)} = ${significant(2 / curvature, 3)}`;

export function hintOf(descent: Descent): Hint {
  return goneHint(descent) ?? HINTS[descent.name]?.(descent) ?? raceHint(descent);
}

/** The chosen one has left the map, and does not come back. */
function goneHint(descent: Descent): Hint | null {
  const { chosen, surface, run: mine } = descent;
  const left = descent.left(chosen);
  const last = mine.path.at(-1) as Point;
  if (left === null || (!mine.ending && holds(surface, last))) return null;
  const rate = descent.rate(chosen);
  const limit = bound(descent);
  const isUnstable = chosen === "sgd" && limit !== null && rate > limit;
  const less = two(isUnstable ? limit * 0.8 : rate / 4);
  const why = isUnstable
    ? `${rateText(rate)} is more than ${boundText(surface.curvature as number)}: near the minimum each step leads farther away.`
    : (mine.losses.at(-1) as number) < (mine.losses[0] as number)
      ? "The loss falls towards there."
      : `Its steps are too long here at a learning rate of ${rateText(rate)}.`;
  const ends =
    mine.ending === "diverged"
      ? ` Its numbers overflow at step ${mine.path.length}: the loss is ∞.`
      : mine.ending
        ? " Nothing is known of the loss out there."
        : "";
  return {
    lead: `${Label(chosen)} leaves the map at step ${left}.`,
    text: why + ends,
    action: change(descent, `Set ${rateText(less)}`, { learning_rate: less, learning_rates: {} }),
  };
}

/** Who is at the bottom first. */
function raceHint(descent: Descent): Hint {
  const { chosen, bottom } = descent;
  const times = NAMES.map((name) => ({ name, step: descent.reached(name) })).filter(
    (each): each is { name: string; step: number } => each.step !== null,
  );
  const first = times.sort((one, other) => one.step - other.step)[0];
  if (!first)
    return {
      lead: "None is at the bottom.",
      text: `After ${steps(descent.steps)} no loss is at most ${significant(bottom, 3)}. ${TRY} drag the start, or take another learning rate.`,
      action: null,
    };
  const mine = descent.reached(chosen);
  const own =
    mine === null
      ? `${Label(chosen)} is not there in ${steps(descent.steps)}.`
      : `${Label(chosen)} needs ${mine}.`;
  return {
    lead: `${Label(first.name)} is first at the bottom, after ${steps(first.step)}.`,
    text: first.name === chosen ? "Drag the start: does it stay first?" : own,
    action:
      first.name === chosen
        ? null
        : change(descent, `Show ${labelOf(first.name)}`, { optimizer: first.name }),
  };
}

/** Raise the learning rate past what the curvature allows. */
function limitHint(descent: Descent, why: string, factor = 1.035): Hint | null {
  const { chosen, surface } = descent;
  const limit = bound(descent);
  if (chosen !== "sgd" || limit === null || descent.rate("sgd") > limit) return null;
  const rate = Number((limit * factor).toPrecision(3));
  return {
    lead: TRY,
    text: `raise the learning rate past ${boundText(surface.curvature as number)}. ${why}`,
    action: change(descent, `Set ${rateText(rate)}`, { learning_rate: rate, learning_rates: {} }),
  };
}

const HINTS: Readonly<Record<string, (descent: Descent) => Hint | null>> = {
  parabola: (descent) => limitHint(descent, "Each step then overshoots by more than it came.", 1.06),
  ravine: (descent) =>
    limitHint(descent, "SGD then leaves the ravine, because 18 is the steepest curvature."),
  double_well: (descent) => {
    const { chosen, runs } = descent;
    const [loss] = runs[chosen]?.losses.slice(-1) ?? [];
    const other = runs.momentum && reaches(runs.momentum, descent.bottom);
    if (chosen === "momentum" || descent.reached(chosen) !== null || other === null || other === undefined)
      return null;
    return {
      lead: `${Label(chosen)} ends in the local minimum, at a loss of ${numeral(loss ?? null)}.`,
      text: `Momentum rolls over the hill, and is at the bottom after ${steps(other)}.`,
      action: change(descent, "Show momentum", { optimizer: "momentum" }),
    };
  },
  plateau: (descent) => {
    const slope = descent.runs.sgd?.updates[0]?.slope[0];
    const other = descent.reached("rmsprop");
    if (descent.chosen !== "sgd" || slope === undefined || descent.reached("sgd") !== null || other === null)
      return null;
    return {
      lead: `The slope at the start is ${fixed(slope, 3)}.`,
      text: `SGD goes η times that, and is not down in ${steps(descent.steps)}. RMSprop divides by the size of the slope: ${steps(other)}.`,
      action: change(descent, "Show RMSprop", { optimizer: "rmsprop" }),
    };
  },
  waves: (descent) => {
    const { chosen, options, surface, start, steps: count, run: mine, noise } = descent;
    if (noise || descent.reached(chosen) !== null) return null;
    const loud = NOISES.map((level) => {
      const shaken = run(surface.evaluate, start, chosen, { ...options, noise: level }, count);
      return { level, step: reaches(shaken, descent.bottom) };
    }).find(({ step }) => step !== null);
    if (!loud) return null;
    return {
      lead: `${Label(chosen)} is caught by a ripple, at w = ${fixed(mine.path.at(-1)?.[0], 2)}.`,
      text: `Noise of mini-batches shakes it out: at a standard deviation of ${loud.level} it is at the bottom after ${steps(loud.step as number)}.`,
      action: change(descent, `Add noise ${loud.level}`, { noise: loud.level }),
    };
  },
  saddle: (descent) => {
    const { start, noise, chosen } = descent;
    if (start[1] === 0 && !noise)
      return {
        lead: `${Label(chosen)} stops at the saddle.`,
        text: "On the ridge the gradient along w₂ is exactly 0. A little noise of mini-batches frees it.",
        action: change(descent, "Add noise 0.1", { noise: 0.1 }),
      };
    if (noise) return null;
    return {
      lead: TRY,
      text: "put the start exactly onto the ridge, w₂ = 0. Nothing there leads to one minimum or the other.",
      action: change(descent, "Set w₂ = 0", { start: [start[0] as number, 0] }),
    };
  },
  himmelblau: (descent) => {
    const { start, chosen, options, surface, steps: count } = descent;
    const place = descent.run.path.at(-1) ?? [];
    const [x = 0, y = 0] = place;
    const beside = [(start[0] as number) + 0.6, start[1] as number];
    const [otherX = 0, otherY = 0] = run(surface.evaluate, beside, chosen, options, count).path.at(-1) ?? [];
    const text = (...point: number[]) => `(${point.map((value) => fixed(value, 2)).join(", ")})`;
    if (Math.hypot(otherX - x, otherY - y) < 1) return raceHint(descent);
    return {
      lead: `${Label(chosen)} ends at ${text(x, y)}.`,
      text: `A start 0.6 farther right ends in another of the four minima, ${text(otherX, otherY)}.`,
      action: change(descent, "Move the start", { start: beside }),
    };
  },
  rosenbrock: (descent) => {
    const { curvature } = descent.surface;
    if (descent.chosen !== "sgd" || curvature === null || descent.reached("sgd") !== null) return null;
    const other = descent.reached("momentum");
    const [loss] = descent.run.losses.slice(-1);
    return {
      lead: `SGD is at ${numeral(loss ?? null)} after ${steps(descent.steps)}.`,
      text: `The steep walls allow it no more than ${boundText(curvature)}, and the floor of the valley is flat.${other === null ? "" : ` Momentum takes ${steps(other)}.`}`,
      action: change(descent, "Show momentum", { optimizer: "momentum" }),
    };
  },
};
