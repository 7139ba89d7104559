// The way from inputs to output: products added one by one, and the activation on the same axis as their sum.
import type { ComponentChildren } from "preact";
import { fixed, signed } from "../../draw/format";
import { edgeAlpha, edgeDash, edgeWidth } from "../../draw/network";
import { curve, Label, linear, type Scale, Scene, Var, XAxis } from "../explorer/scene";
import { inputDigits, type Neuron } from "./state";

const TILE = [44, 40] as const;
const ROWS = [46, 104, 162, 220];
/** The plot of the activation, under the sums. */
const [TOP, BOTTOM] = [262, 342];
const HEIGHT = 376;
/** The axis reaches as far as the sums, but not for ever. */
const LEAST = 3;
/** A digit of the number beside a bar. */
const LETTER = 7.6;
/** More digits than these are written smaller in a tile. */
const LONG = 4;

export function Stage({ neuron }: { neuron: Neuron }) {
  return (
    <Scene height={HEIGHT} label="Neuron">
      {(width) => <Drawing neuron={neuron} width={width} />}
    </Scene>
  );
}

/** What is added, in its order: a product, or the bias. */
interface Term {
  readonly name: ComponentChildren;
  readonly value: number;
  readonly n: string;
}

function Drawing({ neuron, width }: { neuron: Neuron; width: number }) {
  const { products, bias, sum, z, isThreshold, weights, seen, symbol, digits, sumDigits } = neuron;
  const narrow = width < 480;
  const middle = 44;
  const [from, to] = [narrow ? 150 : 206, width - (narrow ? 88 : 104)];
  const ends = [0, products[0], sum, isThreshold ? -bias : z];
  // Beyond the longest bar is the room for its number, before the names at the edge.
  const room = LETTER * (fixed(Math.max(...ends.map(Math.abs)), sumDigits).length + 1) + 3;
  const share = Math.max(0.4, 1 - (2 * room) / (to - from));
  const far = Math.max(LEAST, Math.ceil(Math.max(...ends.map(Math.abs)) / share));
  const x = linear([-far, far], [from, to]);
  const terms: Term[] = products.map((value, index) => ({
    value,
    n: `product.${index}`,
    name: (
      <>
        <Var name="w" index={index + 1} />
        <Var name={symbol} index={index + 1} />
      </>
    ),
  }));
  if (!isThreshold) terms.push({ value: bias, n: "bias", name: <Var name="b" /> });
  const total = isThreshold ? sum : z;
  const head = (at: number, text: string) => (
    <Label x={at} y={14} anchor="middle" class="nnw-2nd">
      {text}
    </Label>
  );
  let running = 0;
  return (
    <>
      {head(middle, neuron.layered ? "Hidden" : "Input")}
      {head((middle + from) / 2 + 8, "Weight")}
      {narrow ? null : head((from + to) / 2, "Products, added one by one")}
      {head(width - 32, "Output")}
      <XAxis scale={x} at={BOTTOM} grid={26} apart={40} />
      <path class="nnw-zero" d={`M${from} ${BOTTOM}H${to}`} />
      <Label x={to + 10} y={BOTTOM + 16} class="nnw-t">
        <Var name={isThreshold ? "s" : "z"} />
      </Label>
      {[0, 1].map((index) => (
        <Wire
          key={index}
          from={middle}
          to={from - 14}
          y={ROWS[index] as number}
          weight={weights[index] as number}
          off={seen[index] === 0}
        >
          <Var name="w" index={index + 1} />
          <Value value={weights[index] as number} digits={digits} />
        </Wire>
      ))}
      {isThreshold ? null : (
        <Wire from={middle} to={from - 14} y={ROWS[2] as number} weight={bias}>
          <Var name="b" />
          <Value value={bias} digits={digits} />
        </Wire>
      )}
      {[0, 1].map((index) => (
        <Input key={index} neuron={neuron} index={index} x={middle} y={ROWS[index] as number} />
      ))}
      {isThreshold ? null : (
        <>
          <Tile x={middle} y={ROWS[2] as number} text="1" weak />
          <Label x={middle} y={(ROWS[2] as number) + TILE[1] / 2 + 15} anchor="middle" class="nnw-xs">
            always 1
          </Label>
        </>
      )}
      {terms.map(({ value, name, n }, index) => {
        const start = running;
        running += value;
        const y = ROWS[index] as number;
        return (
          <g key={n}>
            {index ? <Drop x={x(start)} from={ROWS[index - 1] as number} to={y} /> : null}
            <Bar x={x} from={start} to={running} y={y} digits={sumDigits} n={n} />
            <Label x={to + 10} y={y + 4.5} class="nnw-2nd">
              {name}
            </Label>
          </g>
        );
      })}
      <Drop x={x(total)} from={ROWS[terms.length - 1] as number} to={ROWS[3] as number} />
      <rect
        x={Math.min(x(0), x(total))}
        y={(ROWS[3] as number) - 11}
        width={Math.max(1.5, Math.abs(x(total) - x(0)))}
        height={22}
        rx={2}
        fill="var(--nnw-ink)"
      />
      <Label
        x={total < 0 ? x(total) - 7 : Math.max(x(0), x(total)) + 7}
        y={(ROWS[3] as number) + 4.5}
        anchor={total < 0 ? "end" : "start"}
        class="nnw-t nnw-b nnw-halo"
        n="sum"
      >
        {fixed(total, sumDigits)}
      </Label>
      <Label x={to + 10} y={(ROWS[3] as number) + 4.5}>
        sum <Var name={isThreshold ? "s" : "z"} />
      </Label>
      <Activation neuron={neuron} x={x} width={width} total={total} />
    </>
  );
}

