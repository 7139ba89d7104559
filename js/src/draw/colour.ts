// Colours for canvases: the theme's tokens, resolved, and the palettes that turn values into pixels.

export interface Theme {
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly hairline: string;
  readonly track: string;
  readonly surface: string;
  readonly bg: string;
  readonly accent: string;
  readonly pos: string;
  readonly neg: string;
  readonly posText: string;
  readonly negText: string;
  readonly contour: string;
  readonly pointLine: string;
  readonly error: string;
  readonly fontFamily: string;
  readonly textXs: number;
  readonly textS: number;
  readonly text: number;
  /** Palettes of 257 RGB triples: entry 0 is −1, 128 is 0, 256 is +1. */
  readonly tileRamp: Uint8ClampedArray;
  readonly fieldRamp: Uint8ClampedArray;
  /** The same as pixels of an `ImageData`, indexed by the byte of a map: 128 is zero. */
  readonly tileRamp32: Uint32Array;
  readonly fieldRamp32: Uint32Array;
  /** The colours of up to eight classes: the first two are `neg` and `pos`. */
  readonly classes: readonly ClassColours[];
  /** What points are drawn in that have a value instead of a class: steps from lowest to highest. */
  readonly valueMarks: readonly string[];
}

export interface ClassColours {
  readonly mark: string;
  /** 256 pixels each, from the neutral middle to the colour of the class. */
  readonly tileRamp32: Uint32Array;
  readonly fieldRamp32: Uint32Array;
}

/** The token behind each colour, and what it is where no stylesheet says so. */
const COLOURS = {
  ink: ["--nnw-ink", "#1f1f1f"],
  ink2: ["--nnw-ink-2", "#5e5e5e"],
  ink3: ["--nnw-ink-3", "#8c8c8c"],
  hairline: ["--nnw-hairline", "#e0e0e0"],
  track: ["--nnw-track", "#cccccc"],
  surface: ["--nnw-surface", "#f4f4f4"],
  bg: ["--nnw-bg", "#ffffff"],
  accent: ["--nnw-accent", "#8a2f8f"],
  pos: ["--nnw-pos", "#1f66bd"],
  neg: ["--nnw-neg", "#d06300"],
  posText: ["--nnw-pos-text", "#17579f"],
  negText: ["--nnw-neg-text", "#a84600"],
  contour: ["--nnw-contour", "#2a2a2a"],
  pointLine: ["--nnw-point-line", "#ffffff"],
  error: ["--nnw-error", "#b52828"],
} as const;

const RAMP_STOPS = [
  ["--nnw-ramp-n2", "#db7a10"],
  ["--nnw-ramp-n1", "#f7ba7a"],
  ["--nnw-ramp-0", "#f7f6f4"],
  ["--nnw-ramp-p1", "#8cbaec"],
  ["--nnw-ramp-p2", "#2468bd"],
] as const;

/** They differ in lightness as well as in hue, so that they stay apart for every kind of colour vision. */
const CLASS_MARKS = [
  ["--nnw-class-0", "#d06300"],
  ["--nnw-class-1", "#1f66bd"],
  ["--nnw-class-2", "#005744"],
  ["--nnw-class-3", "#9a060c"],
  ["--nnw-class-4", "#289ba6"],
  ["--nnw-class-5", "#a478ff"],
  ["--nnw-class-6", "#3e1233"],
  ["--nnw-class-7", "#829463"],
] as const;

type ColourName = keyof typeof COLOURS;
type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Reads the tokens that hold at an element. A property that holds `color-mix()` has to be computed by the
 * browser, so each colour is worn by a probe; all probes are read after all are in place, for one style pass.
 */
