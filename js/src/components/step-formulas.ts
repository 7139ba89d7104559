// What happens at one stop of a step, in formulas with the numbers of one neuron.

import { significant, thousands } from "../draw/format";
import type { FormulaPart } from "../draw/formula";
import { labelParts } from "../draw/formula";
import { brief } from "../draw/walk";
import type { LayerTrait } from "../generated/protocol";
import { gradientAt, inputValue, parameterAt, unitValue, type Walk } from "./walk";

export interface Line {
  readonly name: string;
  readonly parts: readonly FormulaPart[];
}

export interface StepContext {
  readonly walk: Walk;
  readonly layers: readonly LayerTrait[];
  /** Labels of the features. */
  readonly inputs: readonly string[];
}

type Item = string | number | readonly FormulaPart[];

/** Between stars is a variable, its digits are its index; numbers have the colour of their sign. */
function say(...items: Item[]): FormulaPart[] {
  return items.flatMap((item): FormulaPart[] => {
    if (typeof item === "number") return [number(item, 3)];
    if (typeof item !== "string") return [...item];
    return item.split("*").flatMap((text, piece): FormulaPart[] => {
      if (!(piece % 2)) return text ? [{ kind: "text", text }] : [];
      const [, name = "", index = ""] = /^(.+?)_?(\d*|y)$/.exec(text) ?? [];
      return [
        { kind: "var", text: name },
        { kind: "sub", text: index },
      ];
    });
  });
}

const number = (value: number, digits: number): FormulaPart => ({
  kind: value < 0 ? "neg" : value >= 0 ? "pos" : "text",
  text: brief(value, digits),
});
/** A factor: negative ones in brackets. */
const factor = (value: number, digits = 3): FormulaPart[] =>
  value < 0 ? say("(", [number(value, digits)], ")") : [number(value, digits)];
/** What has no sign is ink. */
const plain = (value: number | null, digits = 3) => brief(value, digits);

const MOST_DECIMALS = 7;
/** So many that a change can just be seen. */
const decimals = (change: number, least: number) =>
  Math.max(least, Math.min(MOST_DECIMALS, Math.ceil(-Math.log10(Math.abs(change) || 1))));

const MOST_TERMS = 4;
/** Sums go on in the next line, products do not. */
const TIMES = "\u00a0·\u00a0";

interface Term {
  readonly weight: number;
  readonly value: number;
}

/** Products and their sum; of many the largest, in their order. */
function sum(terms: readonly Term[], digits: number): FormulaPart[] {
  const size = ({ weight, value }: Term) => Math.abs(weight * value);
  const least = [...terms].sort((first, second) => size(second) - size(first))[MOST_TERMS - 1];
  const kept = terms.filter((term) => !least || size(term) >= size(least)).slice(0, MOST_TERMS);
  const parts = kept.flatMap(({ weight, value }, place) =>
    say(place ? " + " : "", factor(weight, 2), TIMES, factor(value, digits)),
  );
  return kept.length < terms.length ? [...parts, ...say(" + …")] : parts;
}

const indices = (count: number) => Array.from({ length: count }, (_, index) => index);

/** How the output of a layer is called: h₂, or p, or z₃ where nothing is applied to the weighted sum. */
export function outputName(layers: readonly LayerTrait[], [layer, unit]: readonly [number, number]): string {
  const { units = 1, activation = "" } = layers[layer] ?? {};
  if (layer < layers.length - 1) return `*h${unit + 1}*`;
  return `*${activation === "sigmoid" ? "p" : "z"}${units > 1 ? unit + 1 : ""}*`;
}

/** The neuron in question has no index where its inputs have one. */
const ownName = (layers: readonly LayerTrait[], unit: readonly [number, number]) =>
  unit[0] < layers.length - 1 ? "*h*" : outputName(layers, unit);

const inputName = ({ inputs, layers }: StepContext, layer: number, input: number): FormulaPart[] =>
  layer ? say(outputName(layers, [layer - 1, input])) : labelParts(inputs[input] ?? "");

export function linesAt(context: StepContext): Line[] {
  const { walk, layers } = context;
  const { stop, trace } = walk;
  if (stop.phase === "Loss") return loss(context);
  if (!layers.length) return [];
  if (stop.phase === "Update") return update(context);
  if (stop.phase === "Backward") return trace.loss === null ? [] : backward(context);
  return stop.layer < 0 ? [] : forward(context);
}

