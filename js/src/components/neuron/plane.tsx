// The plane: where the neuron says yes, the line between, and the four points of the truth table.
import * as concept from "../../concepts/neuron";
import { drawField } from "../../draw/field";
import { fixed } from "../../draw/format";
import { positiveHalf } from "../../draw/halves";
import { Handle } from "../explorer/handle";
import { Canvas, clamp, Label, linear, Scene, Var } from "../explorer/scene";
import { inputDigits, type Neuron } from "./state";

const LEFT = 28;
const TOP = 26;
const BELOW = 76;
const CELLS = 96;
const RANGE = [concept.LOW, concept.HIGH] as const;
/** A step has no shades: its two sides are as pale as a tile of 0.62. */
const SIDE = 0.62;
const ARROW = 34;
/** Along the line, and how far from the points an arrow is to be. */
const PLACES = [0.5, 0.35, 0.65, 0.2, 0.8];
const APART = 44;

export function Plane({ neuron }: { neuron: Neuron }) {
  const { weights, bias, activation, f } = neuron;
  const sized = (width: number) => Math.min(width - LEFT, 360);
  return (
    <Scene
      height={(width) => TOP + sized(width) + BELOW}
      label="Plane"
      under={(width) => (
        <Canvas
          x={LEFT}
          y={TOP}
          width={sized(width)}
          height={sized(width)}
          inputs={[...weights, bias, activation]}
          paint={(context, theme) => {
            const size = sized(width);
            const cells = new Uint8Array(CELLS * CELLS);
            const at = (index: number) =>
              concept.LOW + ((index + 0.5) / CELLS) * (concept.HIGH - concept.LOW);
            for (let row = 0; row < CELLS; row++)
              for (let column = 0; column < CELLS; column++) {
                const z = concept.preActivation(weights, bias, [at(column), at(CELLS - 1 - row)]);
                cells[row * CELLS + column] = Math.round(128 + 127 * shade(activation, f(z), z));
              }
            if (activation === "step") drawSides(context, size, weights, bias, theme.fieldRamp32);
            else drawField(context, cells, CELLS, CELLS, 0, 0, size, size, theme.fieldRamp32);
          }}
        />
      )}
    >
      {(width) => <Drawing neuron={neuron} size={sized(width)} />}
    </Scene>
  );
}

/** A value of the map, from −1 to 1. */
function shade(activation: string, output: number, z: number): number {
  if (activation === "step") return z > 0 ? SIDE : -SIDE;
  return clamp(activation === "sigmoid" ? 2 * output - 1 : output, [-1, 1]);
}

/** Two halves of a plane have a sharp edge, which cells do not. */
function drawSides(
  context: CanvasRenderingContext2D,
  size: number,
  [w1, w2]: concept.Pair,
  bias: number,
  ramp: Uint32Array,
): void {
  const colour = (value: number) => {
    const pixel = ramp[Math.round(128 + 127 * value)] as number;
    return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
  };
  context.fillStyle = colour(-SIDE);
  context.fillRect(0, 0, size, size);
  const points = positiveHalf([w1, w2, bias], { xRange: RANGE, yRange: RANGE });
  const span = concept.HIGH - concept.LOW;
  if (!points.length) return;
  context.fillStyle = colour(SIDE);
  context.beginPath();
  for (const [x, y] of points)
    context.lineTo(((x - concept.LOW) / span) * size, ((concept.HIGH - y) / span) * size);
  context.fill();
}

