// A layer's space: the samples and the bent grid of the plane in the coordinates of up to three neurons, and where
// the neurons of the next layer separate.
import type { Theme } from "./colour";
import { isWrong } from "./points";
import { clip, type Place, section } from "./sections";
import { type Labels, markOf, pointRadius, ringOf, spritesFor, stamper } from "./sprites";

/** What is known of the space; rows of `coordinates` numbers, one row a place, NaN where there is no number. */
export interface SpaceFigures {
  /** Up to three: of neurons, or of principal components of more of them. */
  readonly coordinates: number;
  readonly train: Float32Array;
  readonly test: Float32Array;
  /** Lines of `stops` places each. */
  readonly grid: Float32Array;
  readonly stops: number;
  /** For each neuron of the next layer the coefficients of its weighted sum, the constant last. */
  readonly planes: Float32Array;
}

/** The same part of every axis, so that distances are true. */
export interface Box {
  readonly low: number;
  readonly high: number;
}

/** How a space of three coordinates is turned, in radians. */
export interface Turn {
  readonly yaw: number;
  readonly pitch: number;
}

export interface SpaceScene {
  readonly space: SpaceFigures;
  readonly box: Box;
  readonly turn: Turn;
  /** Side of the square picture in CSS pixels. */
  readonly size: number;
  readonly theme: Theme;
  readonly labels: Labels;
  /** Class or value of a training sample, and of a test sample. */
  label(index: number, test: boolean): number;
  readonly wrong: Uint8Array | null;
  /** Bit of the first test sample in `wrong`. */
  readonly firstTest: number;
  readonly axes: readonly string[];
  /** The neurons of the next layer are classes, of which the largest wins. */
  readonly compete: boolean;
  /** Names of the next layer's neurons; none where one line needs no name. */
  readonly names: readonly string[];
  /** A neuron of the next layer that is pointed at. */
  readonly pointed: number | null;
}

/** The samples lie within this share of the box. */
const PADDING = 0.12;
/** A box this much larger than needed is made smaller. */
const LOOSE = 3;
/** Samples fill the picture; only corners of the turned cube, where there are none, may lie outside of it. */
const CUBE_SHARE = 0.7;
const MARGIN = 26;
const TICK_SIDE = 7;
const TEXT_ROOM = 8;

/** The box around all samples; one that fits already stays, so that a picture does not breathe. */
export function boxFor({ train, test }: SpaceFigures, before: Box | null): Box {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const places of [train, test]) {
    for (const value of places) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!(low <= high)) return before ?? { low: -1, high: 1 };
  const span = high - low || 1;
  const fits = before && low >= before.low && high <= before.high;
  if (fits && before.high - before.low < LOOSE * span) return before;
  return { low: low - PADDING * span, high: high + PADDING * span };
}

type Spot = readonly [x: number, y: number, depth: number];

/** From coordinates to pixels; the third number grows towards the reader. */
export function projection({ space, box, turn, size }: SpaceScene): (place: Place) => Spot {
  const cube = space.coordinates > 2;
  const middle = (box.low + box.high) / 2;
  const scale = (cube ? CUBE_SHARE * (size / 2) : size / 2 - MARGIN) / ((box.high - box.low) / 2);
  const [cosYaw, sinYaw] = [Math.cos(turn.yaw), Math.sin(turn.yaw)];
  const [cosPitch, sinPitch] = [Math.cos(turn.pitch), Math.sin(turn.pitch)];
  return ([first = 0, second = middle, third = middle]) => {
    const [x, y, z] = [first - middle, second - middle, third - middle];
    if (!cube) return [size / 2 + scale * x, size / 2 - scale * y, 0];
    const across = cosYaw * x + sinYaw * z;
    const away = cosYaw * z - sinYaw * x;
    return [
      size / 2 + scale * across,
      size / 2 - scale * (cosPitch * y - sinPitch * away),
      cosPitch * away + sinPitch * y,
    ];
  };
}

export function drawSpace(context: CanvasRenderingContext2D, scene: SpaceScene): void {
  const { size, space, theme } = scene;
  const project = projection(scene);
  context.clearRect(0, 0, size, size);
  context.save();
  context.lineJoin = context.lineCap = "round";
  drawFrame(context, scene, project);
  if (space.coordinates < 3) {
    context.beginPath();
    context.rect(MARGIN, MARGIN, size - 2 * MARGIN, size - 2 * MARGIN);
    context.clip();
  }
  if (space.coordinates > 1) drawGrid(context, scene, project);
  const ends = space.coordinates > 2 ? nameAxes(context, scene, project) : [];
  drawPlanes(context, scene, project, ends);
  // They stay in the picture, over its lines.
  for (const end of ends) write(context, end, theme);
  context.restore();
  drawSamples(context, scene, project);
}

