// All weights as a map: rows and columns are cells. A place in it is a pair.
import { rampCss } from "../../draw/colour";
import { fixed } from "../../draw/format";
import { Handle, spotOf } from "../explorer/handle";
import { Canvas, clamp, Label, Scene } from "../explorer/scene";
import type { Learned, Patterns } from "./state";

const EDGE = 18;
const FOOT = 24;
const LARGEST_CELL = 56;
/** Up to so many cells there is room for numbers. */
const WITH_NUMBERS = 4;
const NOTHING = 1e-9;

interface MatrixProps {
  patterns: Patterns;
  learned: Learned;
  pair: readonly [number, number];
  choose(pair: [number, number]): void;
}

export function Matrix({ patterns: { count: n }, learned, pair, choose }: MatrixProps) {
  const [i, j] = pair;
  const { weights, largest } = learned;
  const weight = learned.weight(i, j);
  const sideOf = (width: number) => Math.min(width - EDGE, LARGEST_CELL * n);
  /** The diagonal is no pair. */
  const look = (row: number, column: number, from: number) => {
    const to = [row, column].map((each) => clamp(each, [0, n - 1])) as [number, number];
    if (to[0] === to[1]) to[1] = clamp(to[1] + (to[1] >= from ? 1 : -1), [0, n - 1]);
    if (to[0] !== to[1]) choose(to);
  };
  const paint = (context: CanvasRenderingContext2D, ramp: Uint8ClampedArray, side: number) => {
    const cell = side / n;
    for (let row = 0; row < n; row++) {
      for (let column = 0; column < n; column++) {
        const share = largest > NOTHING ? (weights[row * n + column] as number) / largest : 0;
        context.fillStyle = rampCss(ramp, share);
        context.fillRect(column * cell, row * cell, cell + 0.5, cell + 0.5);
      }
    }
  };
  return (
    <Scene
      height={(width) => width + FOOT}
      label="All weights"
      under={(width) => (
        <Canvas
          x={EDGE}
          y={EDGE}
          width={sideOf(width)}
          height={sideOf(width)}
          paint={(context, theme) => paint(context, theme.tileRamp, sideOf(width))}
          inputs={[weights]}
        />
      )}
    >
      {(width, id) => {
        const side = sideOf(width);
        const cell = side / n;
        const [x, y] = [EDGE + (j + 0.5) * cell, EDGE + (i + 0.5) * cell];
        const ring = Math.max(12, cell);
        return (
          <>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the handle does the same by keyboard */}
            <rect
              x={EDGE}
              y={EDGE}
              width={side}
              height={side}
              class="nnw-hebb-frame"
              onClick={(event) => {
                const spot = spotOf(event.currentTarget, event);
                look(Math.floor((spot.y - EDGE) / cell), Math.floor((spot.x - EDGE) / cell), j);
              }}
            />
            <Label x={EDGE - 5} y={y + 4} anchor="end" class="nnw-xs">
              {i + 1}
            </Label>
            <Label x={x} y={EDGE - 5} anchor="middle" class="nnw-xs">
              {j + 1}
            </Label>
            {n <= WITH_NUMBERS
              ? Array.from(weights, (each, index) => {
                  const [row, column] = [Math.floor(index / n), index % n];
                  return row === column ? null : (
                    <Label
                      key={index}
                      x={EDGE + (column + 0.5) * cell}
                      y={EDGE + (row + 0.5) * cell + 4}
                      anchor="middle"
                      class={
                        largest && Math.abs(each) > 0.6 * largest ? "nnw-xs nnw-hebb-on-fires" : "nnw-xs"
                      }
                      n={`w.${row}.${column}`}
                    >
                      {fixed(each, 2)}
                    </Label>
                  );
                })
              : null}
            <Handle
              label="Pair of cells"
              x={x}
              y={y}
              value={i * n + j}
              text={`cells ${i + 1} and ${j + 1}, weight ${fixed(weight, 3)}`}
              range={[0, n * n - 1]}
              kind="accent"
              onMove={(spot) =>
                look(Math.floor((spot.y - EDGE) / cell), Math.floor((spot.x - EDGE) / cell), j)
              }
              onStep={(right, up) => look(i - Math.sign(up), j + Math.sign(right), j)}
              onEnd={(end) => look(i, end === "low" ? 0 : n - 1, j)}
            >
              <rect x={-ring / 2} y={-ring / 2} width={ring} height={ring} rx={2} class="nnw-now-line" />
            </Handle>
            <Legend id={`${id}-ramp`} y={EDGE + side + 16} width={side} largest={largest} />
          </>
        );
      }}
    </Scene>
  );
}

/** What the colours stand for. */
interface LegendProps {
  id: string;
  y: number;
  width: number;
  largest: number;
}

function Legend({ id, y, width, largest }: LegendProps) {
  const text = fixed(largest, 2);
  const room = 8 + 7 * (text.length + 1); // as much at the right, though there is no minus
  return (
    <g transform={`translate(${EDGE} ${y})`}>
      <defs>
        <linearGradient id={id}>
          {["n2", "n1", "0", "p1", "p2"].map((stop, index) => (
            <stop key={stop} offset={index / 4} stop-color={`var(--nnw-ramp-${stop})`} />
          ))}
        </linearGradient>
      </defs>
      <Label x={0} y={8} class="nnw-xs" n="scale.low">
        {fixed(-largest, 2)}
      </Label>
      <rect
        x={room}
        width={Math.max(0, width - 2 * room)}
        height={8}
        rx={2}
        fill={`url(#${id})`}
        class="nnw-hebb-ramp-line"
      />
      <Label x={width} y={8} anchor="end" class="nnw-xs" n="scale.high">
        {text}
      </Label>
    </g>
  );
}