function forward({ walk, layers }: StepContext): Line[] {
  const { trace, unit, row } = walk;
  const [layer] = unit;
  const own = layers[layer] as LayerTrait;
  const terms = indices(own.weight[2]).map((input) => ({
    weight: parameterAt(trace, "before", own, unit[1], input),
    value: inputValue(trace, layers, row, layer, input),
  }));
  const bias = parameterAt(trace, "before", own, unit[1], null);
  const z = unitValue(trace, layers, "z", row, unit);
  const h = unitValue(trace, layers, "h", row, unit);
  const lines = [
    {
      name: "weighted sum",
      parts: say(
        "*z* = ",
        sum(terms, layer ? 3 : 2),
        ...(own.bias ? [" + ", factor(bias, 2)] : []),
        " = ",
        z,
      ),
    },
  ];
  if (own.activation === "linear" && !trace.drops) return lines;
  const applied = own.activation === "linear" ? "*z*" : `${own.activation}(*z*)`;
  const dropped = trace.drops && layer < layers.length - 1 ? ", after dropout" : "";
  const values = row
    ? dropped
      ? []
      : [` = ${own.activation}(`, z, ")"]
    : [` over ${trace.samples} samples`];
  lines.push({
    name: own.activation,
    parts: say(ownName(layers, unit), row ? " = " : " = mean of ", applied, dropped, ...values, " = ", h),
  });
  return lines;
}

/** Python writes formulas as plain text: p is what the network puts out, z_y the score of the true class. */
const inItalics = (formula: string, output: string) =>
  formula.replace(/(?<![a-z])[pyz](_y)?(?![a-z])/g, (name) => (name === "p" ? output : `*${name}*`));

function loss({ walk, layers }: StepContext): Line[] {
  const { trace, row, unit } = walk;
  const lines: Line[] = [];
  const name = layers.length ? outputName(layers, [layers.length - 1, 0]) : "*p*";
  if (row) {
    const y = trace.part("targets")[row - 1] ?? 0;
    const value = trace.part("losses")[row - 1] ?? Number.NaN;
    const output = unitValue(trace, layers, "h", row, unit);
    const parts = {
      bce: y > 0.5 ? ["−ln *p* = −ln ", plain(output)] : ["−ln(1 − *p*) = −ln(1 − ", plain(output), ")"],
      mse: [`(${name} − *y*)² = (`, output, " − ", plain(y, 2), ")²"],
    }[layers.length ? (trace.loss_name ?? "") : ""] ?? [""];
    lines.push({
      name: "this sample",
      parts: Number.isNaN(value)
        ? say("this loss is one of whole batches")
        : say("*L* = ", ...parts, parts[0] ? " = " : "", plain(value)),
    });
  }
  lines.push({
    name: "the batch",
    parts:
      trace.loss === null
        ? say("*L* is not a number: this step would not be made")
        : say(
            `*L* = ${inItalics(trace.loss_formula, name)} = `,
            plain(trace.loss),
            ` over ${trace.samples} samples`,
          ),
  });
  if (trace.penalty) {
    lines.push({
      name: "penalty",
      parts: say(plain(trace.penalty), " is not part of it; its derivative joins the gradients"),
    });
  }
  return lines;
}

/** The derivative of the loss with respect to an output, where it is short. */
const SLOPES: Partial<Record<string, readonly [zero: string, one: string]>> = {
  bce: ["1 / (1 − *p*)", "−1 / *p*"],
  bce_with_logits: ["sigmoid(*z*)", "sigmoid(*z*) − 1"],
};