const Value = ({ value, digits }: { value: number; digits: number }) => (
  <tspan class={`nnw-b ${value < 0 ? "nnw-neg" : "nnw-pos"}`}> {fixed(value, digits)}</tspan>
);

interface WireProps {
  from: number;
  to: number;
  y: number;
  weight: number;
  /** Nothing comes through it. */
  off?: boolean;
  children: ComponentChildren;
}

function Wire({ from, to, y, weight, off, children }: WireProps) {
  const start = from + TILE[0] / 2 + 1;
  return (
    <>
      <path
        d={`M${start} ${y}H${to}`}
        stroke={`var(--nnw-${weight < 0 ? "neg" : "pos"})`}
        stroke-width={edgeWidth(weight)}
        stroke-opacity={off ? 0.16 : edgeAlpha(weight)}
        stroke-dasharray={edgeDash(weight, 1).join(" ")}
      />
      <Label x={(start + to) / 2} y={y - 10} anchor="middle" class="nnw-t nnw-halo">
        {children}
      </Label>
    </>
  );
}

interface TileProps {
  x: number;
  y: number;
  text: string;
  /** From −1 to 1: its colour. */
  value?: number;
  weak?: boolean;
  n?: string;
}

/** A value on a pale tile: its colour is the sign, its number ink. */
function Tile({ x, y, text, value, weak, n }: TileProps) {
  const [wide, high] = TILE;
  const share = value === undefined ? 0 : Math.min(1, Math.abs(value));
  const pole = (value ?? 0) < 0 ? "n" : "p";
  const fill =
    value === undefined
      ? "var(--nnw-surface)"
      : `color-mix(in oklab, var(--nnw-ramp-${pole}2) ${(46 * share).toFixed(1)}%, var(--nnw-ramp-0))`;
  return (
    <>
      <rect
        class="nnw-tile-box"
        x={x - wide / 2}
        y={y - high / 2}
        width={wide}
        height={high}
        rx={4}
        style={{ fill }}
      />
      <Label
        x={x}
        y={y + 4.5}
        anchor="middle"
        class={`${text.length > LONG ? "" : "nnw-t"} ${weak ? "nnw-2nd" : "nnw-b"}`}
        n={n}
      >
        {text}
      </Label>
    </>
  );
}

interface InputProps {
  neuron: Neuron;
  index: number;
  x: number;
  y: number;
}

/** Pressed, an input changes between 0 and 1. */
function Input({ neuron, index, x, y }: InputProps) {
  const { store, inputs, seen, symbol, layered } = neuron;
  const value = seen[index] as number;
  const text = fixed(value, inputDigits(value));
  const flip = () =>
    store.set({
      inputs: inputs.map((own, at) => (at === index ? (own > 0.5 ? 0 : 1) : own)) as [number, number],
    });
  const name = (
    <Label x={x - TILE[0] / 2 - 8} y={y + 5} anchor="end" class="nnw-t">
      <Var name={symbol} index={index + 1} />
    </Label>
  );
  if (layered)
    return (
      <>
        {name}
        <Tile x={x} y={y} text={text} value={value} n={`seen.${index}`} />
        <Label x={x} y={y + TILE[1] / 2 + 13} anchor="middle" class="nnw-xs">
          {index ? "NAND" : "OR"} of x
        </Label>
      </>
    );
  return (
    <>
      {name}
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements */}
      <g
        class="nnw-pressable"
        role="button"
        tabindex={0}
        aria-label={`Input x${index + 1}: ${text}, change`}
        onClick={flip}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          flip();
        }}
      >
        <Tile x={x} y={y} text={text} value={value} />
        <rect
          class="nnw-ring"
          x={x - TILE[0] / 2 - 3}
          y={y - TILE[1] / 2 - 3}
          width={TILE[0] + 6}
          height={TILE[1] + 6}
          rx={6}
        />
      </g>
    </>
  );
}

