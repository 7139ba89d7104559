// One row per class: the logit to drag, its exponential, the probability, and the gradient of the loss.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { fixed, significant, tickLabel } from "../../draw/format";
import { Handle } from "../explorer/handle";
import { amount, inFloat32, probabilityText, shortened, signClass, three } from "../explorer/numbers";
import { clamp, Label, linear, type Scale, Scene, ticksAt, Var, XAxis } from "../explorer/scene";
import { type Frame, frameOf, type SoftmaxState } from "./state";

const TOP = 32;
const AXIS = 28;
const STEP = 0.1;
/** A number beside the end of a bar, and the room that it needs. */
const GAP = 11;
const LETTER = 7.2;
/** A bar as long as this has its probability in it. */
const INSIDE = 54;

/** How high a row is, and the bar in it. */
function pitch(count: number): readonly [row: number, bar: number] {
  if (count <= 4) return [56, 24];
  return count <= 6 ? [44, 20] : [32, 16];
}

/** Where the columns begin and end. */
function columns(width: number, wide: boolean) {
  const names = wide ? 104 : 84;
  const exponent = wide ? 76 : 68;
  const arrow = wide ? 48 : 36;
  const gap = wide ? 36 : 28;
  const rest = width - names - exponent - arrow - gap - 8;
  // The numbers of the gradient stand beside its zero line, and need half of its axis.
  const shares = wide ? ([0.4, 0.3] as const) : ([0.37, 0.27] as const);
  const logits = [names, names + shares[0] * rest] as const;
  const exponentials = logits[1] + exponent;
  const p = [exponentials + arrow, exponentials + arrow + shares[1] * rest] as const;
  const gradient = [p[1] + gap, width - 8] as const;
  return { names, logits, exponentials, p, gradient };
}

export const rowsHeight = (count: number) => TOP + count * pitch(count)[0] + AXIS + 20;

export function Rows({ of }: { of: SoftmaxState }) {
  return (
    <Scene height={rowsHeight(of.logits.length)} label="Classes: logits, probabilities and gradient">
      {(width) => <Drawing of={of} width={width} />}
    </Scene>
  );
}

function Drawing({ of, width }: { of: SoftmaxState; width: number }) {
  const { logits, target, temperature, offset, p, naive } = of;
  // The axis waits for the end of a drag, or it would run away under the hand.
  const held = useSignal<Frame | null>(null);
  const frame = held.value ?? frameOf(logits);
  const { base, reach } = frame;
  const place = columns(width, width >= 600);
  const [row, bar] = pitch(logits.length);
  const foot = TOP + logits.length * row;
  const z = linear([base - reach, base + reach], place.logits);
  const chance = linear([0, 1], place.p);
  const slope = linear([-1 / temperature, 1 / temperature], place.gradient);
  const middle = (index: number) => TOP + (index + 0.5) * row;
  const marks = reach < 1e4 ? [-reach, -reach / 2, 0, reach / 2, reach] : [-reach, 0, reach];
  const steps = marks.map((by) => ({
    value: base + by,
    label: base ? tickLabel(base + by, reach / 2) : tickLabel(by, reach / 2),
  }));
  const total = p.reduce((sum, each) => sum + each, 0);
  const bound = significant(1 / temperature, 2);
  const slopes = [
    { value: -1 / temperature, label: `−${bound}` },
    { value: 0, label: "0" },
    { value: 1 / temperature, label: bound },
  ];
  return (
    <>
      <path class="nnw-softmax-band" d={`M0 ${middle(target) - row / 2 + 6}h${width}v${row - 12}H0Z`} />
      <path class="nnw-softmax-mark" d={`M0 ${middle(target) - row / 2 + 6}h2v${row - 12}h-2Z`} />
      <Heads place={place} temperature={temperature} offset={offset} base={base} />
      <Grid scale={z} at={foot} ticks={steps} zero={base} />
      <Grid scale={chance} at={foot} ticks={ticksAt([0, 0.5, 1])} />
      <Grid scale={slope} at={foot} ticks={slopes} />
      {logits.map((logit, index) => (
        <Row
          key={index}
          of={of}
          index={index}
          y={middle(index)}
          bar={bar}
          scales={{ z, chance, slope }}
          place={place}
          hold={() => {
            held.value ??= frame;
          }}
          release={() => {
            held.value = null;
          }}
          logit={logit}
        />
      ))}
      <g class="nnw-softmax-sums">
        <text x={place.exponentials} y={foot + AXIS + 8} text-anchor="end">
          sum{" "}
          <tspan class="nnw-b" data-n="sum.e">
            {inFloat32(naive.total, amount)}
          </tspan>
        </text>
        <text x={place.p[0]} y={foot + AXIS + 8}>
          sum{" "}
          <tspan class="nnw-b" data-n="sum.p">
            {fixed(total, 3)}
          </tspan>
        </text>
      </g>
    </>
  );
}