function backward(context: StepContext): Line[] {
  const { walk, layers } = context;
  const { trace, unit, row } = walk;
  const [layer] = unit;
  const own = layers[layer] as LayerTrait;
  const name = ownName(layers, unit);
  const next = layers[layer + 1];
  const reaching = unitValue(trace, layers, "dh", row, unit);
  const inside = unitValue(trace, layers, "dz", row, unit);
  if (Number.isNaN(inside))
    return [{ name: "frozen", parts: say("nothing before it learns, so nothing flows back") }];
  const mean = trace.averaged ? `mean over ${trace.samples} samples` : `sum over ${trace.samples} samples`;
  const slope = SLOPES[trace.loss_name ?? ""]?.[(trace.part("targets")[row - 1] ?? 0) > 0.5 ? 1 : 0];
  const terms = indices(next?.units ?? 0).map((index) => ({
    weight: parameterAt(trace, "before", next, index, unit[1]),
    value: unitValue(trace, layers, "dz", row, [layer + 1, index]),
  }));
  const lines: Line[] = [
    next
      ? { name: `from ${next.name}`, parts: say(`∂*L*/∂${name} = `, sum(terms, 3), " = ", reaching) }
      : {
          name: "from the loss",
          parts: say(`∂*L*/∂${name} = `, row && slope ? `${slope} = ` : "", reaching),
        },
  ];
  if (own.activation !== "linear") {
    const derivative = `∂*L*/∂${name} · ${own.activation}′(*z*)`;
    const factors =
      reaching && row ? [" = ", factor(reaching), " · ", plain(inside / reaching)] : [row ? "" : `, ${mean}`];
    lines.push({ name: own.activation, parts: say("∂*L*/∂*z* = ", derivative, ...factors, " = ", inside) });
  }
  const input = inputName(context, layer, 0);
  const gradient = gradientAt(walk, layers, unit, 0);
  const factors = row
    ? [" = ", factor(inside), " · ", factor(inputValue(trace, layers, row, layer, 0))]
    : [`, ${mean}`];
  lines.push({
    name: "first weight",
    parts: say("∂*L*/∂*w1* = ∂*L*/∂*z* · ", input, ...factors, " = ", gradient),
  });
  const used = parameterAt(trace, "used", own, unit[1], 0);
  if (!row && used !== gradient && !Number.isNaN(used)) {
    lines.push({
      name: "with penalty",
      parts: say("+ derivative of the penalty ", used - gradient, " = ", used),
    });
  }
  return lines;
}

/** What optimizers take a weight's value less by; m̂ and v̂ are the means that they keep, made up for their start. */
const STEPS: Partial<Record<string, string>> = {
  sgd: "*η* · *m*",
  adam: "*η* · *m̂* / (√*v̂* + ε)",
  adamw: "*η* · *m̂* / (√*v̂* + ε), and decay",
  rmsprop: "*η* · *g* / (√*v* + ε)",
  adagrad: "*η* · *g* / (√*v* + ε)",
};

function update({ walk, layers }: StepContext): Line[] {
  const { trace, unit } = walk;
  const at = (name: "before" | "after" | "used" | "mean" | "square") =>
    parameterAt(trace, name, layers[unit[0]], unit[1], 0);
  const [before, after, used] = [at("before"), at("after"), at("used")];
  const [mean, square] = [at("mean"), at("square")];
  const rate = significant(trace.learning_rate, 3);
  const digits = decimals(after - before, 4);
  const simple = trace.optimizer === "sgd" && Number.isNaN(mean);
  const lines: Line[] = [];
  if (Number.isNaN(used)) lines.push({ name: "frozen", parts: say("*w1* stays ", before) });
  else if (simple) {
    const parts = say(
      "*w1* ← *w1* − *η* · ∂*L*/∂*w1* = ",
      [number(before, digits)],
      ` − ${rate}${TIMES}`,
      factor(used),
      " = ",
      [number(after, digits)],
    );
    lines.push({ name: "first weight", parts });
  } else {
    const step = STEPS[trace.optimizer] ?? "its step";
    const kept = [
      Number.isNaN(mean) ? [] : say(", *m* = ", mean),
      Number.isNaN(square) ? [] : say(", *v* = ", plain(square)),
      trace.count ? say(`, step ${thousands(trace.count)}`) : [],
    ].flat();
    lines.push(
      { name: trace.optimizer_label, parts: say("gets *g* = ", used, kept, `, *η*\u00a0=\u00a0${rate}`) },
      {
        name: "first weight",
        parts: say(
          `*w1* ← *w1* − ${step} = `,
          [number(before, digits)],
          " − ",
          factor(before - after, digits),
          " = ",
          [number(after, digits)],
        ),
      },
    );
  }
  lines.push(...lossAfter(walk));
  return lines;
}

export function lossAfter({ trace }: Walk): Line[] {
  if (trace.loss === null || trace.loss_after === null) return [];
  const digits = decimals(trace.loss_after - trace.loss, 3);
  const parts = say("*L* ", plain(trace.loss, digits), " → ", plain(trace.loss_after, digits));
  return [{ name: "same batch", parts }];
}
