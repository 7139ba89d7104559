// How the positions of a slider stand for values, and what the value reads like. Pure functions.
import { significant } from "../draw/format";

export interface Scale<T> {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Ticks under the track, at equal distances: their number, less one. */
  readonly stops?: number;
  toPosition(value: T): number;
  fromPosition(position: number): T;
  text(value: T): string;
  /** For screen readers, where the short text would be misread. */
  spoken?(value: T): string;
}

type Range = readonly [low: number, high: number];

export function linearScale([min, max]: Range, step: number, text: (value: number) => string): Scale<number> {
  // Steps like 0.01 are not exact in binary: without the rounding the slider would send 0.30000000000000004.
  const exact = (position: number) => Number((Math.round(position / step) * step).toPrecision(12));
  return { min, max, step, toPosition: (value) => value, fromPosition: exact, text };
}

/** A slider over a list: each entry is one step, whatever lies between. */
function listScale<T>(
  values: readonly T[],
  distance: (entry: T, value: T) => number,
  text: (value: T) => string,
): Scale<T> {
  return {
    min: 0,
    max: values.length - 1,
    step: 1,
    toPosition(value) {
      let nearest = 0;
      values.forEach((entry, index) => {
        if (distance(entry, value) < distance(values[nearest] as T, value)) nearest = index;
      });
      return nearest;
    },
    fromPosition: (position) => values[Math.round(position)] as T,
    text,
  };
}

/** A slider over a list of numbers, each as far from the next as any. */
export const listedScale = (values: readonly number[], text: (value: number) => string): Scale<number> =>
  listScale(values, (entry, value) => Math.abs(entry - value), text);

const counted = (count: string, what: string, per: string) =>
  `${count} ${what}${count === "1" ? "" : "s"}${per}`;

/** `samples` is how many of them an epoch has, where slow runs are told in them. */
export function speedScale(speeds: readonly (number | null)[], samples = 0): Scale<number | null> {
  const speedText = (speed: number | null, per = "/s") => {
    if (speed === null) return "unlimited";
    if (speed >= 1 || !samples) return counted(String(speed), "epoch", per);
    return counted(significant(speed * samples, 2), "sample", per);
  };
  const size = (speed: number | null) => Math.log(speed ?? Number.MAX_VALUE);
  return {
    ...listScale(
      speeds,
      (entry, speed) => Math.abs(size(entry) - size(speed)),
      (speed) => speedText(speed),
    ),
    stops: speeds.length - 1,
    spoken: (speed) => speedText(speed, " per second"),
  };
}

const DECADES: Range = [-4, 1];
/** Wider than what rounding to two digits takes away, so that no press of an arrow key is rounded back. */
const DECADE_STEP = 0.05;

export function learningRateScale(text: (value: number) => string): Scale<number> {
  const [min, max] = DECADES;
  return {
    min,
    max,
    step: DECADE_STEP,
    stops: max - min,
    toPosition: (rate) => (rate > 0 ? Math.log10(rate) : min),
    fromPosition: (position) => Number((10 ** position).toPrecision(2)),
    text,
  };
}

// biome-ignore format: one line reads better than thirty
const BATCHES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 320, 400, 512, 640, 800, 1000, 1280, 1600];

/** Batch sizes that people use, up to the whole training set. */
export function batchScale([low, high]: Range): Scale<number> {
  const sizes = BATCHES.filter((size) => size >= low && size < high);
  return listScale([...sizes, high], (size, value) => Math.abs(Math.log(size / value)), String);
}