/** As a list, which is several times faster than one spread from a typed array. */
function placeAt(numbers: Float32Array, from: number, coordinates: number): number[] {
  const place: number[] = [];
  for (let axis = 0; axis < coordinates; axis++) place.push(numbers[from + axis] as number);
  return place;
}

/** The axes: a square, or the three edges that meet in the lowest corner, with their names. */
function drawFrame(
  context: CanvasRenderingContext2D,
  { space, box, size, theme, axes }: SpaceScene,
  project: (place: Place) => Spot,
): void {
  context.strokeStyle = theme.ink3;
  context.fillStyle = theme.ink2;
  context.lineWidth = 1;
  context.font = `${theme.textXs}px ${theme.fontFamily}`;
  context.textBaseline = "middle";
  if (space.coordinates < 3) {
    context.strokeRect(MARGIN - 0.5, MARGIN - 0.5, size - 2 * MARGIN + 1, size - 2 * MARGIN + 1);
    context.textAlign = "right";
    context.fillText(axes[0] ?? "", size - MARGIN, size - MARGIN / 2);
    context.textAlign = "left";
    context.fillText(axes[1] ?? "", MARGIN, MARGIN / 2);
    return;
  }
  for (const [[x0, y0], [x1, y1]] of edges(box, project)) {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  }
}

/** From the lowest corner along each axis. */
function edges({ low, high }: Box, project: (place: Place) => Spot): [Spot, Spot][] {
  const end = (axis: number) => [0, 1, 2].map((index) => (index === axis ? high : low));
  return [0, 1, 2].map((axis) => [project([low, low, low]), project(end(axis))]);
}

interface Word {
  readonly text: string;
  /** Of its middle. */
  readonly x: number;
  readonly y: number;
  /** Half of its width. */
  readonly half: number;
}

/** The names of the axes of the cube, at their ends. */
function nameAxes(
  context: CanvasRenderingContext2D,
  { box, size, axes }: SpaceScene,
  project: (place: Place) => Spot,
): Word[] {
  return edges(box, project).map(([[x0, y0], [x1, y1]], axis) => {
    const text = axes[axis] ?? "";
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const half = context.measureText(text).width / 2;
    const across = x1 < x0 - 1 ? -half : x1 > x0 + 1 ? half : 0;
    const within = (place: number, room: number) => Math.min(size - room, Math.max(room, place));
    const beyond = y1 + (10 * (y1 - y0)) / length;
    const y = within(beyond, TEXT_ROOM);
    // Where it has no room beyond the end, it stands beside.
    const x = x1 + (8 * (x1 - x0)) / length + (y === beyond ? across : -half - 4);
    return { text, x: within(x, half + 2), y, half };
  });
}

/** A word in its middle over lines that go through it. */
function write(context: CanvasRenderingContext2D, { text, x, y }: Word, theme: Theme): void {
  context.textAlign = "center";
  context.lineWidth = 3;
  context.strokeStyle = theme.bg;
  context.strokeText(text, x, y);
  context.fillStyle = theme.ink2;
  context.fillText(text, x, y);
}

function drawGrid(
  context: CanvasRenderingContext2D,
  { space, box, theme }: SpaceScene,
  project: (place: Place) => Spot,
): void {
  const { grid, stops, coordinates } = space;
  const reach = box.high - box.low;
  const inside = (value: number) => value > box.low - reach && value < box.high + reach;
  context.strokeStyle = theme.ink3;
  context.lineWidth = 0.6;
  context.beginPath();
  for (let start = 0; start < grid.length; start += stops * coordinates) {
    let pen = false;
    for (let stop = 0; stop < stops; stop++) {
      const from = start + stop * coordinates;
      const place = placeAt(grid, from, coordinates);
      if (place.every(inside)) {
        const [x, y] = project(place);
        if (pen) context.lineTo(x, y);
        else context.moveTo(x, y);
        pen = true;
      } else pen = false;
    }
  }
  context.stroke();
}

