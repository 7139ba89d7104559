// A layer's space as it comes in a frame: whole numbers that are shares of one scale.
import type { SpaceFigures } from "../draw/space";
import type { FramePart } from "../generated/protocol";

export interface SpaceParts extends SpaceFigures {
  /** Of the variance in each principal component; none where the axes are neurons. */
  readonly shares: Float32Array;
}

/** Python makes spaces of so many hidden layers. */
export const SPACES = 8;

const FINEST = 2 ** 15 - 1;
const NO_NUMBER = -(2 ** 15);

/** The layers whose space came with a frame. */
export function readSpaces(
  parts: ReadonlyMap<string, FramePart>,
  int16: (name: string) => Int16Array,
  float32: (name: string) => Float32Array,
): ReadonlyMap<number, SpaceParts> {
  const spaces = new Map<number, SpaceParts>();
  for (const name of parts.keys()) {
    const layer = /^space(\d)_planes$/.exec(name)?.[1];
    if (layer === undefined) continue;
    const part = (which: string) => `space${layer}_${which}`;
    const [scale = 1] = float32(part("scale"));
    const places = (which: string) => {
      const shares = new Float32Array(int16(part(which)));
      for (let index = 0; index < shares.length; index++) {
        const share = shares[index] as number;
        shares[index] = share === NO_NUMBER ? Number.NaN : (share / FINEST) * scale;
      }
      return shares;
    };
    const [, stops = 1, coordinates = 1] = parts.get(part("grid"))?.shape ?? [];
    spaces.set(Number(layer), {
      coordinates,
      train: places("train"),
      test: places("test"),
      grid: places("grid"),
      stops,
      planes: float32(name),
      shares: float32(part("shares")),
    });
  }
  return spaces;
}
