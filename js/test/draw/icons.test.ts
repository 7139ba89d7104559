// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import { ICONS, type IconName } from "../../src/draw/icons";
import { installCanvases, makeContext, paintedPixels } from "./support";

beforeAll(installCanvases);

/** Draws an icon at eight times its size, with a margin of one box around it. */
function painted(name: IconName): [x: number, y: number][] {
  const context = makeContext(48 * 8, 48 * 8);
  context.setTransform(8, 0, 0, 8, 128, 128);
  context.lineWidth = 1.5;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const { d, fill } of ICONS[name]) {
    if (fill) context.fill(new Path2D(d));
    else context.stroke(new Path2D(d));
  }
  return [...paintedPixels(context)].map((spot) => {
    const [x, y] = spot.split(",").map(Number) as [number, number];
    return [(x + 0.5 - 128) / 8, (y + 0.5 - 128) / 8];
  });
}

describe("icons", () => {
  const names = Object.keys(ICONS) as IconName[];
  it.each(names)("%s stays in its box and fills some of it", (name) => {
    const spots = painted(name);
    expect(spots.length).toBeGreaterThan(500);
    for (const axis of [0, 1] as const) {
      const values = spots.map((spot) => spot[axis]);
      expect(Math.min(...values)).toBeGreaterThan(0);
      expect(Math.max(...values)).toBeLessThan(16);
    }
  });

  it("differ from each other", () => {
    const pictures = names.map((name) => painted(name).join(";"));
    expect(new Set(pictures).size).toBe(names.length);
  });
});
