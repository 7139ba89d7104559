// Curves and surfaces to descend, the twin of nnwidgets/concepts/surfaces.py: the same numbers, added and multiplied in
// the same order, so that a path is the same to the last bit wherever no cosine or exponential is taken.

/** One weight, or two. */
export type Point = readonly number[];
export type Range = readonly [low: number, high: number];

/** Loss and gradient at a point; null where they are not known. */
export type Evaluate = (point: Point) => { loss: number; slope: Point } | null;

export interface Surface {
  /** The name to show to readers. */
  label: string;
  /** One range per weight. */
  window: readonly Range[];
  start: Point;
  learningRate: number;
  steps: number;
  /** For optimizers that want another learning rate. */
  rates: Readonly<Record<string, number>>;
  evaluate: Evaluate;
  minima: readonly Point[];
  localMinima: readonly Point[];
  /** The loss at `minima`. */
  lowest: number;
  /** A loss this near to the lowest counts as the bottom. */
  tolerance: number;
  /** The largest second derivative at the first of `minima`; null where it is not known. */
  curvature: number | null;
}

const at = (point: Point, index: number) => point[index] as number;

const parabola: Evaluate = (point) => {
  const w = at(point, 0);
  return { loss: w * w, slope: [2 * w] };
};

const doubleWell: Evaluate = (point) => {
  const w = at(point, 0);
  const a = w + 2;
  const b = w - 2;
  return { loss: (a * a * (b * b + 0.5)) / 8, slope: [(a * (2 * w * w - 4 * w + 0.5)) / 4] };
};

const plateau: Evaluate = (point) => {
  const w = at(point, 0);
  const e = Math.exp((-w * w) / 2);
  return { loss: 1 - e, slope: [w * e] };
};

const waves: Evaluate = (point) => {
  const w = at(point, 0);
  if (!Number.isFinite(3 * w)) return { loss: Number.POSITIVE_INFINITY, slope: [Number.POSITIVE_INFINITY] };
  return { loss: (w * w) / 10 + (1 - Math.cos(3 * w)) / 2, slope: [w / 5 + 1.5 * Math.sin(3 * w)] };
};

const bowl: Evaluate = (point) => {
  const x = at(point, 0);
  const y = at(point, 1);
  return { loss: (x * x + y * y) / 2, slope: [x, y] };
};

const ravine: Evaluate = (point) => {
  const x = at(point, 0);
  const y = at(point, 1);
  return { loss: (x * x + 18 * y * y) / 2, slope: [x, 18 * y] };
};

const saddle: Evaluate = (point) => {
  const x = at(point, 0);
  const y = at(point, 1);
  const a = y * y - 1;
  return { loss: (x * x) / 2 + (a * a) / 4, slope: [x, y * a] };
};

const himmelblau: Evaluate = (point) => {
  const x = at(point, 0);
  const y = at(point, 1);
  const a = x * x + y - 11;
  const b = x + y * y - 7;
  return { loss: a * a + b * b, slope: [4 * x * a + 2 * b, 2 * a + 4 * y * b] };
};

const rosenbrock: Evaluate = (point) => {
  const x = at(point, 0);
  const y = at(point, 1);
  const a = 1 - x;
  const b = y - x * x;
  return { loss: a * a + 100 * b * b, slope: [-2 * a - 400 * x * b, 200 * b] };
};

/** What Beale's function is the sum of the squares of. */
export function bealeTerms(x: number, y: number): readonly [number, number, number] {
  const y2 = y * y;
  return [1.5 - x + x * y, 2.25 - x + x * y2, 2.625 - x + x * (y2 * y)];
}

const beale: Evaluate = (point) => {
  const x = at(point, 0);
  const y = at(point, 1);
  const y2 = y * y;
  const y3 = y2 * y;
  const [a, b, c] = bealeTerms(x, y);
  return {
    loss: a * a + b * b + c * c,
    slope: [2 * (a * (y - 1) + b * (y2 - 1) + c * (y3 - 1)), 2 * x * (a + 2 * b * y + 3 * c * y2)],
  };
};