const Drop = ({ x, from, to }: { x: number; from: number; to: number }) => (
  <path d={`M${x} ${from + 11}V${to - 11}`} stroke="var(--nnw-ink-2)" stroke-dasharray="2 2" />
);

interface BarProps {
  x: Scale;
  from: number;
  to: number;
  y: number;
  digits: number;
  n: string;
}

function Bar({ x, from, to, y, digits, n }: BarProps) {
  const value = to - from;
  const [left, wide] = [Math.min(x(from), x(to)), Math.abs(x(to) - x(from))];
  const text = value > 0 ? signed(value, digits) : fixed(value, digits);
  const kind = value ? (value < 0 ? "neg" : "pos") : null;
  return (
    <>
      <rect
        x={left}
        y={y - 11}
        width={Math.max(1.5, wide)}
        height={22}
        rx={wide > 3 ? 2 : 0}
        fill={kind ? `var(--nnw-${kind})` : "var(--nnw-ink-3)"}
      />
      <Label
        x={value < 0 ? left - 7 : left + Math.max(2, wide) + 7}
        y={y + 4.5}
        anchor={value < 0 ? "end" : "start"}
        class={`nnw-b nnw-halo ${kind ? `nnw-${kind}` : "nnw-2nd"}`}
        n={n}
      >
        {text}
      </Label>
    </>
  );
}

/** The activation stands on the axis of the sum, and hands its value on to the output. */
function Activation({ neuron, x, width, total }: { neuron: Neuron; x: Scale; width: number; total: number }) {
  const { f, activation, y: output, isThreshold, bias, outputDigits } = neuron;
  const [low, high] = activation === "tanh" ? [-1, 1] : [0, activation === "relu" ? x.domain[1] : 1];
  const y = linear([low, high], [BOTTOM, TOP]);
  const threshold = isThreshold ? -bias : 0;
  const [from, to] = x.range;
  const steps = activation === "step";
  const path = steps ? `M${from} ${y(0)}H${x(threshold)}V${y(1)}H${to}` : curve(f, x, y);
  const [px, py] = [x(total), y(output)];
  const arrow = width - 56;
  const name = isThreshold ? "threshold" : neuron.activationLabel;
  return (
    <>
      <path class="nnw-grid" d={`M${from} ${y(high)}H${to}`} />
      <path class="nnw-line" d={path} />
      {[high, low].map((value) => (
        <Label key={value} x={from - 8} y={y(value) + 4} anchor="end" class="nnw-xs">
          {fixed(value, 0)}
        </Label>
      ))}
      <Label x={from - 28} y={(TOP + BOTTOM) / 2 + 5} anchor="end" class="nnw-2nd">
        {name}
      </Label>
      {isThreshold ? (
        <>
          <path
            d={`M${x(threshold)} 26V${BOTTOM}`}
            stroke="var(--nnw-ink)"
            stroke-width={1.25}
            stroke-dasharray="6 3"
          />
          {/* In the row that the bias has elsewhere, away from the sum. */}
          <Label
            x={x(threshold) + (total < threshold ? 6 : -6)}
            y={(ROWS[2] as number) + 4.5}
            anchor={total < threshold ? "start" : "end"}
            class="nnw-t nnw-halo"
          >
            <Var name="θ" />{" "}
            <tspan class="nnw-b" data-n="threshold">
              {fixed(threshold, neuron.digits)}
            </tspan>
          </Label>
        </>
      ) : null}
      <path class="nnw-now-line" d={`M${px} ${(ROWS[3] as number) + 12}V${py}H${arrow}`} />
      <path class="nnw-now-line" d={`M${arrow - 5} ${py - 4.5}l5 4.5l-5 4.5`} stroke-linecap="round" />
      <circle cx={px} cy={py} r={5} fill="var(--nnw-accent)" stroke="var(--nnw-bg)" stroke-width={2} />
      <Tile
        x={width - 32}
        y={py}
        text={fixed(output, outputDigits)}
        value={activation === "tanh" || activation === "relu" ? output : 2 * output - 1}
        n="output"
      />
      <Label x={width - 32} y={py + 36} anchor="middle" class="nnw-t">
        <Var name="y" />
      </Label>
    </>
  );
}
