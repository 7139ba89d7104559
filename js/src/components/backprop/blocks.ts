// Where the layers stand: a block of values over a block of derivatives, and between two layers their matrix.
import type { GroupTrait } from "../../generated/protocol";
import { three } from "../explorer/numbers";
import { biasIn } from "./layout";
import type { Pass } from "./pass";

/** A block of cells. */
export interface Grid {
  /** Its upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly rows: number;
  readonly columns: number;
  readonly cell: readonly [width: number, height: number];
  /** Its numbers are written. */
  readonly numbered: boolean;
}

/** What a tensor has between two layers. */
export interface Between {
  readonly tensor: number;
  /** Of each cell the parameter, row by row. */
  readonly parameters: readonly number[];
  readonly values: Grid;
  readonly slopes: Grid;
}

export interface Block {
  readonly group: number;
  readonly x: number;
  readonly values: Grid;
  readonly slopes: Grid;
  /** Its weights and its biases, before it. */
  readonly tensors: readonly Between[];
}

export interface Blocks {
  readonly blocks: readonly Block[];
  readonly width: number;
  readonly height: number;
  /** The middle lines of the two rows. */
  readonly forward: number;
  readonly backward: number;
}

export const widthOf = ({ columns, cell }: Grid) => columns * cell[0];
export const heightOf = ({ rows, cell }: Grid) => rows * cell[1];

/** More than these in a row or a column are colours only. */
const NUMBERED = 4;
const TALLEST = 176;
const [HEAD, NAME, FOOT] = [24, 30, 20];
const [LEFT, RIGHT] = [12, 12];
const PLAIN = 76;
const AROUND = 40;

/** "−5.6·10⁻⁷" needs more room than "−0.777". */
const [SHORT, LONG] = [
  [56, 50],
  [72, 66],
] as const;
const LETTERS = 7;

function widthsOf(pass: Pass): readonly [alone: number, beside: number] {
  const isLong = (value: number) => three(value).length > LETTERS;
  const samples = Array.from({ length: pass.shown }, (_, sample) => sample);
  const long =
    pass.parameterSymbols.some((_, at) => isLong(pass.weightGradient(at))) ||
    pass.symbols.some((_, at) =>
      samples.some((sample) => isLong(pass.gradient(sample, at)) || isLong(pass.value(sample, at))),
    );
  return long ? LONG : SHORT;
}

function gridOf(
  rows: number,
  columns: number,
  [alone, beside]: readonly [number, number],
): Omit<Grid, "x" | "y"> {
  const numbered = rows <= NUMBERED && columns <= NUMBERED;
  const side = Math.max(3, Math.min(20, TALLEST / rows, 120 / columns));
  return {
    rows,
    columns,
    numbered,
    cell: numbered ? [columns > 1 ? beside : alone, 26] : [columns > 1 ? side : 26, side],
  };
}

const nodesIn = ({ start, units }: GroupTrait) => Array.from({ length: units }, (_, unit) => start + unit);

/** The parameters of a layer of sums, by their tensors. */
function tensorsOf(pass: Pass, group: GroupTrait): { tensor: number; rows: number; parameters: number[] }[] {
  if (group.kind !== "linear") return [];
  const nodes = nodesIn(group);
  const weights = nodes.flatMap((node) => pass.into(node).map(({ weight }) => weight));
  const biases = nodes.map((node) => biasIn(pass, node)).filter((parameter) => parameter >= 0);
  return [weights, biases]
    .filter((parameters) => parameters.length)
    .map((parameters) => ({ tensor: pass.tensorOf(parameters[0] as number), rows: group.units, parameters }));
}

export function blocksOf(pass: Pass, room: number): Blocks {
  const columns = Math.max(...pass.groups.map(({ column }) => column)) + 1;
  const widths = widthsOf(pass);
  const drafts = pass.groups.map((group, index) => ({
    index,
    group,
    grid: gridOf(group.units, 1, widths),
    tensors: tensorsOf(pass, group).map(({ tensor, rows, parameters }) => ({
      tensor,
      parameters,
      grid: gridOf(rows, Math.max(1, parameters.length / rows), widths),
    })),
  }));
  const high = ({ rows, cell }: Omit<Grid, "x" | "y">) => rows * cell[1];
  const mains = drafts.filter(({ group }) => !group.row);
  const tallest = Math.max(...mains.map(({ grid }) => high(grid)));
  // Between two columns is room for the matrices.
  const gaps = Array.from({ length: columns - 1 }, (_, column) => {
    const here = mains.find(({ group }) => group.column === column + 1);
    const wide = here?.tensors.reduce((sum, { grid }) => sum + grid.columns * grid.cell[0] + 14, 0) ?? 0;
    return wide ? wide + AROUND : PLAIN;
  });
  const wides = Array.from({ length: columns }, (_, column) =>
    Math.max(...drafts.filter(({ group }) => group.column === column).map(({ grid }) => grid.cell[0])),
  );
  const needed = LEFT + RIGHT + [...gaps, ...wides].reduce((sum, wide) => sum + wide, 0);
  const more = Math.min(60, Math.max(0, room - needed) / Math.max(1, gaps.length));
  const slack = Math.max(0, room - needed - more * gaps.length) / 2;
  const forward = HEAD + NAME + tallest / 2;
  const backward = forward + tallest + NAME + 14;
  // What flows back goes past the derivatives of the weights, which stand below.
  const wide = Math.max(0, ...mains.flatMap(({ tensors }) => tensors.map(({ grid }) => high(grid))));
  const third = backward + tallest / 2 + NAME + wide / 2;
  let x = LEFT + slack;
  let low = third + wide / 2;
  const starts = wides.map((wide, column) => {
    const start = x;
    x += wide + (gaps[column] ?? 0) + more;
    return start + wide / 2;
  });
  const blocks = drafts.map(({ index, group, grid, tensors }): Block => {
    const middle = starts[group.column] as number;
    const left = middle - grid.cell[0] / 2;
    const tall = high(grid);
    if (group.row) {
      // Further groups of a column stand below all else, their derivatives beside them.
      const y = third - wide / 2 + (group.row - 1) * (NUMBERED * 26 + NAME);
      low = Math.max(low, y + tall);
      const half = grid.cell[0] / 2 + 3;
      return {
        ...{ group: index, x: middle, tensors: [] },
        values: { ...grid, x: left - half, y },
        slopes: { ...grid, x: left + half, y },
      };
    }
    let end = left - AROUND / 2 - more / 2;
    const between = [...tensors].reverse().map(({ tensor, parameters, grid: own }) => {
      end -= own.columns * own.cell[0];
      const at = end;
      end -= 14;
      const half = high(own) / 2;
      return {
        ...{ tensor, parameters },
        values: { ...own, x: at, y: forward - half },
        slopes: { ...own, x: at, y: third - half },
      };
    });
    return {
      ...{ group: index, x: middle, tensors: between.reverse() },
      values: { ...grid, x: left, y: forward - tall / 2 },
      slopes: { ...grid, x: left, y: backward - tall / 2 },
    };
  });
  return {
    ...{ blocks, forward, backward },
    width: Math.max(room, needed),
    height: low + FOOT,
  };
}