export function readTheme(element: Element): Theme {
  const names = Object.keys(COLOURS) as ColourName[];
  const tokens = [...names.map((name) => COLOURS[name]), ...RAMP_STOPS, ...CLASS_MARKS];
  const holder = element.ownerDocument.createElement("span");
  holder.style.display = "none";
  const probes = tokens.map(([token]) => {
    const probe = element.ownerDocument.createElement("i");
    probe.style.color = `var(${token})`;
    holder.append(probe);
    return probe;
  });
  element.append(holder);
  const declared = getComputedStyle(element);
  // A token that is not declared leaves the probe with the inherited colour: then the default holds.
  const known = (token: string) => declared.getPropertyValue(token).trim() !== "";
  const resolved = tokens.map(([token, fallback], index) => {
    const probe = probes[index];
    const rgb = probe && known(token) ? parseColour(getComputedStyle(probe).color) : null;
    return cssColour(rgb ?? (parseColour(fallback) as Rgb));
  });
  const size = (token: string, fallback: number) =>
    Number.parseFloat(declared.getPropertyValue(token)) || fallback;
  const fontFamily = declared.fontFamily || "system-ui, sans-serif";
  const texts = {
    textXs: size("--nnw-text-xs", 11),
    textS: size("--nnw-text-s", 12),
    text: size("--nnw-text", 13),
  };
  const [tileSoft, fieldSoft] = [size("--nnw-tile-alpha", 0.9), size("--nnw-field-alpha", 0.46)];
  holder.remove();
  const stops = resolved.slice(names.length, names.length + RAMP_STOPS.length);
  const marks = resolved.slice(names.length + RAMP_STOPS.length);
  const neutral = stops[stops.length >> 1] as string;
  const [tileRamp, fieldRamp] = [makeRamp(stops, tileSoft), makeRamp(stops, fieldSoft)];
  const colours = Object.fromEntries(names.map((name, index) => [name, resolved[index]]));
  return {
    ...(colours as Record<ColourName, string>),
    ...texts,
    fontFamily,
    tileRamp,
    fieldRamp,
    tileRamp32: rampPixels(tileRamp),
    fieldRamp32: rampPixels(fieldRamp),
    classes: marks.map((mark) => classColours(mark, neutral, tileSoft, fieldSoft)),
    valueMarks: valueSteps(stops),
  };
}

/** Understands what browsers compute: `#rrggbb`, `rgb(…)` and `color(srgb …)`; alpha is ignored. */
export function parseColour(text: string): Rgb | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (hex) {
    const wide = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    const packed = Number.parseInt(wide, 16);
    return [packed >> 16, (packed >> 8) & 255, packed & 255];
  }
  const match = /^(rgba?|color)\(([^)]*)\)$/i.exec(text.trim());
  if (!match) return null;
  const words = (match[2] ?? "").split(/[\s,/]+/).filter(Boolean);
  const mixed = match[1] === "color";
  if (mixed && words.shift() !== "srgb") return null;
  const channels = words.slice(0, 3).map((word) => {
    const value = Number.parseFloat(word);
    return Math.max(0, Math.min(255, word.endsWith("%") ? value * 2.55 : mixed ? value * 255 : value));
  });
  const [red, green, blue] = channels;
  if (red === undefined || green === undefined || blue === undefined) return null;
  return channels.some(Number.isNaN) ? null : [red, green, blue];
}

const cssColour = (rgb: Rgb) => `rgb(${rgb.map(Math.round).join(", ")})`;

type Lab = readonly [lightness: number, a: number, b: number];

const toLinear = (channel: number) => {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const toGamma = (value: number) =>
  255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * Math.max(value, 0) ** (1 / 2.4) - 0.055);