interface HeadsProps {
  place: ReturnType<typeof columns>;
  temperature: number;
  offset: number;
  base: number;
}

function Heads({ place, temperature, offset, base }: HeadsProps) {
  const shift = offset ? `${offset < 0 ? "−" : "+"} ${tickLabel(Math.abs(offset), 1)}` : "";
  return (
    <>
      <Label x={place.logits[0]} y={14} class="nnw-2nd">
        Logits <Var name="z" />
        {shift ? <tspan class="nnw-b"> {shift}</tspan> : null}
        {base && !shift ? <tspan class="nnw-xs"> from {tickLabel(base, 1)}</tspan> : null}
      </Label>
      <Label x={place.exponentials} y={16} anchor="end" class="nnw-2nd">
        <tspan class="nnw-i">e</tspan>
        <tspan class="nnw-index" dy="-4">
          {shift ? "(" : ""}
          <tspan class="nnw-i">z</tspan>
          {shift ? `${shift.replace(" ", "")})` : ""}
          {temperature === 1 ? null : (
            <>
              /<tspan class="nnw-i">T</tspan>
            </>
          )}
        </tspan>
      </Label>
      <Label x={place.p[0]} y={14} class="nnw-2nd">
        Probability <Var name="p" />
      </Label>
      <Label x={place.gradient[0]} y={14} class="nnw-2nd">
        {temperature === 1 ? "" : "("}
        <Var name="p" /> − <Var name="y" />
        {temperature === 1 ? null : (
          <>
            )/
            <Var name="T" />
          </>
        )}{" "}
        = ∂<Var name="L" />
        /∂
        <Var name="z" />
      </Label>
    </>
  );
}

interface GridProps {
  scale: Scale;
  at: number;
  ticks: readonly { value: number; label: string }[];
  zero?: number;
}

/** Grid lines through all rows, and the line where the bars begin. */
const Grid = ({ scale, at, ticks, zero = 0 }: GridProps): JSX.Element => (
  <>
    <XAxis scale={scale} at={at} ticks={ticks} />
    {ticks.map(({ value }) => (
      <path
        key={value}
        class={value === zero ? "nnw-zero" : "nnw-grid"}
        d={`M${scale(value)} ${TOP - 4}V${at}`}
      />
    ))}
  </>
);

interface RowProps {
  of: SoftmaxState;
  index: number;
  logit: number;
  y: number;
  bar: number;
  scales: { z: Scale; chance: Scale; slope: Scale };
  place: ReturnType<typeof columns>;
  hold(): void;
  release(): void;
}

