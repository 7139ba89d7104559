// The single operations inside of a node: what each is, and where it stands.
import { boxAt, type Curve, curveThrough, type Point } from "./curves";
import type { Pass } from "./pass";
import { nodesOf, type Phase, type Shown } from "./state";

/** An operation, one of its operands, or what the node goes into. */
export interface Cell {
  readonly kind: "part" | "node" | "parameter" | "target" | "number";
  readonly index: number;
  /** Of a part. */
  readonly sign: string;
  /** Of a number. */
  readonly number: number;
  readonly column: number;
  readonly place: Point;
  readonly side: "operand" | "inside" | "beyond";
}

/** From an operand to the operation, or from the node to where it goes. */
export interface Wire {
  readonly from: number;
  readonly to: number;
  readonly curve: Curve;
  local(sample: number): number;
}

export interface Inside {
  readonly node: number;
  readonly cells: readonly Cell[];
  readonly wires: readonly Wire[];
  readonly columns: readonly number[];
  readonly width: number;
  readonly height: number;
}

const [PART, SMALL, OTHER] = [
  [92, 32],
  [40, 26],
  [68, 28],
] as const;
export const sizeOfCell = ({ side, kind }: Pick<Cell, "side" | "kind">) =>
  side === "inside" ? PART : kind === "number" || kind === "target" ? SMALL : OTHER;

const TOP = 62;
/** Room for the names before the tiles, which may have the number of a layer. */
const [LEFT, LAYERED, RIGHT] = [74, 96, 54];
const PITCH = { inside: 72, operand: 50, beyond: 66 };
const [WISH, LEAST] = [190, 150];
const MOST_BEYOND = 8;

interface Draft {
  kind: Cell["kind"];
  index: number;
  sign: string;
  number: number;
  column: number;
  side: Cell["side"];
  inputs: number[];
  y: number;
}

/** The node that a stop of the operations is about; −1 where it is about all. */
export function nodeAt({ pass, step, level }: Shown): number {
  if (step.phase === "update") return -1;
  if (step.kind === "part") return pass.parts[step.index]?.node ?? -1;
  if (step.kind === "parameter") return pass.usesOf(step.index)[0]?.to ?? -1;
  return nodesOf(pass, level, step)[0] ?? -1;
}

/** The operations of a node; one with its name where no single ones are known. */
function operationsOf(pass: Pass, node: number) {
  const parts = pass.partsOf(node);
  if (parts.length)
    return parts.map((part) => ({
      ...part,
      local: (operand: number) => (sample: number) => pass.partLocal(sample, part, operand),
    }));
  const edges = pass.into(node);
  const group = pass.groups[pass.groupOf(node)];
  return [
    {
      id: -1,
      sign: group?.label ?? "",
      kinds: edges.map(() => "node" as const),
      inputs: edges.map(({ from }) => from),
      numbers: edges.map(() => 0),
      local: (operand: number) => (sample: number) => pass.local(sample, edges[operand]?.id ?? -1),
    },
  ];
}

export function inside(pass: Pass, node: number, room: number): Inside {
  const drafts: Draft[] = [];
  const wires: { from: number; to: number; local: (sample: number) => number }[] = [];
  const known = new Map<string, number>();
  const operations = operationsOf(pass, node);
  for (const operation of operations) {
    const inputs = operation.inputs.map((index, at) => {
      const kind = operation.kinds[at] as Cell["kind"];
      const name = kind === "number" ? `${operation.id}:${at}` : `${kind}${index}`;
      const found = known.get(name);
      if (found !== undefined) return found;
      known.set(name, drafts.length);
      const number = operation.numbers[at] ?? 0;
      drafts.push({ kind, index, sign: "", number, column: -1, side: "operand", inputs: [], y: 0 });
      return drafts.length - 1;
    });
    const column = 1 + Math.max(0, ...inputs.map((input) => drafts[input]?.column ?? -1));
    known.set(`part${operation.id}`, drafts.length);
    inputs.forEach((from, at) => {
      wires.push({ from, to: drafts.length, local: operation.local(at) });
    });
    drafts.push({
      ...{
        kind: "part",
        index: operation.id,
        sign: operation.sign,
        number: 0,
        column,
        side: "inside",
        inputs,
        y: 0,
      },
    } as Draft);
  }
  // An operand stands right before the first operation that it goes into.
  drafts.forEach((draft, at) => {
    if (draft.side !== "operand") return;
    const users = wires.filter(({ from }) => from === at).map(({ to }) => drafts[to]?.column ?? 1);
    draft.column = Math.min(...users) - 1;
  });
  const last = drafts.length - 1;
  const final = drafts[last]?.column ?? 1;
  for (const { to, id } of pass.outOf(node).slice(0, MOST_BEYOND)) {
    wires.push({ from: last, to: drafts.length, local: (sample) => pass.local(sample, id) });
    drafts.push({
      ...{
        kind: "node",
        index: to,
        sign: "",
        number: 0,
        column: final + 1,
        side: "beyond",
        inputs: [last],
        y: 0,
      },
    } as Draft);
  }
  const left = pass.symbols.some(({ layer }) => layer) ? LAYERED : LEFT;
  return settle(node, drafts, wires, { room, left });
}

