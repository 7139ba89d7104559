import { describe, expect, it } from "vitest";
import { axisEnd, TIMELINE_BASE, timelineShape } from "../../src/draw/timeline";

const WIDTH = 1002;
const shapeOf = (losses: number[], end = losses.length, width = WIDTH) =>
  timelineShape(
    Float64Array.from(losses, (_, row) => row + 1),
    Float64Array.from(losses),
    end,
    width,
  );
const pointsOf = (path: string) =>
  path
    .slice(1)
    .split("L")
    .map((point) => point.split(" ").map(Number) as [number, number]);

describe("the line", () => {
  it("has a point for each epoch, where the axis has it", () => {
    const shape = shapeOf([0.8, 0.4, 0.2, 0.1]);
    expect(pointsOf(shape.line).map(([x]) => x)).toEqual([251, 501, 751, 1001]);
    expect([shape.x(0), shape.x(4)]).toEqual([1, 1001]);
  });

  it("falls by the same length whenever the loss is halved", () => {
    const tops = pointsOf(shapeOf([0.8, 0.4, 0.2, 0.1]).line).map(([, y]) => y);
    expect(tops[0]).toBe(4);
    const falls = tops.slice(1).map((y, index) => y - (tops[index] as number));
    for (const fall of falls) expect(fall).toBeCloseTo(falls[0] as number, 0);
    expect(tops.at(-1)).toBeLessThan(TIMELINE_BASE);
  });

  it("keeps its scale while the loss falls a little, and stays above the axis", () => {
    const first = pointsOf(shapeOf([0.8, 0.45], 10).line);
    const later = pointsOf(shapeOf([0.8, 0.45, 0.43], 10).line);
    expect(later.slice(0, 2)).toEqual(first);
    expect(Math.max(...later.map(([, y]) => y))).toBeLessThan(TIMELINE_BASE);
  });

  it("does not make a range of mountains out of a loss that hardly changes", () => {
    const [first, second] = pointsOf(shapeOf([0.6912, 0.691]).line);
    expect(Math.abs((second?.[1] ?? 0) - (first?.[1] ?? 0))).toBeLessThan(1);
  });

  it("leaves out what was not measured, and lets a loss of zero lie on the axis", () => {
    const points = pointsOf(shapeOf([0.5, Number.NaN, 0, Number.POSITIVE_INFINITY, 0.25]).line);
    expect(points.map(([x]) => x)).toEqual([201, 601, 1001]);
    expect(points[1]?.[1]).toBe(TIMELINE_BASE);
  });

  it("is no longer than it has pixels, and ends where the run does", () => {
    const losses = Array.from({ length: 20_000 }, (_, epoch) => 1 / (epoch + 1));
    const points = pointsOf(shapeOf(losses).line);
    expect(points.length).toBeLessThanOrEqual(WIDTH);
    expect(points.at(-1)?.[0]).toBe(1001);
  });

  it("begins with the second epoch", () => {
    expect(shapeOf([]).line).toBe("");
    expect(shapeOf([0.5]).line).toBe("");
    expect(shapeOf([0.5]).area).toBe("");
  });
});

describe("the handle", () => {
  it("rides on the line, also between the epochs that were kept", () => {
    const shape = timelineShape(Float64Array.of(1, 5), Float64Array.of(0.8, 0.2), 5, WIDTH);
    const [from, to] = [shape.y(1), shape.y(5)] as [number, number];
    expect(shape.y(3)).toBeCloseTo((from + to) / 2, 6);
  });

  it("has no height where nothing was measured: at the beginning, and after the end", () => {
    const shape = shapeOf([0.8, 0.4], 10);
    expect(shape.y(0)).toBeNull();
    expect(shape.y(1)).toBe(4);
    expect(shape.y(9)).toBeNull();
  });
});

describe("the axis", () => {
  it("is what is recorded, what a run is to reach, or room for one without an end", () => {
    expect(axisEnd(0, false, null)).toBe(1);
    expect(axisEnd(137, false, null)).toBe(137);
    expect(axisEnd(137, true, 400)).toBe(400);
    expect(axisEnd(0, true, null)).toBe(10);
    expect(axisEnd(137, true, null)).toBe(200);
  });

  it("has a length even of a run that ends within its first epoch", () => {
    expect(axisEnd(0, true, 0)).toBe(1);
  });

  it("has whole epochs as ticks, with room for their numbers", () => {
    expect(shapeOf([0.5, 0.4, 0.3]).ticks.map(({ label }) => label)).toEqual(["0", "1", "2", "3"]);
    const { ticks } = shapeOf([0.5, 0.4], 5000, 560);
    expect(ticks.map(({ label }) => label)).toEqual(["0", "1,000", "2,000", "3,000", "4,000", "5,000"]);
    expect(ticks[1]?.position).toBeCloseTo(1 + 558 / 5, 6);
  });
});
