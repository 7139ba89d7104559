// The confusion matrix: shades of ink for what is taken for something else, and a line for what is right.
import { clearCanvas } from "./canvas";
import { luminance, type Theme } from "./colour";
import { inkOf } from "./picture";

/** The share of ink of a cell with nothing in it, of the least count and of the largest. */
const [NOTHING, FAINTEST, FULLEST] = [0.02, 0.035, 0.855];
const POWER = 0.62;

/** How much ink a count gets, from 0 to 1, where `largest` gets the most. */
export const shadeOf = (count: number, largest: number) =>
  count > 0 && largest > 0
    ? FAINTEST + (FULLEST - FAINTEST) * Math.min(1, count / largest) ** POWER
    : NOTHING;

const shadeBytes = (theme: Theme, shade: number) => {
  const ink = inkOf(theme);
  return new Uint8ClampedArray(ink.buffer, ink.byteOffset + 4 * Math.round(255 * shade), 3);
};
const css = (bytes: ArrayLike<number>) => `rgb(${bytes[0]}, ${bytes[1]}, ${bytes[2]})`;

export const shadeCss = (theme: Theme, shade: number) => css(shadeBytes(theme, shade));

/** Whether a number on a shade is easier to read in the colour of the page than in that of the ink. */
export function prefersPage(theme: Theme, shade: number): boolean {
  const ground = luminance(shadeBytes(theme, shade));
  const page = luminance(new Uint8ClampedArray(inkOf(theme).buffer, inkOf(theme).byteOffset, 3));
  const contrast = (other: number) => (Math.max(ground, other) + 0.05) / (Math.min(ground, other) + 0.05);
  // Text has the full ink of the page's other end: black on light pages, white on dark ones.
  return contrast(page) > contrast(page > 0.5 ? 0 : 1);
}

export interface MatrixOptions {
  /** Row by row: rows are true classes. */
  readonly counts: ArrayLike<number>;
  readonly classes: number;
  /** Side of a cell in CSS pixels. */
  readonly cell: number;
  /** The count that gets the most ink. */
  readonly largest: number;
  readonly theme: Theme;
}

/** Below this there is no room between cells, and for round corners. */
const ROOMY = 12;

export function drawMatrix(context: CanvasRenderingContext2D, options: MatrixOptions): void {
  const { counts, classes, cell, largest, theme } = options;
  clearCanvas(context);
  const gap = cell >= ROOMY ? 0.5 : 0;
  const inset = cell >= ROOMY ? 6 : cell / 4;
  context.strokeStyle = theme.hairline;
  context.lineWidth = cell >= ROOMY ? 1.5 : 1;
  for (let row = 0; row < classes; row++) {
    for (let column = 0; column < classes; column++) {
      const [x, y] = [column * cell, row * cell];
      context.beginPath();
      if (row === column) {
        context.moveTo(x + inset, y + inset);
        context.lineTo(x + cell - inset - gap, y + cell - inset - gap);
        context.stroke();
        continue;
      }
      context.fillStyle = shadeCss(theme, shadeOf(counts[row * classes + column] ?? 0, largest));
      context.roundRect(x + gap, y + gap, cell - 2 * gap, cell - 2 * gap, gap ? 2 : 0);
      context.fill();
    }
  }
}

/** What a matrix says in numbers; rows without anything have an accuracy of null. */
export interface Tally {
  readonly all: number;
  readonly wrong: number;
  readonly totals: readonly number[];
  readonly accuracies: readonly (number | null)[];
  /** The largest count off the diagonal, and where it is. */
  readonly largest: number;
  readonly worst: readonly [row: number, column: number] | null;
}

export function tally(counts: ArrayLike<number> | null, classes: number): Tally {
  let worst: [number, number] | null = null;
  let [all, right, largest] = [0, 0, 0];
  const totals: number[] = [];
  const accuracies: (number | null)[] = [];
  for (let row = 0; row < classes; row++) {
    let total = 0;
    for (let column = 0; column < classes; column++) {
      const count = counts?.[row * classes + column] ?? 0;
      total += count;
      if (row === column || count <= largest) continue;
      largest = count;
      worst = [row, column];
    }
    const own = counts?.[row * classes + row] ?? 0;
    all += total;
    right += own;
    totals.push(total);
    accuracies.push(total ? own / total : null);
  }
  return { all, wrong: all - right, totals, accuracies, largest, worst };
}
