// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import {
  drawNetwork,
  edgeAlpha,
  edgeAt,
  edgeDash,
  edgesOf,
  edgeWidth,
  layoutNetwork,
  type NodePlace,
} from "../../src/draw/network";
import { type Call, installCanvases, makeContext, pixelAt, recorder, THEME } from "./support";

beforeAll(installCanvases);

// 2-2-1 with every weight different.
const LAYERS = [
  { name: "Hidden 1", units: 2, weight: [0, 2, 2], bias: [4, 2] },
  { name: "Output", units: 1, weight: [6, 1, 2], bias: [8, 1] },
] as const;
const PARAMETERS = Float32Array.of(0.5, -1.5, 2.5, -0.1, 1.5, -9, 4, -3, 0);
const GEOMETRY = layoutNetwork({
  inputs: 2,
  layers: LAYERS,
  width: 508,
  plot: 276,
  head: 44,
  tile: 48,
  inputTile: 40,
  labelWidth: 22,
  inputMiddle: 40,
});
const LENS = { x: 560, y0: 44, y1: 320 };

function record(options: Partial<Parameters<typeof drawNetwork>[1]> = {}): Call[] {
  const { context, calls } = recorder();
  drawNetwork(context, {
    geometry: GEOMETRY,
    layers: LAYERS,
    parameters: PARAMETERS,
    theme: THEME,
    hover: null,
    lens: null,
    ...options,
  });
  return calls;
}
/** Edges are what is stroked as a path of its own. */
const edgesIn = (calls: Call[]) =>
  calls.filter(({ name, values }) => name === "stroke" && values.length === 1);
const textsIn = (calls: Call[]) => calls.filter(({ name }) => name === "fillText");

describe("edges", () => {
  it("have widths and opacities that do not depend on the network", () => {
    expect(edgeWidth(0)).toBe(0.75);
    expect(edgeWidth(2.6)).toBeCloseTo(0.75 + 6.25 * (1 - Math.exp(-1)));
    expect(edgeWidth(1e9)).toBe(7);
    expect(edgeWidth(-2)).toBe(edgeWidth(2));
    expect(edgeAlpha(0)).toBe(0.38);
    expect(edgeAlpha(-1.2)).toBeCloseTo(0.38 + 0.57 * (1 - Math.exp(-1)));
  });

  it("are solid if positive and dashed if negative, longer when wider", () => {
    expect(edgeDash(1, 1)).toEqual([]);
    expect(edgeDash(0, 1)).toEqual([]);
    const [short, long] = [edgeDash(-0.1, 1), edgeDash(-4, 1)] as [number[], number[]];
    expect(short).toHaveLength(2);
    expect(long[0]).toBeGreaterThan(short[0] as number);
    expect(edgeDash(-4, 0.5)[0]).toBeLessThan(long[0] as number);
  });

  it("are drawn in the colour of their sign, the strongest last", () => {
    const drawn = edgesIn(record());
    const weights = [-0.1, 0.5, -1.5, 2.5, -3, 4];
    expect(drawn).toHaveLength(weights.length);
    weights.forEach((weight, index) => {
      const { state } = drawn[index] as Call;
      expect(state.strokeStyle).toBe(weight < 0 ? THEME.neg : THEME.pos);
      expect(state.lineWidth).toBeCloseTo(edgeWidth(weight), 5);
      expect(state.globalAlpha).toBeCloseTo(edgeAlpha(weight), 5);
      expect(state.dash.length > 0).toBe(weight < 0);
    });
  });

  it("belong to the weight in row `to` and column `from`", () => {
    const weightOf = (layer: number, from: number, to: number) =>
      edgesOf(GEOMETRY, LAYERS, PARAMETERS).find(
        (edge) => edge.layer === layer && edge.from === from && edge.to === to,
      )?.weight;
    expect(weightOf(1, 1, 0)).toBe(-1.5);
    expect(weightOf(1, 0, 1)).toBe(2.5);
    expect(weightOf(2, 1, 0)).toBe(-3);
  });

  it("follow new parameters on the same geometry", () => {
    record();
    const drawn = edgesIn(record({ parameters: new Float32Array(9).fill(-1) }));
    expect(drawn.every(({ state }) => state.strokeStyle === THEME.neg)).toBe(true);
  });

  it("end at the tiles they join", () => {
    const context = makeContext(560, 330);
    drawNetwork(context, {
      geometry: GEOMETRY,
      layers: LAYERS,
      parameters: PARAMETERS,
      theme: THEME,
      hover: null,
      lens: null,
    });
    for (const edge of GEOMETRY.edges) {
      const weight = edgesOf(GEOMETRY, LAYERS, PARAMETERS).find(
        ({ layer, from, to }) => layer === edge.layer && from === edge.from && to === edge.to,
      )?.weight as number;
      const [red, , blue, alpha] = pixelAt(context, Math.round(edge.x0) + 1, Math.floor(edge.y0));
      expect(alpha).toBeGreaterThan(40);
      expect(weight < 0 ? red > blue : blue > red).toBe(true);
    }
  });

  it("draw a weight that is not a number as no weight, and infinity as the widest", () => {
    const parameters = Float32Array.from(PARAMETERS);
    parameters[0] = Number.NaN;
    parameters[1] = Number.NEGATIVE_INFINITY;
    const drawn = edgesIn(record({ parameters }));
    expect(drawn[0]?.state.lineWidth).toBe(0.75);
    expect(drawn.at(-1)?.state.lineWidth).toBe(7);
    expect(drawn.at(-1)?.state.strokeStyle).toBe(THEME.neg);
  });
});

