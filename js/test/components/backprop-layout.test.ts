import { describe, expect, it } from "vitest";
import { blocksOf, heightOf, widthOf } from "../../src/components/backprop/blocks";
import { boxAt, clearance, overlap } from "../../src/components/backprop/curves";
import { inside, sizeOfCell } from "../../src/components/backprop/inside";
import { labelSize, layOut } from "../../src/components/backprop/layout";
import { backwardTo } from "../../src/components/backprop/lit";
import { type Pass, readPass } from "../../src/components/backprop/pass";
import { shortest } from "../../src/components/backprop/state";
import { type PassName, passTrait } from "../backprop";

const NAMES: PassName[] = ["default", "paths meet", "three classes", "vanishing", "mini-batch", "own module"];
const read = (name: PassName) => readPass(passTrait(name)) as Pass;
const nodeOf = (pass: Pass, text: string) => pass.symbols.findIndex((symbol) => symbol.text === text);
const parameterOf = (pass: Pass, text: string) =>
  pass.parameterSymbols.findIndex((symbol) => symbol.text === text);

describe.each(NAMES)("the layout of %s", (name) => {
  const pass = read(name);
  const layout = layOut(pass, 1028);
  const { width, height } = layout.density;
  const tiles = layout.nodes.map((place) => boxAt(place, width, height));

  it("has each node apart from all others, and within the drawing", () => {
    expect(layout.nodes).toHaveLength(pass.symbols.length);
    tiles.forEach((tile, node) => {
      expect(tile.left).toBeGreaterThan(0);
      expect(tile.right).toBeLessThanOrEqual(layout.width);
      expect(tile.top).toBeGreaterThan(24);
      for (const other of tiles.slice(node + 1)) expect(overlap(tile, other)).toBe(false);
    });
  });

  it("runs from left to right, and past the tiles of columns that a line skips", () => {
    for (const { id, from, to } of pass.edges) {
      expect(layout.columnOf(to)).toBeGreaterThan(layout.columnOf(from));
      const { points } = layout.curves[id] ?? { points: [] };
      expect(points.length).toBeGreaterThan(2);
      tiles.forEach((tile, node) => {
        if (node === from || node === to) return;
        const hit = points.some(
          ({ x, y }) => x > tile.left && x < tile.right && y > tile.top && y < tile.bottom,
        );
        expect(hit, `${id} through ${pass.symbols[node]?.text}`).toBe(false);
      });
    }
  });

  it("has no name of a weight on a line, a tile, or another name", () => {
    const names = [...layout.labels].map(([id, place]) =>
      boxAt(place, ...labelSize(pass, pass.edges[id]?.weight ?? -1)),
    );
    names.forEach((box, index) => {
      expect(clearance(box, layout.curves)).toBeGreaterThan(1);
      for (const tile of tiles) expect(overlap(tile, box)).toBe(false);
      for (const other of names.slice(index + 1)) expect(overlap(other, box)).toBe(false);
    });
  });

  it("has no name of a weight on the name of a node, whose layer stands high", () => {
    const names = layout.nodes.flatMap(({ x, y }, node) => {
      const top = y - height / 2 - (pass.symbols[node]?.layer ? 24 : 19);
      return layout.columnOf(node) ? [{ left: x - 20, right: x + 20, top, bottom: y - height / 2 }] : [];
    });
    for (const [id, place] of layout.labels) {
      const weight = pass.edges[id]?.weight ?? -1;
      const box = boxAt(place, labelSize(pass, weight)[0], pass.parameterSymbols[weight]?.layer ? 22 : 18);
      for (const name of names) expect(overlap(name, box)).toBe(false);
    }
  });
});

describe("names of weights", () => {
  it("stand at all lines of a small network", () => {
    for (const name of ["default", "paths meet", "mini-batch"] as const) {
      const pass = read(name);
      const weighted = pass.edges.filter(({ weight }) => weight >= 0);
      expect(layOut(pass, 1028).labels.size).toBe(weighted.length);
    }
  });

  it("are left out where lines are many", () => {
    expect(layOut(read("vanishing"), 1028).labels.size).toBeLessThan(30);
  });

  it("leave tiles large where there is room", () => {
    expect(layOut(read("default"), 1028).density).toMatchObject({ name: "roomy", width: 68, height: 40 });
    expect(layOut(read("vanishing"), 1028).density.name).toBe("compact");
  });
});

