// The same by layers: vectors and matrices, in symbols and, where they are small, with their numbers.
import type { ComponentChildren, JSX } from "preact";
import type { GroupTrait } from "../../generated/protocol";
import { call, EQ, fn, frac, note, op, row, signed, space, sup } from "../explorer/math";
import { three } from "../explorer/numbers";
import { gradientLines, ownGradient, valueLines } from "./chain-lines";
import { AND, around, BY, D, IS, type Line } from "./lines";
import { type Pass, sizeOf } from "./pass";
import { nodeSymbol } from "./rules";
import type { Quantity, Shown } from "./state";
import { sym } from "./symbols";
import { parameterName, quantityName, shapeText, two, valueText } from "./texts";

type Piece = JSX.Element;

/** Matrices of more rows or columns are written by their shapes. */
const MOST = 4;
const GAP = space(3);

const nodesIn = ({ start, units }: GroupTrait) => Array.from({ length: units }, (_, unit) => start + unit);
const isSmall = (...sizes: number[]) => sizes.every((size) => size <= MOST);

function Matrix({ rows }: { rows: readonly (readonly ComponentChildren[])[] }) {
  return (
    <mtable class="nnw-bp-matrix">
      {rows.map((cells, index) => (
        <mtr key={index}>
          {cells.map((cell, column) => (
            <mtd key={column}>{cell}</mtd>
          ))}
        </mtr>
      ))}
    </mtable>
  );
}

const column = (cells: readonly ComponentChildren[]): Piece =>
  cells.length === 1 ? row(cells[0]) : <Matrix rows={cells.map((cell) => [cell])} />;
const rowVector = (cells: readonly ComponentChildren[]): Piece =>
  cells.length === 1 ? row(cells[0]) : <Matrix rows={[cells]} />;
const matrix = (cells: readonly (readonly ComponentChildren[])[]): Piece =>
  cells.length === 1 && cells[0]?.length === 1 ? row(cells[0][0]) : <Matrix rows={cells} />;

const value = (shown: Shown, node: number): Piece => {
  const number = shown.value(node);
  return around(shown)(
    { kind: "value", index: node },
    signed(number, () => valueText(shown.pass, node, number), {
      n: `value.${quantityName(shown.pass, { kind: "value", index: node })}`,
      first: true,
    }),
  );
};
const weight = (shown: Shown, parameter: number): Piece =>
  parameter < 0 ? (
    <mn>0</mn>
  ) : (
    around(shown)(
      { kind: "parameter", index: parameter },
      signed(shown.weight(parameter), two, {
        n: `weight.${parameterName(shown.pass, parameter)}`,
        first: true,
      }),
    )
  );
const gradient = (shown: Shown, quantity: Quantity, first = true): Piece =>
  around(shown)(
    quantity,
    signed(ownGradient(shown, quantity), three, {
      n: `${quantity.kind === "parameter" && shown.pass.batch > 1 ? "own" : "gradient"}.${quantityName(shown.pass, quantity)}`,
      first,
    }),
  );
const nodeGradient = (shown: Shown, node: number, first = true) =>
  gradient(shown, { kind: "value", index: node }, first);
/** What reaches a group, behind something that it is multiplied with. */
const reaching = (shown: Shown, nodes: readonly number[]): Piece =>
  nodes.length === 1
    ? row(BY, nodeGradient(shown, nodes[0] as number, false))
    : row(GAP, column(nodes.map((node) => nodeGradient(shown, node))));

const slopeOf = (pass: Pass, symbol: Piece): Piece => frac([D, nodeSymbol(pass, pass.end)], [D, symbol]);
const transposed = (symbol: Piece): Piece => sup(symbol, <mi class="nnw-upright">T</mi>);
const shapes = (...all: readonly number[][]) => note(all.map(shapeText).join(", "));

/** The weights between two groups: a row for each unit, a column for each that goes in. */
function weightsOf(pass: Pass, group: GroupTrait): { sources: readonly number[]; rows: number[][] } {
  const nodes = nodesIn(group);
  const sources = [...new Set(nodes.flatMap((node) => pass.into(node).map(({ from }) => from)))].sort(
    (one, other) => one - other,
  );
  const rows = nodes.map((node) =>
    sources.map((source) => pass.into(node).find(({ from }) => from === source)?.weight ?? -1),
  );
  return { sources, rows };
}