/** Where the weighted sum of each neuron is zero; of classes, where the two largest are equal. */
function drawPlanes(
  context: CanvasRenderingContext2D,
  scene: SpaceScene,
  project: (place: Place) => Spot,
  ends: readonly Word[],
): void {
  const { space, box, size, theme, compete, names, pointed } = scene;
  const words: Word[] = [];
  const width = space.coordinates + 1;
  const rows = Array.from({ length: Math.floor(space.planes.length / width) }, (_, unit) => [
    ...space.planes.subarray(unit * width, (unit + 1) * width),
  ]);
  const minus = (one: Place, other: Place) => one.map((value, index) => value - (other[index] as number));
  context.font = `${theme.textXs}px ${theme.fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  rows.forEach((row, unit) => {
    const heavy = !names.length || unit === pointed;
    context.lineWidth = heavy ? 1.75 : 1;
    // Planes are large: several of them, drawn as heavily as lines, would hide what they separate.
    context.strokeStyle = heavy ? theme.contour : space.coordinates > 2 ? theme.ink3 : theme.ink2;
    if (!compete) {
      const shape = section(row, box.low, box.high);
      strokeShape(context, shape, project, theme);
      if (shape.length === 2) markPositive(context, shape, row, project);
      if (shape.length && names[unit])
        words.push(nameShape(names[unit], shape.map(project), size, [...ends, ...words]));
      return;
    }
    for (let other = unit + 1; other < rows.length; other++) {
      let shape = section(minus(row, rows[other] as Place), box.low, box.high);
      rows.forEach((third, index) => {
        if (index !== unit && index !== other) shape = clip(shape, minus(row, third));
      });
      strokeShape(context, shape, project, theme);
    }
  });
  for (const word of words) write(context, word, theme);
}

function strokeShape(
  context: CanvasRenderingContext2D,
  shape: readonly Place[],
  project: (place: Place) => Spot,
  theme: Theme,
): void {
  if (!shape.length) return;
  context.beginPath();
  const [only] = shape;
  if (shape.length === 1 && only) {
    // One coordinate: a place on its axis is drawn as a line across.
    const [x] = project(only);
    context.moveTo(x, 0);
    context.lineTo(x, context.canvas.height);
  }
  for (const place of shape.length > 1 ? shape : []) {
    const [x, y] = project(place);
    context.lineTo(x, y);
  }
  if (shape.length > 2) {
    context.closePath();
    context.save();
    context.globalAlpha = 0.04;
    context.fillStyle = theme.ink;
    context.fill();
    context.restore();
  }
  context.stroke();
}

/** A short stroke to the side where the neuron's weighted sum is positive. */
function markPositive(
  context: CanvasRenderingContext2D,
  shape: readonly Place[],
  row: Place,
  project: (place: Place) => Spot,
): void {
  const ends = shape.map(project);
  const [[x0, y0], [x1, y1]] = ends as [Spot, Spot];
  const length = Math.hypot(row[0] as number, row[1] as number) || 1;
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(
    x + (TICK_SIDE * (row[0] as number)) / length,
    y - (TICK_SIDE * (row[1] as number)) / length,
  );
  context.stroke();
}

const INSET = 12;

/** The name of a plane: in its highest corner that is in the picture and not under another word, if there is one. */
function nameShape(text: string, spots: readonly Spot[], size: number, others: readonly Word[]): Word {
  const mean = (axis: 0 | 1) => spots.reduce((sum, spot) => sum + spot[axis], 0) / spots.length;
  const [mx, my] = [mean(0), mean(1)];
  const places = spots
    .toSorted((one, other) => one[1] - other[1])
    .map(([x, y]) => {
      const share = INSET / (Math.hypot(mx - x, my - y) || 1);
      return { text, x: x + share * (mx - x), y: y + share * (my - y), half: INSET / 2 };
    });
  const inside = (place: number) => place >= TEXT_ROOM && place <= size - TEXT_ROOM;
  const isFree = ({ x, y, half }: Word) =>
    inside(x) &&
    inside(y) &&
    others.every((other) => Math.abs(y - other.y) >= INSET || Math.abs(x - other.x) >= half + other.half);
  return (places.find(isFree) ?? places[0]) as Word;
}

function drawSamples(
  context: CanvasRenderingContext2D,
  scene: SpaceScene,
  project: (place: Place) => Spot,
): void {
  const { space, size, theme, labels, wrong, firstTest } = scene;
  const { train, test, coordinates } = space;
  const samples: { spot: Spot; sprite: number; wrong: boolean }[] = [];
  const { a: ratio } = context.getTransform();
  const sheet = spritesFor(theme, pointRadius(size), ratio, labels);
  for (const places of [train, test]) {
    const isTest = places === test;
    for (let index = 0; index < Math.floor(places.length / coordinates); index++) {
      const label = scene.label(index, isTest);
      const place = placeAt(places, index * coordinates, coordinates);
      if (!place.every(Number.isFinite)) continue;
      if (coordinates === 1) place.push(lane(label, labels, scene.box));
      const mark = markOf(label, labels, theme);
      samples.push({
        spot: project(place),
        sprite: isTest ? sheet.marks + mark : mark,
        wrong: wrong !== null && isWrong(wrong, isTest ? firstTest + index : index),
      });
    }
  }
  if (coordinates > 2) samples.sort((one, other) => one.spot[2] - other.spot[2]);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  const stamp = stamper(context, sheet);
  for (const { spot, sprite } of samples) stamp(sprite, spot[0] * ratio, spot[1] * ratio);
  for (const { spot, wrong: is } of samples) if (is) stamp(ringOf(sheet), spot[0] * ratio, spot[1] * ratio);
  context.restore();
}

/** Of one coordinate: each class, or value, has a height of its own. */
function lane(label: number, { classes, range }: Labels, { low, high }: Box): number {
  const share = classes ? (label + 0.5) / classes : (label - range[0]) / (range[1] - range[0] || 1);
  return low + (0.15 + 0.7 * share) * (high - low);
}
