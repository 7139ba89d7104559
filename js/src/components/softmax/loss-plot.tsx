// The loss −ln p of every probability, with the classes on it.

import { shortened, three } from "../explorer/numbers";
import { clamp, Label, linear, type Scale, Scene, ticksAt, Var, XAxis, YAxis } from "../explorer/scene";
import type { SoftmaxState } from "./state";

const TOP = 28;
const LEFT = 26;
const TOPS = [4, 8, 16];
const MOST_LETTERS = 14;
const LETTER = 6.2;
/** A digit of the loss, which is strong. */
const LETTER_NOW = 8.2;
const LINE = 13;

const PIECES = 120;

/** −ln p, in steps of the loss: where p is small it is too steep for steps of p. */
function steep(x: Scale, y: Scale): string {
  const losses = Array.from({ length: PIECES + 1 }, (_, index) => (y.domain[1] * index) / PIECES);
  return `M${losses.map((loss) => `${x(Math.exp(-loss)).toFixed(2)} ${y(loss).toFixed(2)}`).join("L")}`;
}

/** Where it stands below the rows it is wide, and need not be high. */
const WIDE = 400;
const LOW = 176;

/** How high the curve is at a place of the drawing. */
const curveAt = (left: number, x: Scale, y: Scale) => y(-Math.log(clamp(x.invert(left), [1e-9, 1])));

/** Names beside the points: as many as there is room for, those with the most to say first. */
function named({ p, target, values, names }: SoftmaxState, x: Scale, y: Scale, now: readonly number[]) {
  const taken = [...now];
  return p
    .map((chance, index) => {
      const left = x(chance) + 9;
      const beside = y(0 - (values.logProbabilities[index] as number)) + 1;
      const name = shortened(names[index] as string, MOST_LETTERS);
      return { name, left, base: Math.min(beside, curveAt(left, x, y) - 4), index };
    })
    .filter(({ name, left, base, index }) => {
      const fits = index !== target && base > TOP + 4 && left + LETTER * name.length < x.range[1];
      return fits && base < y(0) - 4;
    })
    .sort((first, second) => second.base - first.base)
    .filter(({ base }) => {
      const isFree = taken.every((other) => Math.abs(other - base) > LINE);
      if (isFree) taken.push(base);
      return isFree;
    });
}

export function LossPlot({ of, height: most }: { of: SoftmaxState; height: number }) {
  const { p, target, loss, values } = of;
  const heightAt = (width: number) => (width > WIDE ? LOW : most);
  const top = TOPS.find((each) => loss <= each) ?? (TOPS.at(-1) as number);
  return (
    <Scene height={heightAt} label="The loss of a probability">
      {(width) => {
        const height = heightAt(width);
        const x = linear([0, 1], [LEFT, width - 6]);
        const y = linear([0, top], [height - 48, TOP]);
        const chance = p[target] as number;
        const [atX, atY] = [x(chance), clamp(y(loss), [TOP, y(0)])];
        const beyond = loss > top;
        const text = three(loss);
        // Beside the point, and above the curve, which falls under it.
        const left = Math.min(atX + 11, width - LETTER_NOW * text.length);
        const above = Math.min(atY + 4, curveAt(left, x, y) - 7);
        const base = clamp(left < atX + 11 ? Math.min(above, atY - 10) : above, [TOP + 10, y(0) - 7]);
        return (
          <>
            <Label x={LEFT} y={14} class="nnw-2nd">
              Loss −ln <Var name="p" />
            </Label>
            <YAxis scale={y} at={LEFT} grid={width - 6} ticks={ticksAt([0, top / 2, top])} />
            <XAxis scale={x} at={height - 48} ticks={ticksAt([0, 1])} />
            <text class="nnw-xs nnw-i" x={x(0.5)} y={height - 32} text-anchor="middle">
              p
            </text>
            <path class="nnw-line" d={steep(x, y)} />
            {values.logProbabilities.map((each, index) =>
              index === target || -each > top ? null : (
                <circle
                  key={index}
                  class="nnw-softmax-other"
                  cx={x(p[index] as number)}
                  cy={y(-each)}
                  r="3.5"
                />
              ),
            )}
            {named(of, x, y, [base, atY]).map(({ name, left, base }) => (
              <Label key={base} x={left} y={base} class="nnw-xs nnw-halo">
                {name}
              </Label>
            ))}
            <path class="nnw-now-line" d={`M${atX} ${y(0)}V${atY}`} />
            <circle class="nnw-softmax-now" cx={atX} cy={atY} r="5.5" />
            <Label x={left} y={base} class="nnw-t nnw-b nnw-halo" n="loss">
              {text}
            </Label>
            {beyond ? (
              <Label x={atX + 12} y={TOP + 28} class="nnw-xs">
                beyond the axis
              </Label>
            ) : null}
          </>
        );
      }}
    </Scene>
  );
}