function Drawing({ neuron, size }: { neuron: Neuron; size: number }) {
  const { store, rows, inputs, layered, symbol, seen, isThreshold } = neuron;
  const x = linear([concept.LOW, concept.HIGH], [LEFT, LEFT + size]);
  const y = linear([concept.LOW, concept.HIGH], [TOP + size, TOP]);
  const end = TOP + size;
  const move = (first: number, second: number) => {
    const near = (value: number) => {
      const bounded = clamp(value, [concept.LOW, concept.HIGH]);
      // Corners hold on a little: there the truth table is.
      const whole = Math.round(bounded);
      return Math.abs(bounded - whole) < 0.06 ? whole : Number(bounded.toFixed(2));
    };
    store.set({ inputs: [near(first), near(second)] });
  };
  const text = (value: number) => fixed(value, inputDigits(value));
  return (
    <>
      <Label x={LEFT} y={14} class="nnw-2nd">
        {layered ? "Plane of the hidden neurons" : "Plane"}
      </Label>
      <Label x={LEFT + size} y={14} anchor="end" class="nnw-2nd">
        line: <Var name={isThreshold ? "s" : "z"} /> = {isThreshold ? <Var name="θ" /> : 0}
      </Label>
      <Line neuron={neuron} x={x} y={y} />
      <rect
        x={LEFT + 0.5}
        y={TOP + 0.5}
        width={size - 1}
        height={size - 1}
        rx={2}
        fill="none"
        stroke="var(--nnw-ink-3)"
        stroke-opacity={0.55}
      />
      <g class="nnw-ticks">
        {[0, 1].map((tick) => (
          <g key={tick}>
            <path class="nnw-zero" d={`M${x(tick)} ${end}v4M${LEFT} ${y(tick)}h-4`} />
            <text x={x(tick)} y={end + 16} text-anchor="middle">
              {tick}
            </text>
            <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {tick}
            </text>
          </g>
        ))}
      </g>
      <Label x={LEFT + size - 8} y={end - 9} anchor="end" class="nnw-t">
        <Var name={symbol} index={1} />
      </Label>
      <Label x={LEFT + 8} y={TOP + 17} class="nnw-t">
        <Var name={symbol} index={2} />
      </Label>
      {rows.map(({ inputs: corner, seen: [u, v], target, isRight }, index) => {
        // Where two lie in the same place, both names are said: the second below.
        const twin = rows.slice(0, index).some(({ seen: [a, b] }) => a === u && b === v);
        const now = u === seen[0] && v === seen[1];
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard has the rows of the truth table for it
          <g key={corner.join()} class="nnw-pressable" onClick={() => store.set({ inputs: [...corner] })}>
            {isRight ? null : (
              <>
                <circle
                  cx={x(u)}
                  cy={y(v)}
                  r={12}
                  fill="none"
                  stroke="var(--nnw-point-line)"
                  stroke-width={3}
                />
                <circle
                  cx={x(u)}
                  cy={y(v)}
                  r={12}
                  fill="none"
                  stroke="var(--nnw-contour)"
                  stroke-width={1.25}
                />
              </>
            )}
            <circle cx={x(u)} cy={y(v)} r={14} fill="transparent" />
            <circle
              cx={x(u)}
              cy={y(v)}
              r={7}
              fill={`var(--nnw-${target ? "pos" : "neg"})`}
              stroke="var(--nnw-point-line)"
            />
            <Label
              x={x(u) + (now ? 22 : 13) * (layered && u > 0.5 ? -1 : 1)}
              y={y(v) + (twin ? 18 : -8)}
              anchor={layered && u > 0.5 ? "end" : "start"}
              class="nnw-b nnw-halo"
            >
              {target}
              {layered ? <tspan class="nnw-xs"> ({corner.join(", ")})</tspan> : null}
            </Label>
          </g>
        );
      })}
      {layered ? (
        <circle cx={x(seen[0])} cy={y(seen[1])} r={17} class="nnw-now-line" />
      ) : (
        <Handle
          label="Shown input"
          x={x(inputs[0])}
          y={y(inputs[1])}
          value={inputs[0]}
          text={`x1 ${text(inputs[0])}, x2 ${text(inputs[1])}`}
          range={[concept.LOW, concept.HIGH]}
          radius={13}
          onMove={(spot) => move(x.invert(spot.x), y.invert(spot.y))}
          onStep={(right, up) => move(inputs[0] + 0.1 * right, inputs[1] + 0.1 * up)}
        >
          <circle r={17} class="nnw-now-line" />
        </Handle>
      )}
      <Legend x={LEFT} y={end + 48} width={size} />
    </>
  );
}

