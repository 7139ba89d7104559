import { describe, expect, it } from "vitest";
import { biasPlace, layoutNetwork, type NodePlace, type StageOptions } from "../../src/draw/layout";

const layersOf = (...units: number[]) =>
  units.map((count, index) => ({ name: `Layer ${index + 1}`, units: count }));
const MEDIUM = {
  inputs: 2,
  width: 508,
  plot: 276,
  head: 44,
  tile: 48,
  inputTile: 40,
  labelWidth: 22,
  inputMiddle: 40,
};
const lay = (units: number[], options: Partial<StageOptions> = {}) =>
  layoutNetwork({ ...MEDIUM, layers: layersOf(...units), ...options });

/** The three layouts of the widget at the widths its stage can have. */
const STAGES = [
  { width: 300, plot: 228, tile: 36, inputTile: 32 },
  { width: 508, plot: 276, tile: 48, inputTile: 40 },
  { width: 800, plot: 404, tile: 64, inputTile: 48 },
];

describe("layoutNetwork", () => {
  it("has the tiles and the pitch of the drawing where there is room", () => {
    const { nodes, pitch, tile, columns, middle, scale } = lay([4, 3, 1]);
    expect(nodes.map((layer) => layer.length)).toEqual([2, 4, 3, 1]);
    expect([pitch, tile, scale]).toEqual([276 / 4, 48, 1]);
    expect(columns[0]).toBe(22 + 20);
    expect(columns.at(-1)).toBe(508 - 24);
    expect(middle).toBe(44 + 138);
    expect(nodes[0]?.[0]?.size).toBe(40);
    expect(lay([2, 1]).pitch).toBe(72);
  });

  it("centres every layer on the middle of the plot", () => {
    for (const layer of lay([5, 2, 7, 1]).nodes) {
      const mean = layer.reduce((sum, node) => sum + node.y, 0) / layer.length;
      expect(mean).toBeCloseTo(44 + 138);
    }
  });

  it("shrinks the tile and not the gap for the bias bar, down to 28", () => {
    const gapOf = ({ pitch, tile }: { pitch: number; tile: number }) => pitch - tile;
    const six = lay([6, 1]);
    expect(gapOf(six)).toBeCloseTo(12);
    expect(six.tile).toBeCloseTo(276 / 6 - 12);
    expect(six.tile).toBeGreaterThanOrEqual(28);
    // Wide enough for eight tiles of 28 with their gaps.
    expect(lay([8, 1], { plot: 8 * 40 }).tile).toBeCloseTo(28);
    // Here they fit no more, and gap and tile shrink together.
    const sixteen = lay([16, 1]);
    expect(sixteen.tile / gapOf(sixteen)).toBeCloseTo(28 / 12);
  });

  it("leaves input and output as they are beside a crowded hidden layer", () => {
    const { nodes } = lay([16, 1]);
    expect(nodes[0]?.map((node) => node.size)).toEqual([40, 40]);
    expect(nodes.at(-1)?.[0]?.size).toBe(48);
    expect((nodes[0]?.[1]?.y ?? 0) - (nodes[0]?.[0]?.y ?? 0)).toBe(60);
  });

  const cases = STAGES.flatMap((stage) =>
    [0, 1, 2, 4, 8].flatMap((layers) => [1, 3, 5, 8, 16].map((units) => ({ ...stage, layers, units }))),
  );
  it.each(cases)("keeps $layers layers of $units apart at $width px", ({ layers, units, ...stage }) => {
    const { nodes, width, edges } = lay([...Array<number>(layers).fill(units), 1], stage);
    const all = nodes.flat();
    const apart = (a: NodePlace, b: NodePlace) =>
      Math.abs(a.x - b.x) >= (a.size + b.size) / 2 || Math.abs(a.y - b.y) >= (a.size + b.size) / 2;
    for (const [index, node] of all.entries()) {
      expect(node.size).toBeGreaterThanOrEqual(9);
      expect(node.x - node.size / 2).toBeGreaterThanOrEqual(21.9);
      expect(node.x + node.size / 2).toBeLessThanOrEqual(width + 0.1);
      expect(node.y - node.size / 2).toBeGreaterThanOrEqual(44);
      expect(node.y + node.size / 2).toBeLessThanOrEqual(44 + stage.plot);
      for (const other of all.slice(index + 1)) expect(apart(node, other)).toBe(true);
      // The bias bar ends above the next tile.
      const bar = biasPlace(node);
      const next = nodes[node.layer]?.[node.unit + 1];
      if (next) expect(bar.y + 3 * bar.scale).toBeLessThan(next.y - next.size / 2);
    }
    // Every edge has a way to go.
    for (const edge of edges) expect(edge.x1 - edge.x0).toBeGreaterThan(6);
  });

  const crowds = STAGES.flatMap((stage) =>
    [1, 7, 30, 64].flatMap((inputs) => [0, 2, 8].map((layers) => ({ ...stage, inputs, layers }))),
  );
  it.each(crowds)("keeps $inputs inputs of $layers layers apart at $width px", ({ layers, ...stage }) => {
    const { nodes, columns, edges, scale } = lay([...Array<number>(layers).fill(4), 1], {
      ...stage,
      labelWidth: 44,
    });
    const [inputs = [], next = []] = nodes;
    expect(inputs).toHaveLength(stage.inputs);
    for (const [index, { x, y, size }] of inputs.entries()) {
      expect(x - size / 2).toBeGreaterThanOrEqual(43.9);
      expect(y - size / 2).toBeGreaterThanOrEqual(44);
      expect(y + size / 2).toBeLessThanOrEqual(44 + stage.plot);
      const below = inputs[index + 1];
      if (below) expect(below.y - below.size / 2 - (y + size / 2)).toBeGreaterThan(0.7);
      for (const other of next) expect(x + size / 2).toBeLessThan(other.x - other.size / 2 - 6);
    }
    expect(columns[0]).toBeGreaterThanOrEqual(40);
    for (const edge of edges) expect(edge.x1 - edge.x0).toBeGreaterThan(6);
    // An edge of full width is hardly higher than the tile it leaves.
    expect(7 * scale).toBeLessThan(1.2 * (inputs[0]?.size ?? 0));
  });

  it("stands the inputs below their head, and right of their names", () => {
    expect(lay([4, 1], { inputs: 64 }).columns[0]).toBe(40);
    expect(lay([4, 1], { labelWidth: 44 }).columns[0]).toBe(44 + 20);
  });

  it("leads an edge from every neuron to every neuron of the next layer, at ports 8 apart", () => {
    const { edges, nodes } = lay([4, 3, 1]);
    expect(edges).toHaveLength(2 * 4 + 4 * 3 + 3);
    const source = nodes[0]?.[1] as NodePlace;
    const leaving = edges.filter((edge) => edge.layer === 1 && edge.from === 1);
    expect(leaving.map((edge) => edge.to)).toEqual([0, 1, 2, 3]);
    const ports = leaving.map((edge) => edge.y0 - source.y);
    expect(ports[0]).toBeCloseTo(-1.5 * 7.2);
    expect((ports[1] as number) - (ports[0] as number)).toBeCloseTo(7.2);
    for (const edge of edges) {
      const [from, to] = [nodes[edge.layer - 1]?.[edge.from], nodes[edge.layer]?.[edge.to]] as [
        NodePlace,
        NodePlace,
      ];
      expect(Math.abs(edge.y0 - from.y)).toBeLessThan(from.size / 2);
      expect(Math.abs(edge.y1 - to.y)).toBeLessThan(to.size / 2);
      expect(edge.x0).toBeGreaterThan(from.x + from.size / 2);
      expect(edge.x1).toBeLessThan(to.x - to.size / 2);
    }
    const single = edges.filter((edge) => edge.layer === 3 && edge.to === 0);
    expect((single[1]?.y1 ?? 0) - (single[0]?.y1 ?? 0)).toBeCloseTo(8);
  });
});
