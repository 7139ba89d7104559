// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Activations,
  answerWires,
  answerY,
  BAR,
  drawFlow,
  type FlowOptions,
  HEIGHT,
  planFlow,
  readWires,
  type Stage,
  unitY,
  wireAlpha,
  wireWidth,
} from "../../src/draw/strip";
import { type Call, installCanvases, makeContext, pixelAt, recorder, THEME } from "./support";

beforeAll(installCanvases);

const units = (count: number): Stage => ({ kind: "units", units: count, height: 0, width: 0 });
const maps = (count: number, side: number): Stage => ({
  kind: "maps",
  units: count,
  height: side,
  width: side,
});
const values = (...numbers: number[]): Activations => ({
  units: Float32Array.from(numbers),
  maps: null,
  range: [0, 0],
});

describe("the places of the layers", () => {
  it("are as far from one another as the last one is from the answers", () => {
    const { places, width } = planFlow([units(64), units(64)], 528, 76);
    expect(places.map(({ x }) => x)).toEqual([76, 76 + BAR + (528 - 76 - 2 * BAR) / 2]);
    expect(width).toBe(528);
  });

  it("take more room than there is before they touch", () => {
    const { places, width } = planFlow(Array(8).fill(units(10)), 528, 76);
    expect(places).toHaveLength(8);
    expect((places[1]?.x ?? 0) - (places[0]?.x ?? 0)).toBeGreaterThanOrEqual(BAR + 36);
    expect(width).toBeGreaterThan(528);
  });

  it("have maps as large as there is room for all of them", () => {
    const [few, many, most] = planFlow([maps(8, 24), maps(32, 11), maps(512, 14)], 800, 76).places;
    expect(few?.maps).toMatchObject({ shown: 8, size: { width: 48, height: 48 } });
    expect(many?.maps).toMatchObject({ shown: 32, size: { width: 22 } });
    expect(most?.maps?.shown).toBeLessThan(512);
    expect(most?.maps?.shown).toBeGreaterThan(100);
  });
});