describe("a neuron under the pointer", () => {
  it("keeps its incoming edges and fades the others", () => {
    const drawn = edgesIn(record({ hover: [1, 1] }));
    const clear = drawn.filter(({ state }) => state.globalAlpha > 0.2);
    expect(clear).toHaveLength(2);
    expect(drawn.filter(({ state }) => state.globalAlpha === 0.12)).toHaveLength(4);
  });

  it("has its weights written at the neurons they come from, with their sign", () => {
    const texts = textsIn(record({ hover: [1, 1] }));
    expect(texts.map(({ values }) => values[0]).sort()).toEqual(["+2.50", "\u22120.10"]);
    for (const { values, state } of texts) {
      const negative = String(values[0]).startsWith("\u2212");
      expect(state.fillStyle).toBe(negative ? THEME.negText : THEME.posText);
      const source = GEOMETRY.nodes[0]?.[negative ? 1 : 0] as NodePlace;
      expect(values[1]).toBeGreaterThan(source.x + source.size / 2);
      expect(Math.abs((values[2] as number) - source.y)).toBeLessThan(source.size / 2 + 8);
    }
  });

  it("has no numbers where they would cover each other", () => {
    const layers = [
      { name: "Hidden 1", units: 40, weight: [0, 40, 2], bias: null },
      { name: "Hidden 2", units: 2, weight: [80, 2, 40], bias: null },
      { name: "Output", units: 1, weight: [160, 1, 2], bias: null },
    ] as const;
    const geometry = layoutNetwork({
      inputs: 2,
      layers,
      width: 508,
      plot: 276,
      head: 44,
      tile: 48,
      inputTile: 40,
      labelWidth: 22,
      inputMiddle: 40,
    });
    const parameters = new Float32Array(162).fill(1);
    expect(textsIn(record({ geometry, layers, parameters, hover: [2, 0] }))).toEqual([]);
    expect(textsIn(record({ geometry, layers, parameters, hover: [1, 0] }))).toHaveLength(2);
  });

  it("changes nothing if it is an input", () => {
    expect(edgesIn(record({ hover: [0, 1] })).map(({ state }) => state.globalAlpha)).toEqual(
      edgesIn(record()).map(({ state }) => state.globalAlpha),
    );
  });
});

describe("the lens", () => {
  const filled = (calls: Call[]) =>
    calls.some(({ name, state }) => name === "fill" && state.fillStyle === THEME.surface);
  it("joins the output with the map unless the map shows another neuron", () => {
    expect(filled(record({ lens: LENS }))).toBe(true);
    expect(filled(record({ lens: LENS, hover: [2, 0] }))).toBe(true);
    expect(filled(record({ lens: LENS, hover: [1, 0] }))).toBe(false);
    expect(filled(record())).toBe(false);
    const ends = record({ lens: LENS })
      .filter(({ name }) => name === "lineTo")
      .map(({ values }) => values);
    expect(ends).toContainEqual([560, 44]);
    expect(ends).toContainEqual([560, 320]);
  });
});

