import { describe, expect, it } from "vitest";
import {
  arithmeticText,
  bytesText,
  countText,
  fullName,
  fullShape,
  meantText,
  nodeName,
  shapesText,
  shapeText,
  shareText,
  shortCount,
  tensorText,
} from "../../src/components/anatomy/texts";
import { nodeTrait } from "../anatomy-fixture";

/** Thin spaces as spaces. */
const plain = (text: string) => text.replaceAll("\u2009", " ");
const term = (factors: number[], meanings: string[] = []) => ({ parameter: 0, factors, meanings });

describe("counts", () => {
  it("have every digit, or three of those that have no place", () => {
    expect(countText(25557032)).toBe("25,557,032");
    const short = [0, 650, 9999, 10000, 54912, 999_499, 999_500, 4_089_184_256, 1.8e12];
    expect(short.map((count) => plain(shortCount(count)))).toEqual([
      "0",
      "650",
      "9,999",
      "10.0 k",
      "54.9 k",
      "999 k",
      "1.00 M",
      "4.09 G",
      "1.80 T",
    ]);
  });

  it("are bytes of a decimal kind, so that four times the parameters can be followed", () => {
    expect(
      [0, 640, 999, 1000, 220200, 4 * 25557032, 177_830_000_000].map((each) => plain(bytesText(each))),
    ).toEqual(["0 B", "640 B", "999 B", "1.00 kB", "220 kB", "102 MB", "178 GB"]);
  });

  it("are shares that are never nothing, nor all, unless they are", () => {
    const shares: [number, number][] = [
      [0, 10],
      [1, 1000],
      [59, 100],
      [999, 1000],
      [7, 7],
      [0, 0],
    ];
    expect(shares.map(([part, whole]) => plain(shareText(part, whole)))).toEqual([
      "0 %",
      "< 1 %",
      "59 %",
      "99 %",
      "100 %",
      "·",
    ]);
  });
});

describe("shapes", () => {
  it("are those of one sample", () => {
    expect(plain(shapeText([1, 64, 56, 56], 1))).toBe("64 × 56 × 56");
    expect(plain(shapeText([8, 10], 8))).toBe("10");
    expect(plain(shapeText([12, 8, 10], 8))).toBe("12 × 8 × 10");
    expect(shapeText([8], 8)).toBe("1");
    expect(shapeText([], 8)).toBe("scalar");
  });

  it("are written as PyTorch does where they are whole", () => {
    expect(fullShape([1, 64, 56, 56])).toBe("(1, 64, 56, 56)");
    expect(fullShape([8])).toBe("(8,)");
    expect(fullShape([])).toBe("()");
    expect(tensorText({ path: "['logits']", shape: [1, 10], dtype: "float32" })).toBe(
      "['logits'] (1, 10) float32",
    );
  });

  it("come in a row, of which not all are written", () => {
    const shapes = [
      [1, 3],
      [1, 4],
      [1, 5],
    ].map((shape) => ({ shape }));
    expect(shapesText(shapes.slice(0, 2), 1)).toBe("3, 4");
    expect(shapesText(shapes, 1)).toBe("3, 4, …");
  });
});

describe("names", () => {
  it("are the last part of a module's, or what PyTorch calls an operation", () => {
    const named = (key: string, changes = {}) => nodeName(nodeTrait({ key, ...changes }));
    expect(named("layer1.0.conv1")).toBe("conv1");
    expect(named("encoder#2", { name: "encoder", call: 2 })).toBe("encoder");
    expect(named("layer1.0:add_", { kind: "operation", name: "add_" })).toBe("add_");
    expect(named(":input", { kind: "input", name: "input" })).toBe("input");
    expect(named(":input['mask']", { kind: "input", name: "input" })).toBe("input['mask']");
    expect(named(":model", { name: "", type: "Linear" })).toBe("Linear");
    expect(fullName(nodeTrait({ key: "layer1.0:add_" }))).toBe("layer1.0:add_");
  });
});

describe("arithmetic", () => {
  it("is the sum of products that makes the count", () => {
    const of = (terms: ReturnType<typeof term>[], count: number) => plain(arithmeticText({ terms, count }));
    expect(of([term([784, 64]), term([64])], 50240)).toBe("784 × 64 + 64 = 50,240");
    expect(of([term([3, 64, 7, 7])], 9408)).toBe("3 × 64 × 7 × 7 = 9,408");
    expect(of([term([2048, 1000]), term([1000])], 2049000)).toBe("2,048 × 1,000 + 1,000 = 2,049,000");
    // Where nothing is to be computed only the count is said.
    expect(of([term([64])], 64)).toBe("64");
    expect(of([], 0)).toBe("0");
  });

  it("says what its factors count", () => {
    expect(plain(meantText(term([784, 64], ["inputs", "neurons"])))).toBe("784 inputs × 64 neurons");
    expect(plain(meantText(term([3, 2])))).toBe("3 × 2");
  });
});
