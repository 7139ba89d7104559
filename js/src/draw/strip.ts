// The way of one image through the network: the units of each layer as bars or as maps, and the strongest connections.
import { clearCanvas, contextOf, scratchCanvas } from "./canvas";
import type { Theme } from "./colour";
import { largestOf, pictureSize, type Size } from "./picture";

/** Numbers side by side, or images of `height` × `width`. */
export interface Stage {
  readonly kind: "units" | "maps";
  readonly units: number;
  readonly height: number;
  readonly width: number;
}

/** Room for all units of a layer, and above and below for the ring around one. */
export const HEIGHT = 260;
export const MARGIN = 4;
/** What the longest bar of a layer has. */
export const BAR = 44;
const TIP = 1;
const ARRIVES = 6;
const LEAST_BETWEEN = 36;
const MAPS_WIDTH = 98;
const MAP_GAP = 2;
const LARGEST_MAP = 64;

export interface MapsPlan {
  readonly size: Size;
  /** From one map to the next. */
  readonly pitch: number;
  readonly rows: number;
  /** As many maps as have room. */
  readonly shown: number;
}

export interface StagePlace {
  readonly stage: Stage;
  readonly x: number;
  readonly width: number;
  readonly maps: MapsPlan | null;
}

export interface FlowPlan {
  /** More than there was room for where there are many layers. */
  readonly width: number;
  readonly places: readonly StagePlace[];
}

/** Maps lie in columns from top to bottom, as large as there is room for all of them. */
function planMaps({ units, height, width }: Stage): MapsPlan {
  let plan: MapsPlan | null = null;
  for (let room = LARGEST_MAP; room >= 8; room--) {
    const size = pictureSize({ width, height }, room);
    const pitch = Math.max(size.width, size.height) + MAP_GAP;
    const rows = Math.max(1, Math.floor((HEIGHT + MAP_GAP) / pitch));
    const fit = rows * Math.max(1, Math.floor((MAPS_WIDTH + MAP_GAP) / pitch));
    const shown = Math.min(units, fit);
    // The columns are as long as one another, but for what is left over.
    plan = { size, pitch, rows: Math.ceil(shown / Math.ceil(shown / rows)), shown };
    if (fit >= units) break;
  }
  return plan as MapsPlan;
}

/** Where the layers stand in a width that ends at the answers; the first one at `start`. */
export function planFlow(stages: readonly Stage[], width: number, start: number): FlowPlan {
  const maps = stages.map((stage) => (stage.kind === "maps" ? planMaps(stage) : null));
  const widths = maps.map((plan) => (plan ? Math.ceil(plan.shown / plan.rows) * plan.pitch - MAP_GAP : BAR));
  const taken = widths.reduce((sum, own) => sum + own, start);
  const between = Math.max(LEAST_BETWEEN, (width - taken) / Math.max(1, stages.length));
  let x = start;
  const places = stages.map((stage, index) => {
    const place = { stage, x, width: widths[index] as number, maps: maps[index] ?? null };
    x += place.width + between;
    return place;
  });
  return { width: Math.max(width, stages.length ? x : width), places };
}

/** What a layer gives: a number a unit, or bytes, of which 0 and 255 mean the ends of `range`. */
export interface Activations {
  readonly units: Float32Array | null;
  readonly maps: Uint8Array | null;
  readonly range: readonly [low: number, high: number];
}

/** The middle of a unit, from the top. */
export const unitY = (index: number, units: number) => ((index + 0.5) * HEIGHT) / units;

/** The answers stand in rows of this height, together in the middle. */
export const answerPitch = (answers: number) => Math.min(HEIGHT / 10, HEIGHT / Math.max(1, answers));
export const answerY = (row: number, answers: number) =>
  HEIGHT / 2 + (row + 0.5 - answers / 2) * answerPitch(answers);

/** Widths and opacities are absolute, so that images compare. */
export const wireWidth = (value: number) => 0.6 + 3 * (1 - Math.exp(-Math.abs(value) / 1.6));
export const wireAlpha = (value: number) => 0.3 + 0.6 * (1 - Math.exp(-Math.abs(value)));