describe("what fits", () => {
  it("is as wide as its place, and never narrower than it must be", () => {
    const pass = read("default");
    expect(layOut(pass, 1028).width).toBeCloseTo(1028, 3);
    expect(layOut(pass, 1568).width).toBeCloseTo(1568, 3);
    const narrow = layOut(pass, 568);
    expect(narrow.width).toBeGreaterThan(700);
    expect(layOut(pass, 300).width).toBe(narrow.width);
  });

  it.each(NAMES)("has the blocks of the layers of %s apart", (name) => {
    const pass = read(name);
    const { blocks, width } = blocksOf(pass, 1028);
    const boxes = blocks.flatMap(({ values, slopes, tensors }) =>
      [values, slopes, ...tensors.flatMap((each) => [each.values, each.slopes])].map((grid) => ({
        left: grid.x,
        right: grid.x + widthOf(grid),
        top: grid.y,
        bottom: grid.y + heightOf(grid),
      })),
    );
    boxes.forEach((box, index) => {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(width);
      for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
    });
  });

  it.each(NAMES)("has the operations of each node of %s apart", (name) => {
    const pass = read(name);
    pass.symbols.forEach((_, node) => {
      if (!pass.into(node).length) return;
      const { cells, height, width } = inside(pass, node, 1028);
      const boxes = cells.map((cell) => boxAt(cell.place, ...(sizeOfCell(cell) as [number, number])));
      boxes.forEach((box, index) => {
        expect(box.top).toBeGreaterThan(24);
        expect(box.bottom).toBeLessThan(height);
        expect(box.right).toBeLessThan(width);
        for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
      });
    });
  });

  it("writes a number of single precision as short as it was given", () => {
    expect(shortest(Math.fround(0.6))).toBe(0.6);
    expect(shortest(Math.fround(-1.1))).toBe(-1.1);
    expect(shortest(0.123456789012345)).toBe(0.123456789012345);
    expect(shortest(0)).toBe(0);
  });
});

describe("what is lit", () => {
  const textOf = (pass: Pass, nodes: ReadonlySet<number>) =>
    [...nodes].map((node) => pass.symbols[node]?.text).sort();

  it("is the way from a weight to the loss", () => {
    const pass = read("default");
    const lit = backwardTo(pass, 0, { kind: "parameter", index: parameterOf(pass, "w11") });
    expect(textOf(pass, lit.nodes)).toEqual(["L", "a1", "h1", "p", "z"]);
    expect(lit.edges.size).toBe(5);
    expect(lit.terms).toEqual([]);
  });

  it("are all lines where paths meet, whose terms make up the derivative", () => {
    const pass = read("paths meet");
    const h1 = nodeOf(pass, "h(1)1");
    const lit = backwardTo(pass, 0, { kind: "value", index: h1 });
    expect(textOf(pass, lit.nodes)).toEqual(["a(2)1", "a(2)2", "h(1)1"]);
    expect(lit.edges.size).toBe(2);
    const sum = lit.terms.reduce((total, { local, reaching }) => total + local * reaching, 0);
    expect(sum).toBeCloseTo(pass.gradient(0, h1), 6);
  });

  it("are both places of a weight that works twice", () => {
    const pass = read("own module");
    const shared = pass.parameterSymbols.findIndex((_, parameter) => pass.usesOf(parameter).length > 1);
    const lit = backwardTo(pass, 1, { kind: "parameter", index: shared });
    expect(lit.terms).toHaveLength(2);
    expect(lit.edges.size).toBe(2);
  });

  it("is the node that a parameter of its own is", () => {
    const pass = read("own module");
    const theta = parameterOf(pass, "theta");
    const lit = backwardTo(pass, 0, { kind: "parameter", index: theta });
    expect(lit.quantity).toEqual({ kind: "value", index: nodeOf(pass, "theta") });
    expect(lit.terms).toHaveLength(3);
  });
});