const tensorSymbol = (pass: Pass, parameter: number): Piece => {
  const tensor = pass.tensors[pass.tensorOf(parameter)];
  return tensor ? sym(tensor.symbol) : <mi>W</mi>;
};
const sourceSymbol = (pass: Pass, { inputs }: GroupTrait): Piece =>
  row(
    inputs.map((input, index) => {
      const source = pass.groups[input];
      return source ? [index ? op(",") : null, sym(source.symbol)] : null;
    }),
  );

/** The values of a group. */
export function groupLines(shown: Shown, index: number): Line[] {
  const { pass } = shown;
  const group = pass.groups[index];
  if (!group) return [];
  if (group.kind === "loss" || (group.units === 1 && group.kind !== "linear"))
    return valueLines(shown, group.start);
  const nodes = nodesIn(group);
  const result = isSmall(group.units) ? column(nodes.map((node) => value(shown, node))) : undefined;
  const left = [sym(group.symbol), EQ];
  if (group.kind === "linear") {
    const { sources, rows } = weightsOf(pass, group);
    const first = rows[0]?.find((parameter) => parameter >= 0) ?? -1;
    const biases = nodes.map((node) => pass.usesIn(node).find(({ from }) => from < 0)?.parameter ?? -1);
    const bias = (biases[0] ?? -1) >= 0 ? [AND, tensorSymbol(pass, biases[0] as number)] : null;
    const rule: Line = {
      name: "forward",
      parts: [[left, tensorSymbol(pass, first), GAP, sourceSymbol(pass, group), bias]],
    };
    if (!isSmall(group.units, sources.length))
      return [
        rule,
        {
          name: "shapes",
          parts: [shapes([group.units, sources.length], [sources.length], [group.units])],
          result,
        },
      ];
    return [
      rule,
      {
        name: "",
        parts: [
          [
            IS,
            matrix(rows.map((cells) => cells.map((parameter) => weight(shown, parameter)))),
            GAP,
            column(sources.map((node) => value(shown, node))),
          ],
          bias && [AND, column(biases.map((parameter) => weight(shown, parameter)))],
        ].filter(Boolean),
        result,
      },
    ];
  }
  const name = group.function === "sigmoid" ? "σ" : group.label || group.function;
  const rule: Line = { name: "forward", parts: [[left, call(fn(name), sourceSymbol(pass, group))]] };
  const sources = nodes.flatMap((node) => pass.into(node).map(({ from }) => from));
  const inside = group.kind === "activation" && isSmall(group.units) && sources.length === group.units;
  if (inside) {
    const numbers = column(sources.map((node) => value(shown, node)));
    return [rule, { name: "", parts: [[IS, fn(name), GAP, numbers]], ...(result ? { result } : {}) }];
  }
  return [{ ...rule, ...(result ? { result } : {}) }];
}

/** What a group gets back from one of those that it goes into: symbols, and numbers where they are few. */
function termOf(
  shown: Shown,
  group: GroupTrait,
  next: GroupTrait,
): { symbols: Piece; numbers: Piece | null } {
  const { pass, sample } = shown;
  const mine = nodesIn(group);
  const theirs = nodesIn(next);
  const behind = slopeOf(pass, sym(next.symbol));
  const edges = (node: number) =>
    pass.outOf(node).filter(({ to }) => pass.groupOf(to) === pass.groupOf(next.start));
  const few = isSmall(mine.length, theirs.length);
  if (next.kind === "loss") {
    const numbers = few ? column(mine.map((node) => nodeGradient(shown, node))) : null;
    return { symbols: slopeOf(pass, sym(group.symbol)), numbers };
  }
  if (next.kind === "linear") {
    const { sources, rows } = weightsOf(pass, next);
    const known = sources.length === mine.length && few;
    const first = rows[0]?.find((parameter) => parameter >= 0) ?? -1;
    const turned = sources.map((_, at) => rows.map((cells) => weight(shown, cells[at] ?? -1)));
    return {
      symbols: row(transposed(tensorSymbol(pass, first)), GAP, behind),
      numbers: known ? row(matrix(turned), reaching(shown, theirs)) : null,
    };
  }
  if (next.kind === "activation") {
    const name = next.function === "sigmoid" ? "σ" : next.label;
    const slopes = mine.map((node) => {
      const edge = edges(node)[0];
      const number = edge ? pass.local(sample, edge.id) : 0;
      return signed(number, three, { first: true });
    });
    return {
      symbols: row(behind, op("⊙"), call(fn(`${name}′`), sym(group.symbol))),
      numbers: few
        ? row(column(theirs.map((node) => nodeGradient(shown, node))), op("⊙"), column(slopes))
        : null,
    };
  }
  const jacobian = frac([D, sym(next.symbol)], [D, sym(group.symbol)]);
  return { symbols: row(transposed(jacobian), GAP, behind), numbers: null };
}

