import { describe, expect, it } from "vitest";
import { apart, besideExits, freest } from "../../src/components/activation/places";

const name = (text: string, y: number, strong = false) => ({ text, y, strong });

describe("names at the ends of curves", () => {
  it("stay where they are if there is room", () => {
    expect(apart([name("b", 80), name("a", 20)], 0, 300)).toEqual([name("a", 20), name("b", 80)]);
  });

  it("are pushed apart, the strong one first, and back into the picture", () => {
    const placed = apart([name("a", 295), name("b", 296, true), name("c", 296)], 0, 300);
    expect(placed.map(({ text, y }) => [text, y])).toEqual([
      ["a", 268],
      ["b", 284],
      ["c", 300],
    ]);
    const high = apart([name("a", -5), name("b", 3)], 4, 300);
    expect(high.map(({ y }) => y)).toEqual([4, 20]);
  });
});

describe("names of curves that leave the picture", () => {
  it("share a row where they do not touch, and go below each other where they do", () => {
    const placed = besideExits(
      [
        { text: "ReLU", x: 300, edge: "top" },
        { text: "ELU", x: 302, edge: "top" },
        { text: "GELU", x: 500, edge: "top" },
        { text: "sine", x: 301, edge: "bottom" },
      ],
      40,
    );
    expect(placed.map(({ text, row }) => [text, row])).toEqual([
      ["ReLU", 0],
      ["sine", 0],
      ["ELU", 1],
      ["GELU", 0],
    ]);
    expect(placed[0]?.x).toBe(294);
  });

  it("do not begin left of the picture", () => {
    expect(besideExits([{ text: "ReLU", x: 42, edge: "top" }], 40)[0]?.x).toBeGreaterThan(60);
  });
});

describe("a text among curves", () => {
  it("is where it is farthest from all of them", () => {
    expect(freest([[40, 40], [48]], [20, 300])).toBeGreaterThan(100);
    expect(freest([[290], [200]], [20, 300])).toBeLessThan(140);
    expect(freest([], [20, 300])).toBe(20);
  });
});