function Line({
  neuron: { weights, bias, rows, layered },
  x,
  y,
}: {
  neuron: Neuron;
  x: (value: number) => number;
  y: (value: number) => number;
}) {
  const line = concept.line(weights, bias);
  if (!line) return null;
  const [[x1, y1], [x2, y2]] = line;
  const length = Math.hypot(...weights);
  const points = rows.map(({ seen }) => seen);
  const [ux, uy] = [weights[0] / length, -weights[1] / length];
  // The arrow of w stands upright on the line: at its middle, or where there is room for it, if there is any.
  const places = layered ? [...PLACES].reverse() : PLACES; // names of hidden points are on the left
  const spots = places.map((share) => [x(x1 + share * (x2 - x1)), y(y1 + share * (y2 - y1))] as const);
  const isInside = (px: number, py: number) =>
    px > x(concept.LOW) + 6 &&
    px < x(concept.HIGH) - 6 &&
    py < y(concept.LOW) - 6 &&
    py > y(concept.HIGH) + 6;
  const roomAt = ([px, py]: readonly [number, number]) =>
    Math.min(...points.map(([u, v]) => Math.hypot(x(u) - px - 24 * ux, y(v) - py - 24 * uy)));
  const inside = spots.filter(([px, py]) => isInside(px + 46 * ux, py + 46 * uy));
  const [ax, ay] = inside.find((spot) => roomAt(spot) > APART) ?? inside[0] ?? [Number.NaN, Number.NaN];
  const [bx, by] = [ax + ARROW * ux, ay + ARROW * uy];
  const turn = (Math.atan2(uy, ux) * 180) / Math.PI;
  const stroke = { stroke: "var(--nnw-contour)", "stroke-width": 1.5, fill: "none" };
  return (
    <>
      <path d={`M${x(x1)} ${y(y1)}L${x(x2)} ${y(y2)}`} {...stroke} />
      {Number.isNaN(ax) ? null : (
        <>
          <path d={`M${ax} ${ay}L${bx} ${by}`} {...stroke} />
          <path
            d="M-5 -4L0 0L-5 4"
            transform={`translate(${bx} ${by}) rotate(${turn})`}
            stroke-linecap="round"
            stroke-linejoin="round"
            {...stroke}
          />
          <Label x={bx + ux * 12} y={by + uy * 12 + 4} anchor="middle" class="nnw-t nnw-b nnw-i">
            w
          </Label>
        </>
      )}
    </>
  );
}

const DOTS = [
  ["target 1", <circle r={4} fill="var(--nnw-pos)" />],
  ["target 0", <circle r={4} fill="var(--nnw-neg)" />],
  [
    "wrong",
    <>
      <circle r={5.6} fill="none" stroke="var(--nnw-ink)" stroke-width={1.25} />
      <circle r={2.4} fill="var(--nnw-ink-2)" />
    </>,
  ],
  ["shown", <circle r={5.6} class="nnw-now-line" />],
] as const;
/** A letter of 12 px, and what stands before a word. */
const [LETTER, BEFORE] = [6.4, 14];

/** Under the plane and as wide as it is, or as it needs to be. */
function Legend({ x, y, width }: { x: number; y: number; width: number }) {
  const widths = DOTS.map(([name]) => BEFORE + LETTER * name.length);
  const total = widths.reduce((sum, each) => sum + each);
  const gap = clamp((width - total) / (DOTS.length - 1), [4, 24]);
  let left = x;
  return (
    <g>
      {DOTS.map(([name, dot], index) => {
        const at = left;
        left += (widths[index] as number) + gap;
        return (
          <g key={name} transform={`translate(${at} ${y})`}>
            <g transform="translate(5 -4)">{dot}</g>
            <Label x={BEFORE} y={0} class="nnw-2nd">
              {name}
            </Label>
          </g>
        );
      })}
    </g>
  );
}