describe("connections", () => {
  it("have widths and opacities that do not depend on the image", () => {
    expect([wireWidth(0), wireWidth(-1e9)]).toEqual([0.6, 3.6]);
    expect(wireWidth(1.6)).toBeCloseTo(0.6 + 3 * (1 - Math.exp(-1)));
    expect(wireAlpha(0)).toBe(0.3);
    expect(wireAlpha(1e9)).toBeCloseTo(0.9);
  });

  it("are read as from, to and value, the strongest first", () => {
    const rows = Float32Array.of(0, 1, 0.5, 2, 0, -3, 1, 1, Number.NaN);
    expect(readWires(rows)).toEqual([
      { from: 2, to: 0, value: -3 },
      { from: 0, to: 1, value: 0.5 },
    ]);
    expect(readWires(null)).toEqual([]);
  });

  it("to answers are six where the answer is likely, and two at half strength where not", () => {
    const rows = Float32Array.from(
      [0, 1].flatMap((answer) => Array.from({ length: 8 }, (_, from) => [from, answer, 8 - from]).flat()),
    );
    const wires = answerWires(rows, [1, 0], Float32Array.of(0.001, 0.999));
    const to = (row: number) => wires.filter((wire) => wire.to === row);
    expect(to(0).map(({ from }) => from)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(to(0).map(({ shift }) => shift)).toEqual([-7.5, -4.5, -1.5, 1.5, 4.5, 7.5]);
    expect(to(1).map(({ from, strength }) => [from, strength])).toEqual([
      [0, 0.5],
      [1, 0.5],
    ]);
  });
});

const OPTIONS: FlowOptions = {
  plan: planFlow([units(4), units(2)], 300, 76),
  activations: [values(1, 0, 4, 2), values(3, -6)],
  wires: [null, Float32Array.of(2, 0, 1.5, 3, 1, -0.5), Float32Array.of(0, 1, 2, 1, 0, -1)],
  answers: [0, 1],
  probabilities: Float32Array.of(0.2, 0.8),
  ringed: 2,
  image: 196,
  theme: THEME,
};

function record(options: Partial<FlowOptions> = {}): Call[] {
  const { context, calls } = recorder(300, 268);
  drawFlow(context, { ...OPTIONS, ...options });
  return calls;
}
const bars = (calls: Call[]) =>
  calls.filter(({ name, state }) => name === "fillRect" && state.fillStyle !== THEME.ink3);

describe("the way through the network", () => {
  it("has a bar for each unit that is on, as long as its share of the layer's largest", () => {
    const drawn = bars(record());
    expect(drawn).toHaveLength(5);
    expect(drawn.map(({ values: [, , length] }) => length)).toEqual([11, BAR, 22, 22, BAR]);
    expect(drawn.at(-1)?.state.fillStyle).toBe(THEME.neg);
    const [x, y, , height] = (drawn[0] as Call).values as [number, number, number, number];
    expect([x, y + height / 2]).toEqual([76, unitY(0, 4)]);
  });

  it("leads connections from the tip of a bar, dashed where they take away, the strongest on top", () => {
    const calls = record();
    const curves = calls.flatMap(({ name, values: to }, index) =>
      name === "bezierCurveTo"
        ? [{ from: calls[index - 1]?.values, to, state: calls[index + 2]?.state ?? calls[index + 1]?.state }]
        : [],
    );
    expect(curves).toHaveLength(4);
    const [weakest, , , strongest] = curves;
    expect(weakest?.state).toMatchObject({ strokeStyle: THEME.neg, dash: [6, 2.5] });
    expect(strongest?.state).toMatchObject({ strokeStyle: THEME.pos, lineWidth: wireWidth(2), dash: [] });
    expect(strongest?.to.slice(4)).toEqual([300 - 6, answerY(1, 2)]);
    const second = curves.find(({ state }) => state?.lineWidth === wireWidth(1.5));
    expect(second?.from).toEqual([76 + BAR + 1, unitY(2, 4)]);
  });

  it("rings the unit that is looked at, and no other one", () => {
    const rings = (calls: Call[]) => calls.filter(({ name }) => name === "roundRect");
    const [ring, ...others] = rings(record());
    expect(others).toEqual([]);
    const [x, y, width, height] = (ring as Call).values as [number, number, number, number];
    expect([x, y + height / 2, width]).toEqual([73, unitY(2, 4), BAR + 5]);
    expect(rings(record({ ringed: null }))).toEqual([]);
    expect(rings(record({ ringed: 9 }))).toEqual([]);
  });

  it("begins at the image, if that is beside it", () => {
    const wedge = (calls: Call[]) =>
      calls.filter(({ name, state }) => name === "fill" && state.fillStyle === THEME.surface);
    expect(wedge(record())).toHaveLength(1);
    expect(wedge(record({ image: null }))).toHaveLength(0);
  });

  it("shows layers of maps as images in the colours of their signs", () => {
    const plan = planFlow([maps(2, 2)], 200, 20);
    const context = makeContext(200, HEIGHT + 8);
    const activations = [
      { units: null, maps: Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 255), range: [0, 2] as const },
    ];
    drawFlow(context, { ...OPTIONS, plan, activations, wires: [null, null], ringed: null, image: null });
    const ramp = new Uint8Array(THEME.tileRamp32.buffer);
    const entry = (q: number) => [...ramp.subarray(4 * q, 4 * q + 4)];
    const { size, pitch } = plan.places[0]?.maps ?? { size: { width: 0 }, pitch: 0 };
    expect(pixelAt(context, 22, 4 + 2)).toEqual(entry(255));
    expect(pixelAt(context, 20 + size.width - 3, 4 + 2)).toEqual(entry(128));
    expect(pixelAt(context, 20 + size.width - 3, 4 + pitch + size.width - 3)).toEqual(entry(255));
  });

  it("draws what is known where the rest has not come yet", () => {
    expect(bars(record({ activations: [null, null], wires: [], probabilities: null }))).toEqual([]);
  });
});
