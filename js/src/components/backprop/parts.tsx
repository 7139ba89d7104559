// What the drawings of the pass are made of: tiles whose colour is the sign, lines, and names with numbers.
import type { ComponentChildren, JSX } from "preact";
import { edgeAlpha, edgeDash, edgeWidth } from "../../draw/network";
import { three } from "../explorer/numbers";
import type { Curve, Point } from "./curves";
import type { Pass } from "./pass";
import type { Quantity, Shown } from "./state";
import { Written } from "./symbols";
import { isUnsigned, two, valueText } from "./texts";

export const nodeOf = (index: number): Quantity => ({ kind: "value", index });
export const parameterOf = (index: number): Quantity => ({ kind: "parameter", index });

export const isSame = (one: Quantity | null, other: Quantity | null) =>
  one !== null && other !== null && one.kind === other.kind && one.index === other.index;

/** From −1 to 1: the colour of a value. */
export function shadeOf(pass: Pass, node: number, value: number): number | null {
  const group = pass.groups[pass.groupOf(node)];
  if (!group || group.kind === "loss" || Number.isNaN(value)) return null;
  if (group.kind === "input") return value / 1.75;
  if (group.kind !== "activation") return value / 2;
  if (group.function === "tanh" || group.function === "softmax") return value;
  // A probability of the positive class: from one class to the other.
  const isOutput = pass.outOf(node).some(({ to }) => to === pass.end);
  return group.function === "sigmoid" ? (isOutput ? 2 * value - 1 : value) : value / 2;
}

export function fillOf(shade: number | null): string {
  if (shade === null) return "var(--nnw-surface)";
  const pole = shade < 0 ? "n" : "p";
  const share = Math.min(1, Math.abs(shade)) * 46;
  return `color-mix(in oklab, var(--nnw-ramp-${pole}2) ${share.toFixed(1)}%, var(--nnw-ramp-0))`;
}

export const toneOf = (value: number, text = "1") =>
  /[1-9∞]/.test(text) ? (value < 0 ? "nnw-neg" : value > 0 ? "nnw-pos" : "") : "";

interface SignedProps {
  value: number;
  text: string;
  n?: string;
  /** Not strong. */
  plain?: boolean;
}

/** A number in a drawing, in the colour of its sign. */
export function Signed({ value, text, n, plain }: SignedProps): JSX.Element {
  return (
    <tspan class={`${plain ? "" : "nnw-b"} ${toneOf(value, text)}`} data-n={n}>
      {text}
    </tspan>
  );
}

/** A line between two tiles. */
export function Line({
  curve,
  weight,
  on,
  dim,
}: {
  curve: Curve;
  weight: number | null;
  on: boolean;
  dim: boolean;
}) {
  if (weight === null)
    return <path class="nnw-bp-wire" data-on={on || undefined} data-dim={dim || undefined} d={curve.path} />;
  const strength = Number.isNaN(weight) ? 0 : weight;
  return (
    <path
      class="nnw-bp-edge"
      d={curve.path}
      stroke={`var(--nnw-${strength < 0 ? "neg" : "pos"})`}
      stroke-width={(0.8 * edgeWidth(strength)).toFixed(2)}
      stroke-opacity={dim ? 0.16 : edgeAlpha(strength).toFixed(2)}
      stroke-dasharray={edgeDash(strength, 0.8).join(" ")}
    />
  );
}

/** Which way it goes. */
export function Chevron({
  curve,
  share = 0.5,
  backward,
}: {
  curve: Curve;
  share?: number;
  backward: boolean;
}) {
  const { x, y, angle } = curve.at(share);
  const turn = `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${(angle + (backward ? 180 : 0)).toFixed(1)})`;
  return (
    <g transform={turn}>
      <path class="nnw-bp-chevron nnw-bp-chevron--under" d="M-3 -5.5L4 0L-3 5.5" />
      <path class="nnw-bp-chevron" d="M-3 -5.5L4 0L-3 5.5" />
    </g>
  );
}

interface BoxProps {
  place: Point;
  width: number;
  height: number;
  shade: number | null;
  /** On the way of what is computed now. */
  on?: boolean;
  /** The pointer or the keyboard is at the same quantity somewhere. */
  hover?: boolean;
  children?: ComponentChildren;
}

/** A tile round a place, and its rings. */
export const Box = ({
  place: { x, y },
  width,
  height,
  shade,
  on = false,
  hover = false,
  children,
}: BoxProps) => (
  <>
    <rect
      class="nnw-bp-box"
      x={x - width / 2}
      y={y - height / 2}
      width={width}
      height={height}
      rx="4"
      style={{ fill: fillOf(shade) }}
    />
    <rect
      class="nnw-bp-now"
      data-on={on || undefined}
      data-hover={hover || undefined}
      x={x - width / 2 - 1}
      y={y - height / 2 - 1}
      width={width + 2}
      height={height + 2}
      rx="5"
    />
    <rect
      class="nnw-ring"
      x={x - width / 2 - 4}
      y={y - height / 2 - 4}
      width={width + 8}
      height={height + 8}
      rx="7"
    />
    {children}
  </>
);

interface SlopeProps {
  shown: Shown;
  node: number;
  /** Without an index, under a tile that has one. */
  short: boolean;
}

/** The name of a derivative: ∂L/∂a₁; the layer is that of the tile. */
export const Slope = ({ shown: { pass }, node, short }: SlopeProps) => {
  const symbol = pass.symbols[node];
  const loss = pass.symbols[pass.end];
  return symbol && loss ? (
    <tspan class="nnw-2nd">
      ∂<Written symbol={{ ...loss, layer: "" }} />
      /∂
      <Written symbol={{ ...symbol, layer: "", index: short ? "" : symbol.index }} />
    </tspan>
  ) : null;
};

/** By how much what is shown has changed since an edit; nothing where that is nothing. */
export function changeText(
  now: number,
  before: number | undefined,
  write: (value: number) => string,
): string {
  if (before === undefined || Number.isNaN(before) || Number.isNaN(now) || write(now) === write(before))
    return "";
  const change = now - before;
  const text = write(change);
  return change > 0 ? `+${text}` : text;
}

/** What differs from the pass before an edit. */
export function changesOf({ pass, before, sample, isUpdated, isAgain }: Shown) {
  return {
    value: (node: number) =>
      before
        ? changeText(
            (isAgain ? pass.after : pass.value)(sample, node),
            (isAgain ? before.after : before.value)(sample, node),
            (value) => valueText(pass, node, value),
          )
        : "",
    gradient: (node: number) =>
      before ? changeText(pass.gradient(sample, node), before.gradient(sample, node), three) : "",
    weight: (parameter: number) =>
      before
        ? changeText(
            (isUpdated ? pass.updated : pass.weight)(parameter),
            (isUpdated ? before.updated : before.weight)(parameter),
            isUpdated ? three : two,
          )
        : "",
  };
}

export type Changes = ReturnType<typeof changesOf>;

/** Of an edge or a bias: what is written, and the key of it. */
export function weightOf({ pass, isUpdated, weight }: Shown, parameter: number) {
  const value = weight(parameter);
  const name = pass.parameterSymbols[parameter]?.text ?? "";
  return isUpdated
    ? {
        value,
        text: three(value),
        n: `updated.${name}`,
        change: pass.updated(parameter) - pass.weight(parameter),
      }
    : { value, text: two(value), n: `weight.${name}`, change: 0 };
}

/** A value as a tile shows it. */
export const valueAt = (shown: Shown, node: number) => {
  const value = shown.value(node);
  return { value, text: valueText(shown.pass, node, value), signed: !isUnsigned(shown.pass, node) };
};