export interface Wire {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** Between two layers no more than these. */
const MOST_WIRES = 60;
/** Of an answer that is likely, and of one that is not. */
const [LIKELY_WIRES, OTHER_WIRES] = [6, 2];
const LIKELY = 0.01;

export function readWires(rows: Float32Array | null): Wire[] {
  const wires: Wire[] = [];
  for (let at = 0; at + 2 < (rows?.length ?? 0); at += 3) {
    const [from = 0, to = 0, value = 0] = rows?.subarray(at, at + 3) ?? [];
    if (Number.isFinite(value)) wires.push({ from, to, value });
  }
  return wires.sort((first, second) => Math.abs(second.value) - Math.abs(first.value));
}

export interface AnswerWire extends Wire {
  /** How far from the middle of its row it arrives, and how strong its colour is. */
  readonly shift: number;
  readonly strength: number;
}

/** The strongest connections to each of the answers, beside one another in the order of the units. */
export function answerWires(
  rows: Float32Array | null,
  answers: readonly number[],
  probabilities: ArrayLike<number> | null,
): AnswerWire[] {
  const wires = readWires(rows);
  return answers.flatMap((answer, row) => {
    const likely = (probabilities?.[answer] ?? 0) > LIKELY;
    const own = wires.filter(({ to }) => to === answer).slice(0, likely ? LIKELY_WIRES : OTHER_WIRES);
    own.sort((first, second) => first.from - second.from);
    return own.map(({ from, value }, place) => ({
      from,
      to: row,
      value,
      shift: 3 * (place - (own.length - 1) / 2),
      strength: likely ? 1 : 0.5,
    }));
  });
}

export interface FlowOptions {
  readonly plan: FlowPlan;
  readonly activations: readonly (Activations | null)[];
  /** Rows of from, to, value: into each layer from the one before (the first has none), and into the answers. */
  readonly wires: readonly (Float32Array | null)[];
  /** The classes that are shown, from top to bottom. */
  readonly answers: readonly number[];
  readonly probabilities: ArrayLike<number> | null;
  /** The unit of the first layer that is looked at. */
  readonly ringed: number | null;
  /** Height of the image that the connections come from, and where it ends; none where it stands elsewhere. */
  readonly image: number | null;
  readonly theme: Theme;
}

interface End {
  readonly x: number;
  readonly y: number;
}

export function drawFlow(context: CanvasRenderingContext2D, options: FlowOptions): void {
  const { plan, activations, theme, ringed, image } = options;
  clearCanvas(context);
  context.save();
  context.translate(0, MARGIN);
  const first = plan.places[0];
  if (first && image !== null) drawWedge(context, first.x - 4, image, theme);
  const scales = activations.map((found) => largestOf(found?.units));
  drawWires(context, options, scales);
  plan.places.forEach((place, index) => {
    const found = activations[index] ?? null;
    if (place.stage.kind === "units")
      drawBars(context, place, found?.units ?? null, scales[index] ?? 0, theme);
    else if (found?.maps) drawMaps(context, place, found, theme);
  });
  if (first && ringed !== null && ringed < first.stage.units) {
    const length = first.maps
      ? null
      : barLength(activations[0]?.units?.[ringed] ?? 0, scales[0] ?? 0, first.width);
    drawRing(context, first, ringed, length, theme);
  }
  context.restore();
}

/** From the image to all units of the first layer. */
function drawWedge(context: CanvasRenderingContext2D, x: number, image: number, theme: Theme): void {
  context.beginPath();
  context.moveTo(0, 0);
  context.lineTo(x, 0);
  context.lineTo(x, HEIGHT);
  context.lineTo(0, image);
  context.fillStyle = theme.surface;
  context.fill();
  context.beginPath();
  context.moveTo(0, 0);
  context.lineTo(x, 0);
  context.moveTo(0, image);
  context.lineTo(x, HEIGHT);
  context.strokeStyle = theme.hairline;
  context.lineWidth = 1;
  context.stroke();
}

const barLength = (value: number, largest: number, most: number) =>
  largest > 0 ? (most * Math.abs(value)) / largest : 0;

function drawWires(
  context: CanvasRenderingContext2D,
  { plan, activations, wires, answers, probabilities, theme }: FlowOptions,
  scales: readonly number[],
): void {
  const { places } = plan;
  const leaves = (index: number, unit: number): End | null => {
    const place = places[index];
    if (!place || unit >= place.stage.units) return null;
    if (place.maps) return mapEnd(place, unit, place.maps.size.width);
    const length = barLength(activations[index]?.units?.[unit] ?? 0, scales[index] ?? 0, place.width);
    return { x: place.x + length + TIP, y: unitY(unit, place.stage.units) };
  };
  const arrives = (index: number, unit: number): End | null => {
    const place = places[index];
    if (!place || unit >= place.stage.units) return null;
    return place.maps ? mapEnd(place, unit, 0) : { x: place.x - TIP, y: unitY(unit, place.stage.units) };
  };
  const all: { value: number; from: End; to: End; strength: number }[] = [];
  const join = (value: number, from: End | null, to: End | null, strength: number) => {
    if (from && to) all.push({ value, from, to, strength });
  };
  for (let index = 1; index < places.length; index++) {
    for (const { from, to, value } of readWires(wires[index] ?? null).slice(0, MOST_WIRES))
      join(value, leaves(index - 1, from), arrives(index, to), 1);
  }
  const last = places.length;
  for (const { from, to, value, shift, strength } of answerWires(
    wires[last] ?? null,
    answers,
    probabilities,
  )) {
    const end = { x: plan.width - ARRIVES, y: answerY(to, answers.length) + shift };
    join(value, leaves(last - 1, from), end, strength);
  }
  // The strongest lie on top.
  all.sort((first, second) => Math.abs(first.value) - Math.abs(second.value));
  for (const { value, from, to, strength } of all) {
    const middle = (from.x + to.x) / 2;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
    context.strokeStyle = value < 0 ? theme.neg : theme.pos;
    context.lineWidth = wireWidth(value);
    context.globalAlpha = strength * wireAlpha(value);
    context.setLineDash(value < 0 ? [6, 2.5] : []);
    context.stroke();
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/** Where a map begins; one that has no room has no place. */
function mapCorner({ maps, x }: StagePlace, unit: number): End | null {
  if (!maps || unit >= maps.shown) return null;
  return { x: x + Math.floor(unit / maps.rows) * maps.pitch, y: (unit % maps.rows) * maps.pitch };
}

function mapEnd(place: StagePlace, unit: number, across: number): End | null {
  const corner = mapCorner(place, unit);
  return corner && { x: corner.x + across, y: corner.y + (place.maps?.size.height ?? 0) / 2 };
}

function drawBars(
  context: CanvasRenderingContext2D,
  { x, width, stage }: StagePlace,
  values: Float32Array | null,
  largest: number,
  theme: Theme,
): void {
  const pitch = HEIGHT / stage.units;
  const thick = Math.min(24, pitch >= 3 ? pitch - 1 : pitch);
  context.fillStyle = theme.ink3;
  context.fillRect(x - 1, 0, 1, HEIGHT);
  values?.forEach((value, unit) => {
    const length = barLength(value, largest, width);
    if (!length) return; // it is off
    context.fillStyle = value < 0 ? theme.neg : theme.pos;
    context.fillRect(x, unitY(unit, stage.units) - thick / 2, Math.max(1, length), thick);
  });
}

function drawRing(
  context: CanvasRenderingContext2D,
  place: StagePlace,
  unit: number,
  length: number | null,
  theme: Theme,
): void {
  context.strokeStyle = theme.accent;
  context.lineWidth = 2;
  context.beginPath();
  if (length === null) {
    const corner = mapCorner(place, unit);
    const { width = 0, height = 0 } = place.maps?.size ?? {};
    if (corner) context.roundRect(corner.x - 1, corner.y - 1, width + 2, height + 2, 2);
  } else {
    const thick = Math.min(24, HEIGHT / place.stage.units) + 3;
    const y = unitY(unit, place.stage.units);
    context.roundRect(place.x - 3, y - thick / 2, length + 5, thick, 2);
  }
  context.stroke();
}

/** Maps in the colours of their signs: their largest value has the last one. */
function drawMaps(
  context: CanvasRenderingContext2D,
  place: StagePlace,
  { maps: cells, range: [low, high] }: Activations,
  theme: Theme,
): void {
  const { stage, maps } = place;
  if (!maps || !cells) return;
  const largest = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const colours = Uint32Array.from({ length: 256 }, (_, q) => {
    const value = (low + (q / 255) * (high - low)) / largest;
    return theme.tileRamp32[128 + Math.round(127 * value)] as number;
  });
  const { width, height } = stage;
  const scratch = scratchCanvas(width, height * maps.shown);
  const into = contextOf(scratch, true);
  const image = into.createImageData(width, height * maps.shown);
  const words = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height * maps.shown);
  for (let cell = 0; cell < words.length; cell++) words[cell] = colours[cells[cell] ?? 0] as number;
  into.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = !maps.size.whole;
  for (let unit = 0; unit < maps.shown; unit++) {
    const { x, y } = mapCorner(place, unit) as End;
    context.drawImage(scratch, 0, unit * height, width, height, x, y, maps.size.width, maps.size.height);
    context.strokeStyle = theme.hairline;
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, maps.size.width + 1, maps.size.height + 1);
  }
  context.imageSmoothingEnabled = true;
}