type Given = Pick<Surface, "label" | "window" | "start" | "learningRate" | "evaluate" | "minima"> &
  Partial<Surface>;

const surface = (given: Given): Surface => ({
  steps: 60,
  rates: {},
  localMinima: [],
  lowest: 0,
  tolerance: 0.01,
  curvature: null,
  ...given,
});

/** By name, in the order in which to offer them. */
export const SURFACES: Readonly<Record<string, Surface>> = {
  parabola: surface({
    label: "parabola",
    window: [[-4, 4]],
    start: [-3.4],
    learningRate: 0.1,
    evaluate: parabola,
    minima: [[0]],
    curvature: 2,
  }),
  double_well: surface({
    label: "two minima",
    window: [[-3.2, 3.2]],
    start: [2.9],
    learningRate: 0.05,
    evaluate: doubleWell,
    minima: [[-2]],
    localMinima: [[1 + Math.sqrt(3) / 2]],
    curvature: 4.125,
  }),
  plateau: surface({
    label: "plateau",
    window: [[-4, 4]],
    start: [-3.2],
    learningRate: 0.2,
    steps: 100,
    evaluate: plateau,
    minima: [[0]],
    curvature: 1,
  }),
  waves: surface({
    label: "waves",
    window: [[-5, 5]],
    start: [4.5],
    learningRate: 0.15,
    evaluate: waves,
    minima: [[0]],
    localMinima: [[-4.0012143182955535], [-2.004222758489096], [2.004222758489096], [4.0012143182955535]],
    curvature: 4.7,
  }),
  bowl: surface({
    label: "bowl",
    window: [
      [-4, 4],
      [-3, 3],
    ],
    start: [-3.2, 2.2],
    learningRate: 0.1,
    evaluate: bowl,
    minima: [[0, 0]],
    curvature: 1,
  }),
  ravine: surface({
    label: "ravine",
    window: [
      [-5, 3.4],
      [-1.9, 1.9],
    ],
    start: [-4.2, 1.15],
    learningRate: 0.1,
    rates: { nesterov: 0.05 },
    evaluate: ravine,
    minima: [[0, 0]],
    curvature: 18,
  }),
  saddle: surface({
    label: "saddle",
    window: [
      [-2.4, 2.4],
      [-1.8, 1.8],
    ],
    start: [-2, 0.01],
    learningRate: 0.1,
    evaluate: saddle,
    minima: [
      [0, 1],
      [0, -1],
    ],
    curvature: 2,
  }),
  himmelblau: surface({
    label: "four minima",
    window: [
      [-5, 5],
      [-5, 5],
    ],
    start: [-0.4, -0.7],
    learningRate: 0.01,
    steps: 100,
    rates: { rmsprop: 0.1, adam: 0.3 },
    evaluate: himmelblau,
    minima: [
      [3, 2],
      [3.584428340330492, -1.848126526964404],
      [-2.805118086952745, 3.131312518250573],
      [-3.779310253377747, -3.28318599128617],
    ],
    curvature: 82.28427124746192,
  }),
  rosenbrock: surface({
    label: "Rosenbrock",
    window: [
      [-2, 2],
      [-1, 3],
    ],
    start: [-1.2, 1],
    learningRate: 0.001,
    steps: 500,
    rates: { rmsprop: 0.01, adam: 0.1 },
    evaluate: rosenbrock,
    minima: [[1, 1]],
    curvature: 1001.6006392325123,
  }),
  beale: surface({
    label: "Beale",
    window: [
      [-0.6, 4.2],
      [-1.8, 2.2],
    ],
    start: [1, 1.5],
    learningRate: 0.003,
    steps: 200,
    rates: { rmsprop: 0.02, adam: 0.1 },
    evaluate: beale,
    minima: [[3, 0.5]],
    curvature: 48.97978635347775,
  }),
};

/** Whether a point lies in a surface's window. */
export const holds = ({ window }: Pick<Surface, "window">, point: Point) =>
  window.every(([low, high], index) => low <= at(point, index) && at(point, index) <= high);
