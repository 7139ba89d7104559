// Where the points of a stroke go: pure functions, in CSS pixels from the top left corner of the map until
// `toPlane` makes places on the plane of them.
import type { Plane } from "../draw/points";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A point in the units of the plane, as it is sent. */
export type Place = [x: number, y: number];

/** A dragged brush leaves a point about so often along its way, and as far from it: a stroke looks like data. */
export const SPACING = 9;
const SPREAD = 9;
/** What the eraser takes away around itself; its places lie close enough to leave nothing between them. */
export const REACH = 12;
export const ERASER_SPACING = 6;

/** A point on the very edge could be rounded out of the plane. */
const EDGE = 0.5;

export const isInside = ({ x, y }: Spot, size: number) => x >= 0 && y >= 0 && x <= size && y <= size;

const within = (value: number, size: number) => Math.min(size - EDGE, Math.max(EDGE, value));

export const clampSpot = ({ x, y }: Spot, size: number): Spot => ({ x: within(x, size), y: within(y, size) });

/** The spots at equal distances along a straight piece of a way, of which `gone` lies since the last spot. */
export function along(from: Spot, to: Spot, spacing: number, gone: number): { spots: Spot[]; gone: number } {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const spots: Spot[] = [];
  for (let next = spacing - gone; next <= length; next += spacing) {
    const share = next / length;
    spots.push({ x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) });
  }
  return { spots, gone: gone + length - spots.length * spacing };
}

const reflected = (value: number, size: number) => {
  const folded = Math.abs(value);
  return folded > size ? 2 * size - folded : folded;
};

/** A spot anywhere in a disc around another. What would fall beside the map is reflected: moved, it would line up. */
export function jittered({ x, y }: Spot, size: number, random: () => number): Spot {
  const angle = 2 * Math.PI * random();
  const reach = SPREAD * Math.sqrt(random());
  const thrown = {
    x: reflected(x + reach * Math.cos(angle), size),
    y: reflected(y + reach * Math.sin(angle), size),
  };
  return clampSpot(thrown, size);
}

/** A place on an axis, no finer than a screen shows it, which keeps messages and printed code short. */
function placeOn([low, high]: readonly [number, number], share: number): number {
  const step = 10 ** (Math.floor(Math.log10(high - low)) - 6);
  const value = Math.round((low + share * (high - low)) / step) * step;
  return Number(value.toPrecision(12));
}

export const toPlane = ({ x, y }: Spot, { xRange, yRange, width, height }: Plane): Place => [
  placeOn(xRange, x / width),
  placeOn(yRange, 1 - y / height),
];

/** How far the eraser reaches on the plane: a circle on screen is an ellipse there. */
export const reachOn = ({ xRange, yRange, width, height }: Plane): [number, number] => [
  (REACH / width) * (xRange[1] - xRange[0]),
  (REACH / height) * (yRange[1] - yRange[0]),
];

export const isNear = ([x, y]: Readonly<Place>, [atX, atY]: Readonly<Place>, [rx, ry]: [number, number]) =>
  ((x - atX) / rx) ** 2 + ((y - atY) / ry) ** 2 <= 1;
