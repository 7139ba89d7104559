// @vitest-environment happy-dom
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classColours, parseColour, readTheme, valueSteps } from "../../src/draw/colour";

type Triple = [number, number, number];

const CSS = readFileSync("src/styles/tokens.css", "utf8");
const DARK_FROM = CSS.indexOf('[data-jp-theme-light="false"]');

/** What a token is in a theme, variables followed. */
function token(name: string, dark: boolean): string {
  const pattern = new RegExp(`${name}:\\s*([^;]+);`);
  const own = dark ? pattern.exec(CSS.slice(DARK_FROM)) : null;
  const value = (own ?? pattern.exec(CSS.slice(0, DARK_FROM)))?.[1] ?? "";
  const other = /^var\((--[a-z0-9-]+)\)$/.exec(value)?.[1];
  return other ? token(other, dark) : value;
}

const linear = (colour: string) =>
  (parseColour(colour) as Triple).map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Triple;
const times = (rows: readonly Triple[], vector: Triple) =>
  rows.map((row) => row.reduce((sum, factor, axis) => sum + factor * (vector[axis] as number), 0)) as Triple;

// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency"
// (2009), at full severity; on linear light.
const SIGHTS: Record<string, Triple[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const XYZ: Triple[] = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const luminance = (colour: string) => times(XYZ, linear(colour))[1];

/** CIELAB of what someone with that sight sees. */
function labOf(colour: string, sight: string): Triple {
  const seen = times(SIGHTS[sight] as Triple[], linear(colour)).map((v) => Math.max(0, Math.min(1, v)));
  const white: Triple = [0.95047, 1, 1.08883];
  const [x, y, z] = times(XYZ, seen as Triple).map((value, axis) => {
    const share = value / (white[axis] as number);
    return share > 216 / 24389 ? Math.cbrt(share) : ((24389 / 27) * share + 16) / 116;
  }) as Triple;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
const apart = (one: string, other: string, sight: string) => {
  const [from, to] = [labOf(one, sight), labOf(other, sight)];
  return Math.hypot(...from.map((value, axis) => value - (to[axis] as number)));
};

describe.each([
  { theme: "light", dark: false, page: "#ffffff" },
  { theme: "dark", dark: true, page: "#111111" },
])("the colours of eight classes in the $theme theme", ({ dark, page }) => {
  const marks = Array.from({ length: 8 }, (_, label) => token(`--nnw-class-${label}`, dark));
  const accent = token("--nnw-accent", dark);

  it("begin with the two colours of the sign", () => {
    expect(marks.slice(0, 2)).toEqual([token("--nnw-neg", dark), token("--nnw-pos", dark)]);
  });

  it("have a contrast of three to one with the page", () => {
    for (const mark of marks) {
      const [low = 0, high = 0] = [luminance(mark), luminance(page)].sort((a, b) => a - b);
      expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(3);
    }
  });

  it.each([
    { sight: "normal", marksApart: 32, fromAccent: 32 },
    { sight: "protan", marksApart: 17.5, fromAccent: 27.5 },
    { sight: "deutan", marksApart: 19, fromAccent: 22 },
    { sight: "tritan", marksApart: 18, fromAccent: 27 },
  ])(
    "stay apart from each other and from the accent for $sight sight",
    ({ sight, marksApart, fromAccent }) => {
      marks.forEach((mark, label) => {
        for (const other of marks.slice(0, label)) {
          expect(apart(mark, other, sight)).toBeGreaterThan(marksApart);
        }
        // Blue and plum are near each other for some: the accent always has a shape of its own, too.
        if (label !== 1) expect(apart(mark, accent, sight)).toBeGreaterThan(fromAccent);
      });
    },
  );
});

describe("readTheme", () => {
  it("has the colours of the light theme where no stylesheet is loaded, and else what it says", () => {
    const element = document.createElement("div");
    document.body.append(element);
    const rgb = (colour: string) => `rgb(${parseColour(colour)?.join(", ")})`;
    const expected = Array.from({ length: 8 }, (_, label) => rgb(token(`--nnw-class-${label}`, false)));
    expect(readTheme(element).classes.map(({ mark }) => mark)).toEqual(expected);
    element.style.setProperty("--nnw-class-5", "#123456");
    element.style.setProperty("--nnw-ramp-0", "#808080");
    element.style.setProperty("--nnw-field-alpha", "1");
    const theme = readTheme(element);
    expect(theme.classes[5]?.mark).toBe("rgb(18, 52, 86)");
    const bytes = [...new Uint8Array(theme.classes[5]?.fieldRamp32.buffer as ArrayBuffer)];
    expect([bytes.slice(0, 4), bytes.slice(-4)]).toEqual([
      [128, 128, 128, 255],
      [18, 52, 86, 255],
    ]);
    expect(theme.valueMarks[8]).toBe("rgb(128, 128, 128)");
    element.remove();
  });
});

describe("classColours", () => {
  const { mark, tileRamp32, fieldRamp32 } = classColours("#3e1233", "#f7f6f4", 0.9, 0.46);
  const pixel = (ramp: Uint32Array, q: number) => [...new Uint8Array(ramp.buffer).subarray(4 * q, 4 * q + 4)];
  const away = (ramp: Uint32Array, q: number) =>
    Math.hypot(...pixel(ramp, q).map((channel, axis) => channel - (pixel(ramp, 0)[axis] as number)));

  it("goes from neutral towards the class, further in tiles than under points", () => {
    expect(mark).toBe("#3e1233");
    for (const ramp of [tileRamp32, fieldRamp32]) {
      expect(ramp).toHaveLength(256);
      expect(pixel(ramp, 0)).toEqual([247, 246, 244, 255]);
      for (let q = 16; q < 256; q += 16) expect(away(ramp, q)).toBeGreaterThan(away(ramp, q - 16));
    }
    expect(away(fieldRamp32, 255)).toBeGreaterThan(60);
    expect(away(fieldRamp32, 255)).toBeLessThan(away(tileRamp32, 255) * 0.7);
  });

  it("mixes in OKLab", () => {
    // Lightness 0.5 is a linear intensity of 0.125, which sRGB writes as 99.
    const { tileRamp32: half } = classColours("#ffffff", "#000000", 0.5, 1);
    expect(pixel(half, 255)).toEqual([99, 99, 99, 255]);
  });
});

describe("valueSteps", () => {
  it("has 17 steps through the unsoftened palette", () => {
    const steps = valueSteps(["#db7a10", "#f7ba7a", "#f7f6f4", "#8cbaec", "#2468bd"]);
    expect(steps).toHaveLength(17);
    expect([steps[0], steps[4], steps[8], steps[12], steps[16]]).toEqual([
      "rgb(219, 122, 16)",
      "rgb(247, 186, 122)",
      "rgb(247, 246, 244)",
      "rgb(140, 186, 236)",
      "rgb(36, 104, 189)",
    ]);
  });
});