function Row({ of, index, logit, y, bar, scales, place, hold, release }: RowProps) {
  const { store, target, p, gradient, naive, names, digits } = of;
  const { z, chance, slope } = scales;
  const isTarget = index === target;
  const name = names[index] as string;
  const x = clamp(z(logit), z.range);
  const choose = () => store.set({ target: index });
  const set = (value: number) => {
    store.set({ logits: of.logits.with(index, Number(value.toFixed(2))) });
  };
  const exact = (value: number) => Math.round(value / STEP) * STEP;
  const probability = p[index] as number;
  const pull = gradient[index] as number;
  const exponential = inFloat32(naive.exponentials[index] as number, amount);
  const spare = place.exponentials - z.range[1] - exponential.length * LETTER - 8;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a short cut for pointers; the control below has the keys */}
      <g class="nnw-pressable" onClick={choose}>
        <path d={`M0 ${y - 14}H${place.names - 8}v28H0Z`} fill="transparent" />
        <Label x={10} y={isTarget && bar > 16 ? y - 2 : y + 4} class={isTarget ? "nnw-t nnw-b" : "nnw-t"}>
          {shortened(name, Math.floor((place.names - 14) / LETTER))}
        </Label>
        {isTarget && bar > 16 ? (
          <Label x={10} y={y + 13} class="nnw-xs">
            true class
          </Label>
        ) : null}
      </g>
      <Bar scale={z} y={y} height={bar} value={logit} zero={barBase(z)} />
      <Handle
        label={`Logit of ${name}`}
        x={x}
        y={y}
        value={logit}
        text={fixed(logit, digits)}
        range={z.domain}
        cursor="ew-resize"
        onMove={(spot) => {
          hold();
          set(exact(z.invert(clamp(spot.x, z.range))));
        }}
        onRelease={release}
        onStep={(right, up) => set(logit + (right || up) * STEP)}
        onEnd={(end) => set(z.domain[end === "low" ? 0 : 1])}
      />
      <LogitNumber x={x} y={y} z={z} logit={logit} digits={digits} spare={spare} n={`z.${index}`} />
      <Label x={place.exponentials} y={y + 4} anchor="end" class="nnw-t" n={`e.${index}`}>
        {exponential}
      </Label>
      <Arrow from={place.exponentials + 8} to={place.p[0] - 8} y={y} />
      <rect
        class={isTarget ? "nnw-softmax-p nnw-softmax-p--true" : "nnw-softmax-p"}
        x={chance(0)}
        y={y - bar / 2}
        width={Math.max(1, chance(probability) - chance(0))}
        height={bar}
        rx="2"
      />
      <Probability
        x={chance(probability)}
        y={y}
        inside={chance(probability) - chance(0) > INSIDE}
        n={`p.${index}`}
      >
        {probabilityText(probability)}
      </Probability>
      <Bar scale={slope} y={y} height={bar} value={pull} zero={0} />
      <Label
        x={slope(0) + (pull < 0 ? 6 : -6)}
        y={y + 4}
        anchor={pull < 0 ? "start" : "end"}
        class={`nnw-b ${signClass(pull)}`}
        n={`g.${index}`}
      >
        {three(pull)}
      </Label>
    </>
  );
}

const barBase = ({ domain: [low, high] }: Scale) => (low + high) / 2;

interface BarProps {
  scale: Scale;
  y: number;
  height: number;
  value: number;
  zero: number;
}

/** A bar in the colour of its sign. */
function Bar({ scale, y, height, value, zero }: BarProps) {
  const [start, end] = [scale(zero), clamp(scale(value), scale.range)];
  return (
    <rect
      class={value < 0 ? "nnw-softmax-bar nnw-softmax-bar--neg" : "nnw-softmax-bar"}
      x={Math.min(start, end)}
      y={y - height / 2}
      width={Math.max(1, Math.abs(end - start))}
      height={height}
      rx="2"
    />
  );
}

interface LogitNumberProps {
  /** Room beyond the axis, before the exponential. */
  spare: number;
  x: number;
  y: number;
  z: Scale;
  logit: number;
  digits: number;
  n: string;
}

/** Beyond the end of the bar; where there is no room, in it, or beyond its beginning. */
function LogitNumber({ x, y, z, logit, digits, n, spare }: LogitNumberProps) {
  const text = fixed(logit, digits);
  const room = text.length * LETTER + GAP;
  const start = z(barBase(z));
  const isRight = logit >= barBase(z);
  const outside = isRight ? x + room <= z.range[1] + spare : x - room >= z.range[0] - 8;
  const inside = !outside && Math.abs(x - start) >= room;
  const from = outside || inside ? x : start;
  const towardsRight = isRight === outside;
  return (
    <Label
      x={from + (towardsRight ? GAP : -GAP)}
      y={y + 4}
      anchor={towardsRight ? "start" : "end"}
      class={inside ? "nnw-t nnw-b nnw-softmax-inside" : `nnw-t nnw-b ${signClass(logit)}`}
      n={n}
    >
      {text}
    </Label>
  );
}

interface ProbabilityProps {
  x: number;
  y: number;
  inside: boolean;
  n: string;
  children: string;
}

const Probability = ({ x, y, inside, n, children }: ProbabilityProps) => (
  <Label
    x={inside ? x - 7 : x + 7}
    y={y + 4}
    anchor={inside ? "end" : "start"}
    class={inside ? "nnw-t nnw-b nnw-softmax-inside" : "nnw-t nnw-b"}
    n={n}
  >
    {children}
  </Label>
);

const Arrow = ({ from, to, y }: { from: number; to: number; y: number }) => (
  <path class="nnw-softmax-arrow" d={`M${from} ${y}H${to}m-5 -4l5 4l-5 4`} />
);