describe("bias bars", () => {
  const pixelBeside = (node: NodePlace, side: number) => {
    const context = makeContext(560, 330);
    drawNetwork(context, {
      geometry: GEOMETRY,
      layers: LAYERS,
      parameters: PARAMETERS,
      theme: THEME,
      hover: null,
      lens: null,
    });
    return pixelAt(context, Math.round(node.x + side), Math.floor(node.y + node.size / 2 + 5.5));
  };
  const [positive, negative] = GEOMETRY.nodes[1] as readonly NodePlace[] as [NodePlace, NodePlace];
  const output = GEOMETRY.nodes[2]?.[0] as NodePlace;
  const BLUE = [0, 0, 255, 255];
  const ORANGE = [255, 128, 0, 255];

  it("point right if positive, full at 3", () => {
    expect(pixelBeside(positive, 6)).toEqual(BLUE);
    expect(pixelBeside(positive, 11)).toEqual(BLUE);
    expect(pixelBeside(positive, 14)).not.toEqual(BLUE);
    expect(pixelBeside(positive, -6)).not.toEqual(BLUE);
  });
  it("point left if negative, and end with the tile", () => {
    expect(pixelBeside(negative, -6)).toEqual(ORANGE);
    expect(pixelBeside(negative, -23)).toEqual(ORANGE);
    expect(pixelBeside(negative, -26)[3]).toBe(0);
    expect(pixelBeside(negative, 6)).not.toEqual(ORANGE);
  });
  it("show only their scale at zero, and nothing in a layer without bias", () => {
    for (const side of [-6, 6]) {
      const [red, green, blue] = pixelBeside(output, side);
      expect(new Set([red, green, blue]).size).toBe(1);
    }
    const without = LAYERS.map((layer) => ({ ...layer, bias: null }));
    const strokes = (calls: Call[]) => calls.filter(({ name }) => name === "stroke").length;
    expect(strokes(record()) - strokes(record({ layers: without }))).toBe(3 * 2 + 2);
  });
});

describe("edgeAt", () => {
  const at = (x: number, y: number) => edgeAt(GEOMETRY, x, y, PARAMETERS, LAYERS);
  const middleOf = (edge: { x0: number; y0: number; x1: number; y1: number }) =>
    [(edge.x0 + edge.x1) / 2, (edge.y0 + edge.y1) / 2] as const;

  it("finds each edge at a point of its own", () => {
    for (const edge of GEOMETRY.edges) {
      // An eighth of the way along, where no two edges cross.
      const t = 0.125;
      const bend = (edge.x1 - edge.x0) / 2;
      const x = edge.x0 + 3 * (1 - t) ** 2 * t * bend + 3 * (1 - t) * t * t * bend + t ** 3 * 2 * bend;
      const y = edge.y0 + (edge.y1 - edge.y0) * (3 * (1 - t) * t * t + t ** 3);
      expect(at(x, y)).toMatchObject({ layer: edge.layer, from: edge.from, to: edge.to });
    }
  });

  it("tells the weight, and nothing where no edge is within 6 px of its rim", () => {
    const edge = GEOMETRY.edges.find(({ layer, from }) => layer === 2 && from === 0);
    const [x, y] = middleOf(edge as NonNullable<typeof edge>);
    expect(at(x, y)?.weight).toBe(4);
    expect(at(x, y - 8)?.weight).toBe(4);
    expect(at(x, y - 30)).toBeNull();
    expect(at(2, 60)).toBeNull();
  });

  it("takes the one on top where two cross", () => {
    const crossing = GEOMETRY.edges.filter(({ layer, from, to }) => layer === 1 && from !== to);
    const [x, y] = middleOf(crossing[0] as (typeof crossing)[number]);
    const other = middleOf(crossing[1] as (typeof crossing)[number]);
    expect(Math.hypot(x - other[0], y - other[1])).toBeLessThan(1);
    expect(at(x, y)?.weight).toBe(2.5);
  });
});
