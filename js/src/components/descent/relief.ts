// The heights of a surface as bytes, spread so that what lies low, where the descent ends, has lines enough.
import type { Range, Surface } from "../../concepts/surfaces";
import { contour } from "../../draw/contour";

const LINES = 10;

export interface Relief {
  readonly columns: number;
  readonly rows: number;
  /** 0 is the lowest, 255 the highest; the upper row first. */
  readonly bytes: Uint8Array;
  /** Where the loss is not known. */
  readonly holes: readonly number[];
  /** Losses that have a line, rounded. */
  readonly levels: readonly number[];
  byteOf(loss: number): number;
}

const round = (value: number, digits: number) => Number(value.toPrecision(digits));

export function relief(surface: Surface, columns: number, rows: number): Relief {
  const [[left, right], [bottom, top]] = surface.window as readonly [Range, Range];
  const losses: (number | null)[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = left + ((right - left) * (column + 0.5)) / columns;
      const y = top - ((top - bottom) * (row + 0.5)) / rows;
      const loss = surface.evaluate([x, y])?.loss;
      losses.push(loss !== undefined && Number.isFinite(loss) ? loss : null);
    }
  }
  const known = losses.filter((loss) => loss !== null).sort((one, other) => one - other);
  const low = Math.min(surface.lowest, known[0] ?? 0);
  const high = known.at(-1) ?? 1;
  const span = high - low || 1;
  const share = Math.min(0.5, Math.max(1e-6, ((known[known.length >> 1] ?? 0) - low) / span));
  const power = Math.log(share) / Math.log(0.5);
  const byteOf = (loss: number) => 255 * (Math.max(0, loss - low) / span) ** (1 / power);
  const levels = Array.from({ length: LINES - 1 }, (_, index) =>
    round(low + span * ((index + 1) / LINES) ** power, 2),
  );
  return {
    columns,
    rows,
    bytes: Uint8Array.from(losses, (loss) => Math.round(loss === null ? 255 : byteOf(loss))),
    holes: losses.flatMap((loss, index) => (loss === null ? [index] : [])),
    levels: [...new Set(levels)],
    byteOf,
  };
}

/** The contour lines as the data of an SVG path. */
export function contourData({ bytes, columns, rows, levels, byteOf }: Relief, width: number, height: number) {
  const { points, ends } = contour(bytes, columns, rows, levels.map(byteOf), width, height);
  let data = "";
  let start = 0;
  for (const end of ends) {
    for (let point = start; point < end; point++) {
      const [x, y] = [points[2 * point] as number, points[2 * point + 1] as number];
      data += `${point === start ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    start = end;
  }
  return data;
}