/** What comes back to a group. */
export function groupGradientLines(shown: Shown, index: number): Line[] {
  const { pass } = shown;
  const group = pass.groups[index];
  if (!group) return [];
  const nexts = [
    ...new Set(nodesIn(group).flatMap((node) => pass.outOf(node).map(({ to }) => pass.groupOf(to)))),
  ];
  const isScalar = group.units === 1 && nexts.every((next) => pass.groups[next]?.kind !== "linear");
  if (isScalar) return gradientLines(shown, { kind: "value", index: group.start });
  const terms = nexts.map((next) => termOf(shown, group, pass.groups[next] as GroupTrait));
  const nodes = nodesIn(group);
  const result = isSmall(nodes.length) ? column(nodes.map((node) => nodeGradient(shown, node))) : undefined;
  const toLoss = nexts.length === 1 && pass.groups[nexts[0] as number]?.kind === "loss";
  const symbols = terms.map(({ symbols: each }, at) => row(at ? AND : null, each));
  const lines: Line[] = [
    {
      name: nexts.length > 1 ? "paths meet" : "chain rule",
      parts: toLoss
        ? [[slopeOf(pass, sym(group.symbol))]]
        : [[slopeOf(pass, sym(group.symbol)), IS], ...symbols],
      ...(toLoss ? { result } : {}),
    },
  ];
  if (toLoss) return lines;
  const isWritten = terms.every(({ numbers }) => numbers);
  const parts = isWritten
    ? terms.map(({ numbers }, at) => row(at ? AND : IS, numbers))
    : [shapes([nodes.length])];
  return [...lines, { name: isWritten ? "" : "shape", parts, result }];
}

/** A parameter as a whole: the outer product of what reaches its layer and of what went in. */
export function tensorGradientLines(shown: Shown, index: number): Line[] {
  const { pass } = shown;
  const tensor = pass.tensors[index];
  if (!tensor) return [];
  const left = slopeOf(pass, sym(tensor.symbol));
  const uses = pass.usesOf(tensor.start);
  const use = uses[0];
  const group = use && pass.groups[pass.groupOf(use.to)];
  const [rows = 1, columns = 1] = tensor.shape.length > 1 ? tensor.shape : [sizeOf(tensor.shape), 1];
  const size = sizeOf(tensor.shape);
  const few = isSmall(rows, columns) && size === rows * columns;
  const entry = (at: number) => gradient(shown, { kind: "parameter", index: tensor.start + at });
  const cells = Array.from({ length: rows }, (_, at) =>
    Array.from({ length: columns }, (__, other) => entry(at * columns + other)),
  );
  const result = few ? matrix(cells) : undefined;
  if (!use || uses.length > 1 || group?.kind !== "linear")
    return [{ name: "gradient", parts: [[left], shapes(tensor.shape)], result }];
  const behind = slopeOf(pass, sym(group.symbol));
  const gradients = column(nodesIn(group).map((node) => nodeGradient(shown, node)));
  const isScalar = group.units === 1;
  const lines: Line[] = [];
  if (use.from < 0) {
    lines.push({ name: "chain rule", parts: [[left, IS, behind]], result });
  } else {
    const { sources } = weightsOf(pass, group);
    lines.push({
      name: "chain rule",
      parts: [[left, IS, behind, GAP, transposed(sourceSymbol(pass, group))]],
    });
    lines.push({
      name: few ? "" : "shape",
      parts: few
        ? [[IS, gradients, isScalar ? BY : GAP, rowVector(sources.map((node) => value(shown, node)))]]
        : [shapes(tensor.shape)],
      result,
    });
  }
  if (pass.batch > 1) {
    const all = Array.from({ length: rows }, (_, at) =>
      Array.from({ length: columns }, (__, other) => {
        const parameter = tensor.start + at * columns + other;
        const key = `gradient.${parameterName(pass, parameter)}`;
        return signed(pass.weightGradient(parameter), three, { n: key, first: true });
      }),
    );
    lines.push({
      name: "batch",
      parts: [note(`the ${pass.averaged ? "mean" : "sum"} over its ${pass.batch} samples`)],
      result: few ? matrix(all) : undefined,
    });
  }
  return lines;
}
