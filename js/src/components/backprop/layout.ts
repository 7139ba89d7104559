// Where each node of a network stands, and which way the lines between them run.
import type { GroupTrait } from "../../generated/protocol";
import { type Box, boxAt, type Curve, clearance, curveThrough, type Point, placeAll } from "./curves";
import type { Edge, Pass } from "./pass";

/** How large a tile is: the more of them in a column, the smaller. */
export interface Density {
  readonly name: "roomy" | "medium" | "compact" | "tiny";
  readonly width: number;
  readonly height: number;
  readonly pitch: number;
}

const DENSITIES: readonly (Density & { readonly most: number })[] = [
  { most: 2, name: "roomy", width: 68, height: 40, pitch: 144 },
  { most: 3.5, name: "roomy", width: 68, height: 40, pitch: 116 },
  { most: 5, name: "medium", width: 66, height: 34, pitch: 86 },
  { most: 10.5, name: "compact", width: 62, height: 26, pitch: 66 },
  { most: Number.POSITIVE_INFINITY, name: "tiny", width: 56, height: 18, pitch: 26 },
];

/** A gap between two columns: as wide as it would like to be, and as it must be. */
const GAPS = {
  crossing: [231, 176],
  weighted: [189, 162],
  dense: [176, 160],
  biased: [178, 152],
  plain: [164, 132],
} as const;

const HEAD = 24;
const [LEFT, RIGHT] = [62, 40];
/** From a group to the next in a column, in pitches. */
const APART = 1.3;
/** Between two lines that go round tiles. */
const LANE = 6;
/** More weights than these between two columns are only named where one is looked at. */
const NAMED = 12;

export interface Layout {
  readonly density: Density;
  readonly width: number;
  /** Where the middle of the first groups is, and the lowest node. */
  readonly middle: number;
  readonly bottom: number;
  readonly columns: readonly number[];
  readonly nodes: readonly Point[];
  readonly curves: readonly Curve[];
  /** By edge: where its weight is written, where all of a gap have a place. */
  readonly labels: ReadonlyMap<number, Point>;
  /** What may not be written on. */
  readonly boxes: readonly Box[];
  readonly biasOf: (node: number) => number;
  /** The name of its bias stands under all else: beside it would be on a line. */
  isBiasBelow(node: number): boolean;
  columnOf(node: number): number;
}

/** Parameters of their own stand closer: their names are beside them. */
const shareOf = ({ kind }: Pick<GroupTrait, "kind">) => (kind === "parameter" ? 0.7 : 1);

interface Column {
  readonly groups: readonly number[];
  /** In pitches: the first group stands round the middle, and the others below it. */
  readonly above: number;
  readonly below: number;
}

function columnsIn({ groups }: Pass): Column[] {
  const last = Math.max(...groups.map(({ column }) => column));
  return Array.from({ length: last + 1 }, (_, column) => {
    const here = groups
      .map((group, index) => ({ ...group, index }))
      .filter((group) => group.column === column)
      .sort((one, other) => one.row - other.row);
    const above = ((here[0]?.units ?? 1) - 1) / 2;
    const below = here
      .slice(1)
      .reduce((sum, group) => sum + (group.units - 1) * shareOf(group) + APART, above);
    return { groups: here.map(({ index }) => index), above, below };
  });
}

/** The bias that is added in a node, or −1. */
export const biasIn = (pass: Pass, node: number): number =>
  pass.groups[pass.groupOf(node)]?.kind === "linear"
    ? (pass.usesIn(node).find(({ from }) => from < 0)?.parameter ?? -1)
    : -1;

