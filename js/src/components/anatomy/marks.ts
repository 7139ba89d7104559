// What the rail is drawn with, as paths: the same on screen and in a file. Rows are `ROW` high, from 0 downwards.
import { type RailPlaces, ROW } from "./columns";
import type { Arc, Bond } from "./rail";
import type { Node } from "./tree";

export const middleOf = (row: number) => (row + 0.5) * ROW;

/** How far above and below a dot its arcs meet it, so that one that ends there and one that begins stay apart. */
const APART = 2.5;
const BEND = 11;

/** From a row to one that it feeds past others. */
export function branchPath({ kind, from, lane }: Arc, to: number, places: RailPlaces): string {
  const { spine } = places;
  const x = places.lane(lane);
  const [start, end] = [middleOf(from), middleOf(to)];
  if (from === to)
    return `M${spine} ${start + APART}C${x} ${start + 12} ${x} ${start - 12} ${spine} ${start - APART}`;
  const down = kind === "forward" ? 1 : -1;
  return (
    `M${spine} ${start + down * APART}Q${x} ${start + down * APART} ${x} ${start + down * BEND}` +
    `V${end - down * BEND}Q${x} ${end - down * APART} ${spine} ${end - down * APART}`
  );
}

/** One line with all its branches: what they have in common is drawn once. */
export function arcPath(arc: Arc, places: RailPlaces): string {
  const far = arc.to.at(-1) ?? arc.from;
  const x = places.lane(arc.lane);
  const down = arc.kind === "forward" ? 1 : -1;
  const others = arc.to.slice(0, -1).map((row) => {
    const y = middleOf(row);
    return `M${x} ${y - down * BEND}Q${x} ${y - down * APART} ${places.spine} ${y - down * APART}`;
  });
  return branchPath(arc, far, places) + others.join("");
}

/** The head of an arc that goes against the order of the rows. */
export function headPath(arc: Arc, to: number, places: RailPlaces): string {
  const y = middleOf(to) + (arc.from === to ? -APART : APART);
  return `M${places.spine - 9} ${y - 3}l5 3l-5 3`;
}

export const spinePath = (from: number, to: number, { spine }: RailPlaces) =>
  `M${spine} ${middleOf(from)}V${middleOf(to)}`;

export function bondPath({ rows, lane }: Bond, places: RailPlaces): string {
  const x = places.bond(lane);
  const [first = 0, last = 0] = [rows[0], rows.at(-1)];
  const ticks = rows.slice(1, -1).map((row) => `M${places.spine + 5} ${middleOf(row)}H${x}`);
  const [top, bottom] = [middleOf(first), middleOf(last)];
  return (
    `M${places.spine + 5} ${top}H${x - 3}Q${x} ${top} ${x} ${top + 3}V${bottom - 3}` +
    `Q${x} ${bottom} ${x - 3} ${bottom}H${places.spine + 5}${ticks.join("")}`
  );
}

/** Two links of a chain, upright, in the middle of the first stretch of a bond. */
export function linkPath({ rows, lane }: Bond, places: RailPlaces): string {
  const x = places.bond(lane);
  const y = (middleOf(rows[0] ?? 0) + middleOf(rows[1] ?? 0)) / 2;
  const ring = (top: number) =>
    `M${x - 2.25} ${top + 2.25}a2.25 2.25 0 0 1 4.5 0v2.5a2.25 2.25 0 0 1 -4.5 0Z`;
  return ring(y - 6) + ring(y - 1);
}

export interface Dot {
  readonly d: string;
  /** Filled with ink, or with the page. */
  readonly filled: boolean;
  readonly dashed: boolean;
}

const circle = (x: number, y: number, radius: number) =>
  `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;

/** Modules are full, operations and what goes in and out hollow; what is folded is a box, a parameter a diamond. */
export function dotOf({ kind, children }: Node, row: number, { spine: x }: RailPlaces): Dot {
  const y = middleOf(row);
  const dot = (d: string, filled: boolean, dashed = false) => ({ d, filled, dashed });
  if (children.length) return dot(`M${x - 5} ${y - 5}h10v10h-10Z`, false);
  if (kind === "parameter") return dot(`M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5Z`, true);
  if (kind === "input" || kind === "output") return dot(circle(x, y, 4.5), false);
  if (kind === "idle") return dot(circle(x, y, 4), false, true);
  return kind === "operation" ? dot(circle(x, y, 3), false) : dot(circle(x, y, 3.75), true);
}

/** The ring around what is chosen. */
export const ringPath = (row: number, { spine }: RailPlaces) => circle(spine, middleOf(row), 7.5);
