// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { makeRamp, parseColour, rampCss, rampPixels, readTheme } from "../../src/draw/colour";

const STOPS = ["#db7a10", "#f7ba7a", "#f7f6f4", "#8cbaec", "#2468bd"];
const entry = (ramp: Uint8ClampedArray, index: number) => [...ramp.subarray(3 * index, 3 * index + 3)];

describe("makeRamp", () => {
  it("goes through its stops at −1, −0.5, 0, 0.5 and 1", () => {
    const ramp = makeRamp(STOPS, 1);
    expect(ramp).toHaveLength(257 * 3);
    STOPS.forEach((stop, index) => {
      expect(entry(ramp, 64 * index)).toEqual(parseColour(stop));
    });
  });

  it("is mixed in OKLab: half way from black to white is the grey of lightness one half", () => {
    const ramp = makeRamp(["#000000", "#ffffff", "#000000"], 1);
    // Lightness 0.5 is a linear intensity of 0.125, which sRGB writes as 99.
    expect(entry(ramp, 64)).toEqual([99, 99, 99]);
  });

  it("pulls towards the middle when softened, without moving it", () => {
    const [full, soft, none] = [makeRamp(STOPS, 1), makeRamp(STOPS, 0.46), makeRamp(STOPS, 0)];
    const distance = (ramp: Uint8ClampedArray, index: number) =>
      Math.hypot(...entry(ramp, index).map((channel, axis) => channel - (entry(ramp, 128)[axis] as number)));
    expect(entry(soft, 128)).toEqual(parseColour("#f7f6f4"));
    for (const index of [0, 50, 200, 256]) {
      expect(distance(soft, index)).toBeGreaterThan(20);
      expect(distance(soft, index)).toBeLessThan(distance(full, index) * 0.75);
      expect(entry(none, index)).toEqual(entry(none, 128));
    }
  });

  it("refuses what is no colour", () => {
    expect(() => makeRamp(["#000000", "reddish", "#ffffff"], 1)).toThrow("reddish");
  });
});

describe("rampCss", () => {
  const ramp = makeRamp(STOPS, 1);
  it("takes the nearest end outside of [−1, 1], and neutral for what is not a number", () => {
    expect(rampCss(ramp, -7)).toBe("rgb(219, 122, 16)");
    expect(rampCss(ramp, 7)).toBe("rgb(36, 104, 189)");
    expect(rampCss(ramp, Number.NaN)).toBe(rampCss(ramp, 0));
  });
});

describe("rampPixels", () => {
  const ramp = makeRamp(STOPS, 1);
  const bytes = new Uint8Array(rampPixels(ramp).buffer);
  const pixel = (q: number) => [...bytes.subarray(4 * q, 4 * q + 4)];
  it("gives bytes their value (q − 128) / 127, opaque", () => {
    expect(pixel(128)).toEqual([...entry(ramp, 128), 255]);
    expect(pixel(255)).toEqual([...entry(ramp, 256), 255]);
    expect(pixel(1)).toEqual([...entry(ramp, 0), 255]);
    expect(pixel(0)).toEqual(pixel(1));
    expect(pixel(192)).toEqual([...entry(ramp, 128 + Math.round((64 / 127) * 128)), 255]);
  });
});

describe("parseColour", () => {
  it.each([
    ["#fff", [255, 255, 255]],
    ["#d06300", [208, 99, 0]],
    ["rgb(31, 102, 189)", [31, 102, 189]],
    ["rgba(31 102 189 / 0.5)", [31, 102, 189]],
    ["color(srgb 1 0.5 0)", [255, 127.5, 0]],
    ["color(srgb 1 0.5 0 / 0.2)", [255, 127.5, 0]],
  ])("reads %s", (text, rgb) => {
    expect(parseColour(text)).toEqual(rgb);
  });
  it.each(["", "red", "color(display-p3 1 0 0)", "rgb(1, 2)", "#12345"])("does not guess at %j", (text) => {
    expect(parseColour(text)).toBeNull();
  });
});

describe("readTheme", () => {
  afterEach(() => {
    document.body.replaceChildren();
  });

  it("reads the tokens that hold at the element, and leaves nothing behind", () => {
    const element = document.createElement("div");
    element.style.setProperty("--nnw-ink", "#123456");
    element.style.setProperty("--nnw-text-xs", "15px");
    element.style.setProperty("--nnw-ramp-0", "#000000");
    element.style.setProperty("--nnw-field-alpha", "1");
    document.body.append(element);
    const theme = readTheme(element);
    expect(theme.ink).toBe("rgb(18, 52, 86)");
    expect(theme.textXs).toBe(15);
    expect(entry(theme.fieldRamp, 128)).toEqual([0, 0, 0]);
    expect(entry(theme.fieldRamp, 0)).toEqual([219, 122, 16]);
    expect(element.childElementCount).toBe(0);
  });

  it("has every colour where no stylesheet is loaded", () => {
    const element = document.createElement("div");
    element.style.color = "red";
    document.body.append(element);
    const theme = readTheme(element);
    expect(theme.pos).toBe("rgb(31, 102, 189)");
    expect(theme.neg).toBe("rgb(208, 99, 0)");
    expect(theme.textXs).toBe(11);
  });
});