/** The layout at a width: wider than that where everything would not fit. */
export function layOut(pass: Pass, room: number): Layout {
  const columns = columnsIn(pass);
  const above = Math.max(...columns.map((column) => column.above));
  const below = Math.max(...columns.map((column) => column.below));
  const density = DENSITIES.find(({ most }) => above + below + 1 <= most) as Density;
  const xs = spread(
    gapsOf(pass, columns).map((gap) => GAPS[gap]),
    room,
  );
  const columnOf = (node: number) => pass.groups[pass.groupOf(node)]?.column ?? 0;
  const skipping = pass.edges.filter(({ from, to }) => columnOf(to) - columnOf(from) > 1);
  const lanes = new Set(skipping.map(({ from }) => from)).size;
  const first = HEAD + density.height / 2 + 30 + (lanes ? 8 + lanes * LANE : 0);
  const middle = first + above * density.pitch;
  const nodes: Point[] = [];
  columns.forEach(({ groups, above: own }, column) => {
    let y = middle - own * density.pitch;
    groups.forEach((index, at) => {
      const group = pass.groups[index];
      if (!group) return;
      if (at) y += APART * density.pitch;
      const pitch = density.pitch * shareOf(group);
      for (let unit = 0; unit < group.units; unit++)
        nodes[group.start + unit] = { x: xs[column] as number, y: y + unit * pitch };
      y += (group.units - 1) * pitch;
    });
  });
  const biases = Int32Array.from(pass.symbols, (_, node) => biasIn(pass, node));
  const boxes = nodes.flatMap((place, node) =>
    columnOf(node)
      ? boxesOf(place, density, (biases[node] as number) >= 0, !!pass.symbols[node]?.layer)
      : [tileAt(place, density)],
  );
  const curves = linesOf(pass, nodes, density, columnOf);
  return {
    density,
    width: (xs.at(-1) as number) + RIGHT,
    middle,
    bottom: middle + below * density.pitch,
    columns: xs,
    nodes,
    curves,
    labels: labelsOf(pass, curves, boxes, columnOf),
    boxes,
    biasOf: (node) => biases[node] ?? -1,
    isBiasBelow(node) {
      const { x, y } = nodes[node] as Point;
      const beside = { x: x + density.width / 2 + 36, y: y + density.height / 2 + 7 };
      const leaving = pass.outOf(node).map(({ id }) => curves[id] as Curve);
      return density.name === "roomy" && clearance(boxAt(beside, 58, 14), leaving) < 2;
    },
    columnOf,
  };
}

function gapsOf(pass: Pass, columns: readonly Column[]): (keyof typeof GAPS)[] {
  const count = (column: Column | undefined) =>
    column?.groups.reduce((sum, group) => sum + (pass.groups[group]?.units ?? 0), 0) ?? 0;
  return columns.slice(1).map(({ groups }, index) => {
    const [from, to] = [count(columns[index]), count(columns[index + 1])];
    const kinds = groups.map((group) => pass.groups[group]?.kind);
    if (kinds.includes("linear"))
      return from * to > NAMED ? "dense" : from > 1 && to > 1 ? "crossing" : "weighted";
    return kinds.includes("activation") && from > 1 ? "biased" : "plain";
  });
}

/** Where the columns stand: as far apart as they like, or as there is room for, but never closer than they must. */
function spread(gaps: readonly (readonly [wish: number, least: number])[], room: number): number[] {
  const [wish, least] = [0, 1].map((side) => gaps.reduce((sum, gap) => sum + (gap[side] as number), 0)) as [
    number,
    number,
  ];
  const free = room - LEFT - RIGHT;
  const share = wish > least ? Math.max(0, Math.min(1, (free - least) / (wish - least))) : 1;
  const stretch = Math.max(1, free / wish);
  let x = LEFT;
  return [x, ...gaps.map(([most, few]) => (x += (few + (most - few) * share) * stretch))];
}

const tileAt = (place: Point, { width, height }: Density) => boxAt(place, width + 4, height + 4);

/** The tile, its name above, which a layer makes higher, and its derivative below. */
function boxesOf({ x, y }: Point, density: Density, bias: boolean, layered: boolean): Box[] {
  const { name, width, height } = density;
  const tile = tileAt({ x, y }, density);
  if (name === "tiny") return [tile];
  const low = name === "compact" ? 30 : bias ? 32 : 30;
  return [
    tile,
    { left: x - 24, right: x + 24, top: y - height / 2 - (layered ? 24 : 19), bottom: y - height / 2 - 3 },
    { left: x - 42, right: x + 42, top: y + height / 2, bottom: y + height / 2 + low },
    ...(bias && name !== "compact"
      ? [{ left: x, right: x + width / 2 + 62, top: y + height / 2 - 3, bottom: y + height / 2 + 14 }]
      : []),
  ];
}