/** Each beside what goes into it, none on another. */
function settle(
  node: number,
  drafts: Draft[],
  wires: readonly { from: number; to: number; local: (sample: number) => number }[],
  { room, left }: { room: number; left: number },
): Inside {
  const count = Math.max(...drafts.map(({ column }) => column)) + 1;
  const gap = Math.max(LEAST, Math.min(WISH * 1.5, (room - left - RIGHT) / Math.max(1, count - 1)));
  const columns = Array.from({ length: count }, (_, column) => left + gap * column);
  for (let column = 0; column < count; column++) {
    const here = drafts
      .filter((draft) => draft.column === column)
      .map((draft, at) => ({ draft, wish: wishOf(draft, drafts, at) }))
      .sort((one, other) => (one.wish ?? 1e9) - (other.wish ?? 1e9));
    let y = 0;
    here.forEach(({ draft, wish }, at) => {
      const before = here[at - 1]?.draft;
      const least = before ? y + (PITCH[before.side] + PITCH[draft.side]) / 2 : (wish ?? 0);
      y = Math.max(wish ?? least, least);
      draft.y = y;
    });
    const moved = here.flatMap(({ draft, wish }) => (wish === null ? [] : [draft.y - wish]));
    const drift = moved.reduce((sum, by) => sum + by, 0) / Math.max(1, moved.length);
    for (const { draft } of here) draft.y -= drift;
  }
  const top = TOP - Math.min(...drafts.map(({ y }) => y));
  const cells = drafts.map(
    ({ kind, index, sign, number, column, side, y }): Cell => ({
      ...{ kind, index, sign, number, column, side },
      place: { x: columns[column] as number, y: y + top },
    }),
  );
  return {
    node,
    cells,
    wires: wires.map((wire) => ({ ...wire, curve: wireOf(cells, wire, columns) })),
    columns,
    width: (columns.at(-1) as number) + RIGHT,
    height: Math.max(...cells.map(({ place }) => place.y)) + 56,
  };
}

/** As high as what goes into it; what nothing goes into stands below all else, but for the first column. */
function wishOf({ inputs, column, side }: Draft, drafts: readonly Draft[], at: number): number | null {
  if (!inputs.length) return column ? null : PITCH.operand * at;
  const mean = inputs.reduce((sum, input) => sum + (drafts[input]?.y ?? 0), 0) / inputs.length;
  return side === "beyond" ? mean + at / 100 : mean;
}

/** Straight over columns that it skips, just below the tiles in between. */
function wireOf(
  cells: readonly Cell[],
  { from, to }: { from: number; to: number },
  columns: readonly number[],
): Curve {
  const [one, other] = [cells[from] as Cell, cells[to] as Cell];
  const beside = cells.filter(({ column }) => column > one.column && column < other.column);
  const start = { x: one.place.x + sizeOfCell(one)[0] / 2 + 1, y: one.place.y };
  const end = { x: other.place.x - sizeOfCell(other)[0] / 2 - 1, y: other.place.y };
  const isFree = (y: number) =>
    beside.every((cell) => {
      const { top, bottom } = boxAt(cell.place, 0, sizeOfCell(cell)[1]);
      return y < top - 20 || y > bottom + 26;
    });
  if (!beside.length || (start.y === end.y && isFree(start.y))) return curveThrough([start, end]);
  const low = Math.max(...beside.map(({ place }) => place.y)) + 48;
  const high = Math.min(...beside.map(({ place }) => place.y)) - 44;
  const y = isFree(start.y) ? start.y : start.y > end.y || high < 30 ? low : high;
  const [enter, leave] = [columns[one.column + 1] as number, columns[other.column - 1] as number];
  return curveThrough([start, { x: enter - 44, y }, { x: leave + 44, y }, end]);
}

/** Where the operations are counted from 0: of a part in a phase. */
export const stopOfPart = ({ steps }: Shown, phase: Phase, part: number) =>
  steps.findIndex(
    (step) =>
      step.kind === "part" &&
      step.index === part &&
      (step.phase === phase || (phase === "forward" && step.phase === "loss")),
  );

/** Whether the value or the derivative of an operation is known at a stop. */
export function knowsPart(shown: Shown, node: number, part: number, phase: "forward" | "backward"): boolean {
  if (shown.isUpdated) return true;
  if (part < 0)
    return phase === "forward" ? shown.knows(node) : shown.knowsGradient({ kind: "value", index: node });
  const stop = stopOfPart(shown, phase, part);
  return stop >= 0 && stop <= shown.at;
}
