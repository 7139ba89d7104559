// The columns of the ledger for the room that it has, in pixels: the same for what is on screen and what is saved.
import { LANES, type Rail } from "./rail";

export const MEASURES = [
  { name: "parameters", label: "parameters" },
  { name: "multiply_adds", label: "multiply–adds" },
  { name: "memory", label: "memory" },
] as const;
export type Measure = (typeof MEASURES)[number]["name"];

/** Height of a row, of the heading too. */
export const ROW = 28;
const GAP = 16;
/** What a level of nesting is set in, and the place of the triangle. */
export const INDENT = 14;
export const TRIANGLE = 20;

export interface Column {
  readonly name: "rail" | "layer" | "detail" | "shape" | "block" | Measure | "spread" | "gradient";
  readonly x: number;
  readonly width: number;
}

export interface Columns {
  readonly all: readonly Column[];
  /** In total. */
  readonly width: number;
  readonly measures: readonly Measure[];
  at(name: Column["name"]): Column | null;
}

/** Places across the rail. */
const PAD = 9;
const FIRST_LANE = 13;
const LANE = 8;
const FIRST_BOND = 12;
const BOND = 6;

export interface RailPlaces {
  readonly spine: number;
  readonly width: number;
  lane(lane: number): number;
  bond(lane: number): number;
}

/** Where spine and lanes are, for so many lanes on either side. */
export function railPlaces(lanes: number, bondLanes: number): RailPlaces {
  const left = lanes ? FIRST_LANE + (Math.min(lanes, LANES + 1) - 1) * LANE : 0;
  const right = bondLanes ? FIRST_BOND + (bondLanes - 1) * BOND : 0;
  const spine = PAD + left;
  return {
    spine,
    width: spine + right + PAD,
    lane: (lane) => spine - FIRST_LANE - lane * LANE,
    bond: (lane) => spine + FIRST_BOND + lane * BOND,
  };
}

/** The rail is as wide as it ever needs to be, so that nothing moves sideways when something is unfolded. */
export const widest = (one: Rail, other: Rail) =>
  railPlaces(Math.max(one.lanes, other.lanes), Math.max(one.bondLanes, other.bondLanes));

/** Of a measure: digits, and the bar beside them. */
export const DIGITS: Record<Measure, number> = { parameters: 86, multiply_adds: 62, memory: 62 };
export const TO_BAR = 8;

export interface Content {
  readonly measure: Measure;
  readonly hasSpreads: boolean;
  readonly hasGradients: boolean;
}

const ROOMY = 1120;
const HALF = 720;
const SLIM = 520;

export function columnsOf(width: number, rail: number, content: Content): Columns {
  const measures = width >= ROOMY ? MEASURES.map(({ name }) => name) : [content.measure];
  const bar = width >= ROOMY ? (width >= 1400 ? 80 : 52) : width >= HALF ? 88 : width >= SLIM ? 44 : 24;
  const fixed: [Column["name"], number][] = [["shape", width >= HALF ? 124 : 104]];
  if (width >= SLIM) fixed.push(["block", 44]);
  for (const name of measures) fixed.push([name, DIGITS[name] + TO_BAR + bar]);
  if (content.hasSpreads && width >= HALF) fixed.push(["spread", 68]);
  if (content.hasGradients && width >= HALF) fixed.push(["gradient", 64]);
  const rest = Math.max(
    96,
    width - rail - 4 - fixed.reduce((sum, [, each]) => sum + each + GAP, 0) + (width >= SLIM ? 4 : 0),
  );
  // The name alone where there is no room for both: what it is stands behind it, as far as it goes.
  const isApart = rest >= 300;
  const name = isApart ? Math.round(Math.min(280, Math.max(132, rest * 0.42))) : rest;
  const all: Column[] = [];
  let x = 0;
  const put = (column: Column["name"], wide: number, gap: number) => {
    all.push({ name: column, x, width: wide });
    x += wide + gap;
  };
  put("rail", rail, 4);
  put("layer", name, GAP);
  if (isApart) put("detail", rest - name - GAP, GAP);
  for (const [column, wide] of fixed) put(column, wide, column === "shape" && width >= SLIM ? GAP - 4 : GAP);
  return {
    all,
    width: x - GAP,
    measures,
    at: (column) => all.find((each) => each.name === column) ?? null,
  };
}
