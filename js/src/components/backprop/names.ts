// Which weights have their names on the lines, and where: all, or in a crowd those that are looked at.
import { useMemo } from "preact/hooks";
import { three } from "../explorer/numbers";
import { boxAt, type Curve, clearance, overlap, type Point, placeAll } from "./curves";
import { type Layout, labelSize } from "./layout";
import { edgeOf, type Lit } from "./lit";
import type { Edge, Pass } from "./pass";

export interface Name {
  readonly place: Point;
  /** There is room for a number only. */
  readonly short: boolean;
  /** The line below, or above: for the term of a sum. */
  readonly second: number;
}

export interface Names {
  readonly places: ReadonlyMap<number, Name>;
  /** Some lines have no names unless they are looked at. */
  readonly sparse: boolean;
  /** The nodes whose biases are named. */
  readonly biases: ReadonlySet<number>;
}

export function useNames(pass: Pass, layout: Layout, lit: Lit, looked: Lit | null): Names {
  return useMemo(() => {
    const places = new Map<number, Name>();
    for (const [id, place] of layout.labels)
      places.set(id, { place, short: false, second: lit.edges.has(id) ? besideName(layout, place) : BELOW });
    const sparse = places.size < pass.edges.filter(({ weight }) => weight >= 0).length;
    for (const each of looked ? [looked, lit] : [lit])
      for (const [id, name] of besideTiles(pass, layout, each)) if (!places.has(id)) places.set(id, name);
    const biases = new Set<number>();
    const roomy = hasRoom(layout);
    pass.symbols.forEach((_, node) => {
      const near = lit.nodes.has(node) || looked?.nodes.has(node);
      if (layout.biasOf(node) >= 0 && (roomy || near)) biases.add(node);
    });
    return { places, sparse, biases };
  }, [pass, layout, lit, looked]);
}

/** A letter of the smallest size. */
const LETTER = 6.8;

/** About how wide a number is, or what a path brings as it is written under its weight. */
function wideOf(pass: Pass, { terms }: Lit, edge: Edge, short: boolean): number {
  const term = terms.find(({ factor }) => edgeOf(pass, factor) === edge.id);
  if (!term) return short ? 44 : labelSize(pass, edge.weight)[0];
  const letters = three(term.local * term.reaching).length + (short ? 0 : three(term.reaching).length + 7);
  return Math.max(short ? 0 : labelSize(pass, edge.weight)[0], LETTER * letters);
}

/** A gap in which a name stands beside lines that cross. */
const WIDE = 150;

const [BELOW, ABOVE] = [18, -11];

/** Where a second line crosses less. */
function besideName({ curves, boxes }: Layout, { x, y }: Point): number {
  const room = (by: number) => {
    const box = boxAt({ x, y: y + by - 4 }, 92, 12);
    return (boxes.some((each) => overlap(each, box)) ? -20 : 0) + Math.min(4, clearance(box, curves));
  };
  return room(ABOVE) > room(BELOW) ? ABOVE : BELOW;
}

export const hasRoom = ({ density: { name } }: Layout) => name === "roomy" || name === "medium";

/**
 * The weights of the lines that are lit, each at its end away from where they meet: there lines are apart. Without a
 * weight a line has a name only where it brings a term of a sum.
 */
function besideTiles(pass: Pass, layout: Layout, lit: Lit): Map<number, Name> {
  const { edges, terms } = lit;
  const names = new Map<number, Name>();
  const lines = [...edges].map((id) => pass.edges[id] as Edge);
  for (const edge of lines) {
    if (edge.weight < 0 && terms.length < 2) continue;
    const beside = lines.filter(({ to }) => layout.columnOf(to) === layout.columnOf(edge.to));
    const isAlone = beside.length === 1;
    const atStart = beside.every(({ to }) => to === edge.to);
    const gap =
      (layout.columns[layout.columnOf(edge.to)] as number) -
      (layout.columns[layout.columnOf(edge.to) - 1] as number);
    const short = !isAlone && (!hasRoom(layout) || gap - layout.density.width < WIDE);
    const { points } = layout.curves[edge.id] as Curve;
    if (layout.columnOf(edge.to) - layout.columnOf(edge.from) > 1) {
      const { x, y } = points[points.length >> 1] as Point;
      names.set(edge.id, { place: { x, y: y - 10 }, short: false, second: 4 });
      continue;
    }
    const [start, end] = [points[0] as Point, points.at(-1) as Point];
    const [own, far] = atStart ? [start, end] : [end, start];
    const wide =
      short || edge.weight < 0 || terms.length > 1
        ? wideOf(pass, lit, edge, short)
        : labelSize(pass, edge.weight)[0];
    const high = terms.length > 1 && !short && edge.weight >= 0 ? 14 : 0;
    const alone = isAlone
      ? placeAll([{ id: edge.id, size: [wide + 12, 22] }], layout.curves, layout.boxes, [
          layout.curves[edge.id] as Curve,
        ])
      : null;
    const free = alone?.get(edge.id);
    if (free) {
      names.set(edge.id, { place: free, short, second: BELOW });
      continue;
    }
    // On the side that the line does not come from.
    const above = own.y <= far.y + 1;
    const apart = short ? 9 : 12;
    const x = own.x + (atStart ? 1 : -1) * (wide / 2 + 4);
    names.set(edge.id, {
      place: { x, y: above ? own.y - apart - high : own.y + apart },
      short,
      second: short || edge.weight < 0 ? 4 : BELOW,
    });
  }
  return names;
}