// OKLab after Björn Ottosson, "A perceptual color space for image processing" (2020).
function toLab(rgb: Rgb): Lab {
  const [red, green, blue] = rgb.map(toLinear) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toGamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toGamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toGamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function labOf(colour: string): Lab {
  const rgb = parseColour(colour);
  if (!rgb) throw new Error(`a palette cannot be mixed from the colour "${colour}"`);
  return toLab(rgb);
}

/** The colour a share of the way from one to another. */
const mix = (from: Lab, to: Lab, share: number) =>
  from.map((value, axis) => value + ((to[axis] as number) - value) * share) as [number, number, number];

const ENTRIES = 257;

/**
 * 257 RGB triples through equally spaced stops, mixed in OKLab so that equal steps of value look equal.
 * `soft` pulls every colour towards the middle stop: 1 leaves it, 0 makes all of them neutral.
 */
export function makeRamp(stops: readonly string[], soft: number): Uint8ClampedArray {
  const labs = stops.map(labOf);
  const middle = labs[labs.length >> 1];
  if (!middle || labs.length < 2) throw new Error("a palette needs at least two colours");
  const ramp = new Uint8ClampedArray(3 * ENTRIES);
  for (let index = 0; index < ENTRIES; index++) {
    const position = (index / (ENTRIES - 1)) * (labs.length - 1);
    const low = Math.min(Math.floor(position), labs.length - 2);
    const between = mix(labs[low] as Lab, labs[low + 1] as Lab, position - low);
    ramp.set(toRgb(mix(middle, between, soft)), 3 * index);
  }
  return ramp;
}

/** The entry for a value in [−1, 1]; values outside take the nearest end, NaN the middle. */
function rampIndex(value: number): number {
  if (Number.isNaN(value)) return 128;
  return Math.round((Math.max(-1, Math.min(1, value)) + 1) * 128);
}

export function rampCss(ramp: Uint8ClampedArray, value: number): string {
  const start = 3 * rampIndex(value);
  return `rgb(${ramp[start]}, ${ramp[start + 1]}, ${ramp[start + 2]})`;
}

/** The palette as opaque pixels for the 256 bytes a map can hold: value = (byte − 128) / 127. */
export function rampPixels(ramp: Uint8ClampedArray): Uint32Array {
  return opaquePixels((q) => {
    const start = 3 * rampIndex((q - 128) / 127);
    return ramp.subarray(start, start + 3);
  });
}

function opaquePixels(colourOf: (q: number) => ArrayLike<number>): Uint32Array {
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let q = 0; q < 256; q++) {
    bytes.set(colourOf(q), 4 * q);
    bytes[4 * q + 3] = 255;
  }
  // The words take the machine's byte order, as the words over an ImageData do.
  return new Uint32Array(bytes.buffer);
}

/** A class as a point and as ramps, which are softened as `makeRamp` softens. */
export function classColours(
  mark: string,
  neutral: string,
  tileSoft: number,
  fieldSoft: number,
): ClassColours {
  const [from, to] = [labOf(neutral), labOf(mark)];
  const ramp = (soft: number) => opaquePixels((q) => toRgb(mix(from, to, (soft * q) / 255)));
  return { mark, tileRamp32: ramp(tileSoft), fieldRamp32: ramp(fieldSoft) };
}

const VALUE_STEPS = 17;

/** Equal steps through the stops of a palette, unsoftened. */
export function valueSteps(stops: readonly string[]): string[] {
  const ramp = makeRamp(stops, 1);
  return Array.from({ length: VALUE_STEPS }, (_, step) => rampCss(ramp, (2 * step) / (VALUE_STEPS - 1) - 1));
}

/** A pixel of a palette of bytes as CSS has it; `share` goes from 0 at its first to 1 at its last. */
export function pixelCss(pixels: Uint32Array, share: number): string {
  const start = pixels.byteOffset + 4 * Math.round(share * (pixels.length - 1));
  const [red, green, blue] = new Uint8ClampedArray(pixels.buffer, start, 3);
  return `rgb(${red}, ${green}, ${blue})`;
}

/** 256 opaque pixels from one colour to another: what a byte of an image is drawn in. */
export function mixedPixels(from: string, to: string): Uint32Array {
  const [first, last] = [labOf(from), labOf(to)];
  return opaquePixels((q) => toRgb(mix(first, last, q / 255)));
}

/** The relative luminance of a pixel or a colour, by which WCAG measures contrast. */
export function luminance(rgb: ArrayLike<number>): number {
  const [red = 0, green = 0, blue = 0] = Array.from(rgb).slice(0, 3).map(toLinear);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
