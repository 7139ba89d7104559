import { describe, expect, it } from "vitest";
import { batchScale, learningRateScale, linearScale, speedScale } from "../../src/components/scales";

describe("scales", () => {
  it("send round decimals", () => {
    const noise = linearScale([0, 0.5], 0.01, String);
    expect(noise.fromPosition(0.30000000000000004)).toBe(0.3);
    expect(noise.fromPosition(0.07)).toBe(0.07);
  });

  it("move the learning rate at every press of an arrow key", () => {
    const scale = learningRateScale(String);
    const snap = (position: number) =>
      scale.min + Math.round((position - scale.min) / scale.step) * scale.step;
    let rate = scale.fromPosition(scale.min);
    const rates = [rate];
    while (snap(scale.toPosition(rate)) < scale.max - scale.step / 2) {
      rate = scale.fromPosition(snap(scale.toPosition(rate)) + scale.step);
      expect(rate).toBeGreaterThan(rates.at(-1) as number);
      rates.push(rate);
    }
    expect(rates[0]).toBe(0.0001);
    expect(rates.at(-1)).toBe(10);
    expect(rates).toHaveLength(101);
  });

  it("offer batch sizes up to the whole training set, and place others between them", () => {
    const scale = batchScale([1, 350]);
    expect(scale.fromPosition(scale.max)).toBe(350);
    expect(scale.fromPosition(0)).toBe(1);
    expect(scale.fromPosition(scale.toPosition(5))).toBe(5);
    expect(scale.fromPosition(scale.toPosition(33))).toBe(32);
  });

  it("put the unlimited speed at the end", () => {
    const scale = speedScale([1, 2, 5, 10, 30, 100, null]);
    expect(scale.toPosition(null)).toBe(6);
    expect(scale.fromPosition(6)).toBeNull();
    expect(scale.fromPosition(scale.toPosition(28))).toBe(30);
    expect(scale.text(30)).toBe("30 epochs/s");
    expect(scale.text(1)).toBe("1 epoch/s");
    expect(scale.text(null)).toBe("unlimited");
  });
});