/** Lines end at different places of a tile, in the order of where they come from. */
function portsOf(edges: readonly Edge[], end: (edge: Edge) => Point, { height }: Density) {
  const ports = new Map<number, number>();
  const gap = Math.min(10, (0.7 * height) / Math.max(1, edges.length - 1));
  [...edges]
    .sort((one, other) => end(one).y - end(other).y)
    .forEach(({ id }, index) => {
      ports.set(id, (index - (edges.length - 1) / 2) * gap);
    });
  return ports;
}

function linesOf(
  pass: Pass,
  nodes: readonly Point[],
  density: Density,
  columnOf: (node: number) => number,
): Curve[] {
  const at = (node: number) => nodes[node] as Point;
  const { width, height } = density;
  const skips = pass.edges.filter(({ from, to }) => columnOf(to) - columnOf(from) > 1);
  const sources = [...new Set(skips.map(({ from }) => from))].sort((one, other) => at(one).y - at(other).y);
  /** Above the tiles of the columns between. */
  const laneOf = ({ from, to }: Edge) => {
    const tops = pass.symbols
      .map((_, node) => node)
      .filter((node) => columnOf(node) > columnOf(from) && columnOf(node) < columnOf(to))
      .map((node) => at(node).y);
    return Math.min(...tops) - height / 2 - 24 - LANE * sources.indexOf(from);
  };
  const skipping = new Set(skips);
  const far = (edge: Edge, end: Point): Point => (skipping.has(edge) ? { x: end.x, y: laneOf(edge) } : end);
  const leaving = pass.symbols.map((_, node) =>
    portsOf(pass.outOf(node), (edge) => far(edge, at(edge.to)), density),
  );
  const arriving = pass.symbols.map((_, node) =>
    portsOf(pass.into(node), (edge) => far(edge, at(edge.from)), density),
  );
  const xs = [...new Set(nodes.map(({ x }) => x))].sort((one, other) => one - other);
  return pass.edges.map((edge) => {
    const { from, to, id } = edge;
    const start = { x: at(from).x + width / 2 + 1, y: at(from).y + (leaving[from]?.get(id) ?? 0) };
    const end = { x: at(to).x - width / 2 - 1, y: at(to).y + (arriving[to]?.get(id) ?? 0) };
    if (!skipping.has(edge)) return curveThrough([start, end]);
    const y = laneOf(edge);
    const enter = (xs[columnOf(from) + 1] as number) - width / 2 - 10;
    const leave = (xs[columnOf(to) - 1] as number) + width / 2 + 10;
    return curveThrough([start, { x: enter, y }, { x: leave, y }, end]);
  });
}

/** As it is written, about. */
export const labelSize = (pass: Pass, parameter: number): readonly [number, number] => {
  const symbol = pass.parameterSymbols[parameter];
  return symbol?.layer ? [74 + 6 * symbol.index.length, 22] : [58 + 6 * (symbol?.index.length ?? 0), 18];
};

function labelsOf(
  pass: Pass,
  curves: readonly Curve[],
  boxes: readonly Box[],
  columnOf: (node: number) => number,
): Map<number, Point> {
  const labels = new Map<number, Point>();
  const gaps = new Map<number, Edge[]>();
  for (const edge of pass.edges)
    if (edge.weight >= 0) gaps.set(columnOf(edge.to), [...(gaps.get(columnOf(edge.to)) ?? []), edge]);
  for (const edges of gaps.values()) {
    if (edges.length > NAMED) continue;
    const found = placeAll(
      edges.map(({ id, weight }) => ({ id, size: labelSize(pass, weight) })),
      curves,
      boxes,
    );
    if (found.size === edges.length) for (const [id, place] of found) labels.set(id, place);
  }
  return labels;
}
