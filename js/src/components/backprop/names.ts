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
  /** From the place to a second line, below or above: for the term of a sum. */
  readonly second: Point;
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
      places.set(id, {
        place,
        short: false,
        second: termOf(pass, lit, id) ? besideName(pass, layout, lit, id) : BELOW,
      });
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

/** What a line brings to a sum, if there is one. */
const termOf = (pass: Pass, { terms }: Lit, id: number) =>
  terms.length > 1 ? terms.find(({ factor }) => edgeOf(pass, factor) === id) : undefined;

/** About how wide it is as it is written, or only its number. */
const wideAs = ({ local, reaching }: Lit["terms"][number], short: boolean) =>
  LETTER * (three(local * reaching).length + (short ? 0 : three(reaching).length + 7));

/** About how wide a number is, or what a path brings as it is written under its weight. */
function wideOf(pass: Pass, lit: Lit, edge: Edge, short: boolean): number {
  const term = lit.terms.find(({ factor }) => edgeOf(pass, factor) === edge.id);
  if (!term) return short ? 44 : labelSize(pass, edge.weight)[0];
  return Math.max(short ? 0 : labelSize(pass, edge.weight)[0], wideAs(term, short));
}

/** A gap in which a name stands beside lines that cross. */
const WIDE = 150;

const BELOW: Point = { x: 0, y: 20 };
/** In place of a name. */
const ON: Point = { x: 0, y: 4 };
/** Where a second line can be, from where its name is: over it or under it, and from side to side. */
const SECONDS: readonly Point[] = [BELOW.y, -18, 24, -22].flatMap((y) =>
  [0, -12, 12, -24, 24, -36, 36, -52, 52, -68, 68, -84, 84].map((x) => ({ x, y })),
);
/** The arrow on a line that is lit. */
const ARROW = 18;

/** Where a second line is clear of tiles, names and arrows, and crosses lines least. */
function besideName(pass: Pass, layout: Layout, lit: Lit, id: number): Point {
  const { curves, boxes, labels } = layout;
  const place = labels.get(id) as Point;
  const term = termOf(pass, lit, id);
  const wide = term ? wideAs(term, false) : 92;
  const names = [...labels].map(([each, at]) =>
    boxAt(at, ...labelSize(pass, pass.edges[each]?.weight ?? -1)),
  );
  const arrows = [...lit.edges].map((each) => boxAt((curves[each] as Curve).at(0.5), ARROW, ARROW));
  const room = ({ x, y }: Point) => {
    const box = boxAt({ x: place.x + x, y: place.y + y - 4 }, wide, 11);
    const hits = [...boxes, ...names, ...arrows].filter((each) => overlap(each, box)).length;
    return Math.min(4, clearance(box, curves)) - 20 * hits - Math.abs(x) / 12;
  };
  return SECONDS.reduce((best, each) => (room(each) > room(best) ? each : best));
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
      names.set(edge.id, { place: { x, y: y - 10 }, short: false, second: ON });
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
      second: short || edge.weight < 0 ? ON : BELOW,
    });
  }
  return names;
}
