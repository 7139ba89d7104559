// How the rows of a ledger hang together: a spine, lanes beside it for what goes past other rows, and on the other side
// what several rows share. Pure: from rows and edges to places, the same for the same rows.
import { ancestors, type Tree, type Visible } from "./tree";

/** So many lanes are free of overlaps; what finds no room in them shares one more. */
export const LANES = 6;
export const BOND_LANES = 3;

/**
 * What leaves a row and goes past others: one line with a branch into each row that it feeds. "forward" goes down; "back"
 * goes up, as what a recurrent cell hands on to its next round; "loop" is the way back of a loop with nothing to hand on.
 */
export interface Arc {
  readonly kind: "forward" | "back" | "loop";
  readonly from: number;
  /** Rows, from the nearest. */
  readonly to: readonly number[];
  /** 0 is beside the spine; `LANES` is that of all that found no room. */
  readonly lane: number;
}

/** Rows that use the same parameters: other calls of one module, or weights under several names. */
export interface Bond {
  readonly rows: readonly number[];
  readonly lane: number;
}

export interface Rail {
  /** Rows that feed the next one with a dot. */
  readonly spine: readonly (readonly [from: number, to: number])[];
  readonly arcs: readonly Arc[];
  readonly bonds: readonly Bond[];
  /** How many lanes are used on either side. */
  readonly lanes: number;
  readonly bondLanes: number;
}

type Draft<T> = Omit<T, "lane">;

/** From which row to which an arc or a bond reaches. */
export function reachOf(each: Draft<Arc> | Draft<Bond>): readonly [first: number, last: number] {
  const rows = "rows" in each ? each.rows : [each.from, ...each.to];
  return [Math.min(...rows), Math.max(...rows)];
}

export function layRail(tree: Tree, visible: Visible): Rail {
  const { rows, edges } = visible;
  const dots = rows.flatMap(({ folded }, row) => (folded === false ? [] : [row]));
  const next = new Map(dots.map((row, at) => [row, dots[at + 1] ?? -1]));
  const spine: [number, number][] = [];
  const down = new Map<number, number[]>();
  const up = new Map<number, number[]>();
  for (const [from, to] of edges) {
    const way = to > from ? down : up;
    if (next.get(from) === to) spine.push([from, to]);
    else if (way.get(from)?.push(to) === undefined) way.set(from, [to]);
  }
  spine.sort(([one], [other]) => one - other);
  const drafts: Draft<Arc>[] = [
    ...[...down].map(([from, to]) => ({ kind: "forward" as const, from, to: to.sort((a, b) => a - b) })),
    ...[...up].map(([from, to]) => ({ kind: "back" as const, from, to: to.sort((a, b) => b - a) })),
  ];
  drafts.push(...returnsOf(tree, visible, drafts));
  const [arcs, lanes] = inLanes(drafts, rows.length, LANES);
  const [bonds, bondLanes] = inLanes(bondsOf(tree, visible), rows.length, BOND_LANES);
  return { spine, arcs, bonds, lanes, bondLanes };
}

/** Loops in which no row hands anything on to the next round: their last row leads back to the first. */
function returnsOf(tree: Tree, { rows }: Visible, arcs: readonly Draft<Arc>[]): Draft<Arc>[] {
  const handing = new Set<number>();
  for (const { kind, from, to } of arcs) {
    if (kind !== "back") continue;
    const around = (row: number) => ancestors(tree, rows[row]?.node.index ?? -1).map(({ index }) => index);
    const first = new Set(around(to.at(-1) as number));
    for (const each of around(from)) if (first.has(each)) handing.add(each);
  }
  return rows.flatMap(({ node, folded }, row): Draft<Arc>[] => {
    if (node.kind !== "loop" || folded !== false || handing.has(node.index)) return [];
    const end = endOf(rows, row);
    let first = row + 1;
    while (rows[first]?.folded === false) first++;
    return first > end ? [] : [{ kind: "loop", from: end, to: [first] }];
  });
}

/** The last row that lies in that of a container; the row itself where none does. */
export function endOf(rows: Visible["rows"], row: number): number {
  const depth = rows[row]?.node.depth ?? 0;
  let end = row;
  while ((rows[end + 1]?.node.depth ?? -1) > depth) end++;
  return end;
}

function bondsOf({ nodes }: Tree, { rowOf }: Visible): Draft<Bond>[] {
  const groups = new Map<string, readonly number[]>();
  const seen = new Set<number>();
  for (const { index, children, shares } of nodes) {
    if (children.length || !shares.length || seen.has(index)) continue;
    const together = [index, ...shares];
    for (const each of together) seen.add(each);
    const places = [...new Set(together.map(rowOf).filter((row) => row >= 0))];
    places.sort((one, other) => one - other);
    if (places.length > 1) groups.set(places.join(), places);
  }
  return [...groups.values()].map((rows) => ({ rows }));
}

/** Gives each a lane: the shortest are nearest to the spine, so that what lies within another does not cross it. */
function inLanes<T extends Arc | Bond>(
  drafts: readonly Draft<T>[],
  count: number,
  most: number,
): [placed: T[], used: number] {
  const reaches = drafts.map((draft) => reachOf(draft as Draft<Arc>));
  const length = (at: number) => (reaches[at]?.[1] ?? 0) - (reaches[at]?.[0] ?? 0);
  const start = (at: number) => reaches[at]?.[0] ?? 0;
  const order = drafts.map((_, at) => at).sort((a, b) => length(a) - length(b) || start(a) - start(b));
  const taken = occupancy(count);
  const lanes: number[] = [];
  let used = 0;
  for (const at of order) {
    const [first, last] = reaches[at] as readonly [number, number];
    // Two that meet at a row do not overlap; what leads to its own row takes the gap below.
    const full = taken.read(first, Math.max(last, first + 1));
    const free = Math.min(most, 31 - Math.clz32(~full & -~full));
    if (free < most) taken.write(first, Math.max(last, first + 1), 1 << free);
    lanes[at] = free;
    used = Math.max(used, free + 1);
  }
  return [drafts.map((draft, at) => ({ ...draft, lane: lanes[at] }) as unknown as T), used];
}

/** Which lanes are taken between rows, one bit each: a tree of segments, so that long arcs cost no more than short. */
function occupancy(count: number) {
  let size = 1;
  while (size < count + 1) size *= 2;
  /** Lanes that are taken everywhere below, and those that are taken somewhere below. */
  const whole = new Int32Array(2 * size);
  const some = new Int32Array(2 * size);
  /** Calls `visit` for the pieces that make up what lies from `first` to before `last`. */
  function pieces(first: number, last: number, visit: (piece: number) => void): void {
    for (let [low, high] = [first + size, last + size]; low < high; low >>= 1, high >>= 1) {
      if (low & 1) visit(low++);
      if (high & 1) visit(--high);
    }
  }
  return {
    read(first: number, last: number): number {
      let found = 0;
      pieces(first, last, (piece) => {
        found |= some[piece] as number;
        for (let at = piece; at; at >>= 1) found |= whole[at] as number;
      });
      return found;
    },
    write(first: number, last: number, lane: number): void {
      pieces(first, last, (piece) => {
        whole[piece] = (whole[piece] as number) | lane;
        for (let at = piece; at; at >>= 1) some[at] = (some[at] as number) | lane;
      });
    },
  };
}
