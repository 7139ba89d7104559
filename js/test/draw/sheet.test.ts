import { describe, expect, it } from "vitest";
import { planSheet } from "../../src/draw/sheet";

describe("the sheet of a layer", () => {
  it("has rows of sixteen, of units as large as the width allows", () => {
    const plan = (width: number) => planSheet(width, 64, 28, 28);
    expect([1208, 700, 568].map((width) => plan(width).side)).toEqual([56, 42, 28]);
    expect([1208, 700, 568].map((width) => plan(width).columns)).toEqual([16, 16, 16]);
    expect(plan(300)).toMatchObject({ columns: 8, side: 28, shown: 64 });
    expect(planSheet(700, 64, 32, 32)).toMatchObject({ side: 32, size: { width: 32 } });
    expect(plan(700).size).toEqual({ width: 42, height: 42, whole: true });
  });

  it("shows as many units as fill eight rows", () => {
    expect(planSheet(700, 512, 28, 28).shown).toBe(128);
    expect(planSheet(700, 12, 5, 5)).toMatchObject({ shown: 12, size: { width: 40, height: 40 } });
  });

  it("has rows as far apart as columns, within bounds", () => {
    expect(planSheet(700, 64, 28, 28).gap).toBe(2);
    expect(planSheet(1208, 64, 28, 28).gap).toBe(8);
  });
});
