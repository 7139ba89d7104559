// Pre-rendered points: copying a small picture is several times cheaper than drawing marks with outlines.
import { contextOf, scratchCanvas } from "./canvas";
import type { Theme } from "./colour";

/** What the third number of a point means. */
export interface Labels {
  /** 2 to 8: the number is a class. 0: it is a value. */
  readonly classes: number;
  /** The values that get the ends of the palette. */
  readonly range: readonly [low: number, high: number];
}

/** Radius of a point, by the side of the map. */
export function pointRadius(side: number): number {
  if (side > 350) return 3.6;
  return side > 240 ? 2.9 : 2.5;
}

/** Half of the ring's line and its halo. */
const HALO = 1.5;
const POINT_REACH = 1.6;
/** Positions between two pixels for which a sprite is kept, in each direction. */
const FRACTIONS = 4;
const DISC = 0;

/** More than two colours are hard to tell apart: then each class has a shape of its own. */
const hasShapes = (classes: number) => classes > 2;
const ringRadius = (radius: number, classes: number) => (hasShapes(classes) ? 1.12 : 1) * radius + 3;
const pointReach = (radius: number, classes: number) =>
  (hasShapes(classes) ? LONGEST : 1) * radius + POINT_REACH;

/** Half the side of the square that a mark fills, wherever between two pixels its middle is. */
const halfSide = (reach: number, ratio: number) => Math.ceil(reach * ratio) + 1;

function markCount(classes: number, theme: Theme): number {
  if (classes === 0) return theme.valueMarks.length;
  return Math.max(2, Math.min(classes, theme.classes.length));
}

/** Which mark stands for a label: its class, or the step of the palette that is nearest to its value. */
export function markOf(label: number, { classes, range: [low, high] }: Labels, theme: Theme): number {
  if (classes === 2) return label > 0.5 ? 1 : 0;
  const last = markCount(classes, theme) - 1;
  const share = high > low ? (label - low) / (high - low) : Number.NaN;
  const index = classes === 0 ? Math.round(share * last) : Math.round(label);
  if (Number.isNaN(index)) return classes === 0 ? last / 2 : 0;
  return Math.max(0, Math.min(last, index));
}

export function markColour(mark: number, { classes }: Labels, theme: Theme): string {
  if (classes === 0) return theme.valueMarks[mark] ?? theme.ink3;
  if (classes === 2) return mark === 1 ? theme.pos : theme.neg;
  return theme.classes[mark]?.mark ?? theme.ink3;
}

type Corner = readonly [x: number, y: number];

const turned = (corners: readonly Corner[], angle: number): Corner[] => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return corners.map(([x, y]) => [x * cos - y * sin, x * sin + y * cos]);
};
/** Corners on a circle, the first at the top; `inner` gives a star its notches. */
const around = (count: number, outer: number, inner = outer): Corner[] =>
  Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count;
    const reach = index % 2 ? inner : outer;
    return [reach * Math.sin(angle), -reach * Math.cos(angle)];
  });

const [ARM, BAR] = [1.28, 0.43];
const SQUARE = around(4, 1.2);
const TRIANGLE = around(3, 1.42);
const PLUS: Corner[] = [0, 1, 2, 3].flatMap((quarter) =>
  turned(
    [
      [-BAR, -ARM],
      [BAR, -ARM],
      [BAR, -BAR],
    ],
    (quarter * Math.PI) / 2,
  ),
);

/** What each class is drawn as, of the size at which it looks as large as a disc of radius 1. */
const SHAPES: readonly (readonly Corner[])[] = [
  [], // a disc
  turned(SQUARE, Math.PI / 4),
  TRIANGLE,
  around(4, 1.29),
  turned(TRIANGLE, Math.PI),
  PLUS,
  turned(PLUS, Math.PI / 4),
  around(10, 1.52, 0.66),
];
const LONGEST = Math.max(...SHAPES.flat().map((corner) => Math.hypot(...corner)));

/**
 * The outline of a class's mark around the origin: disc, square, triangle up, diamond, triangle down, plus,
 * cross, star. All have about the area of a disc of that radius.
 */
export function markPath(shape: number, radius: number): Path2D {
  const path = new Path2D();
  const corners = SHAPES[shape] ?? [];
  if (shape === DISC) path.arc(0, 0, radius, 0, 2 * Math.PI);
  for (const [x, y] of corners) path.lineTo(x * radius, y * radius);
  if (shape !== DISC) path.closePath();
  return path;
}

/** Draws the mark of a label, as on the map, wherever the context is measured in CSS pixels: for a legend. */
export function drawMark(
  context: CanvasRenderingContext2D,
  label: number,
  x: number,
  y: number,
  radius: number,
  theme: Theme,
  labels: Labels,
  test = false,
): void {
  context.save();
  context.translate(x, y);
  drawAtOrigin(context, markOf(label, labels, theme), test, radius, theme, labels);
  context.restore();
}

function drawAtOrigin(
  context: CanvasRenderingContext2D,
  mark: number,
  test: boolean,
  radius: number,
  theme: Theme,
  labels: Labels,
): void {
  const shape = hasShapes(labels.classes) ? mark : DISC;
  const colour = markColour(mark, labels, theme);
  const stroke = (size: number, style: string, width: number) => {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(markPath(shape, size));
  };
  const fill = (style: string) => {
    context.fillStyle = style;
    context.fill(markPath(shape, radius));
  };
  context.lineJoin = shape === DISC ? "miter" : "round";
  const hollow = () => {
    context.globalAlpha = 0.55;
    fill(theme.pointLine);
    context.globalAlpha = 1;
  };
  if (labels.classes === 0) {
    // The middle of the palette is as light as the page: a thin line keeps such a point visible.
    stroke(radius + 0.2, theme.pointLine, test ? 3.2 : 2.2);
    if (test) {
      hollow();
      stroke(radius - 0.2, theme.ink3, 2.6);
      stroke(radius - 0.2, colour, 1.5);
    } else {
      fill(colour);
      stroke(radius, theme.ink3, 0.8);
    }
  } else if (test) {
    stroke(radius + 0.1, theme.pointLine, 3);
    hollow();
    stroke(radius - 0.3, colour, 1.5);
  } else if (labels.classes === 2) {
    fill(colour);
    stroke(radius, theme.pointLine, 1);
  } else {
    // Narrow arms cannot spare the half of an outline that would lie on them, so none of the shapes has it.
    stroke(radius, theme.pointLine, 2);
    fill(colour);
  }
}

export interface SpriteSheet {
  readonly image: HTMLCanvasElement;
  /** Side of a sprite in real pixels. */
  readonly side: number;
  readonly ratio: number;
  readonly radius: number;
  readonly classes: number;
  /** The first sprites are the training marks, then as many test marks, then the ring. */
  readonly marks: number;
}

export const ringOf = (sheet: SpriteSheet) => 2 * sheet.marks;

const sheets = new WeakMap<Theme, SpriteSheet[]>();

/** The sprites for a kind of labels, each at 4 × 4 fractions of a pixel. */
export function spritesFor(theme: Theme, radius: number, ratio: number, labels: Labels): SpriteSheet {
  const { classes } = labels;
  const known = sheets.get(theme) ?? [];
  const found = known.find(
    (sheet) => sheet.radius === radius && sheet.ratio === ratio && sheet.classes === classes,
  );
  if (found) return found;
  const marks = markCount(classes, theme);
  const side = 2 * halfSide(ringRadius(radius, classes) + HALO, ratio);
  const image = scratchCanvas(side * (2 * marks + 1), side * FRACTIONS * FRACTIONS);
  const sheet = { image, side, ratio, radius, classes, marks };
  const context = contextOf(image);
  for (let sprite = 0; sprite <= 2 * marks; sprite++) {
    for (let fraction = 0; fraction < FRACTIONS * FRACTIONS; fraction++) {
      const across = (fraction % FRACTIONS) / FRACTIONS;
      const down = Math.floor(fraction / FRACTIONS) / FRACTIONS;
      const x = sprite * side + side / 2 + across;
      const y = fraction * side + side / 2 + down;
      context.setTransform(ratio, 0, 0, ratio, x, y);
      if (sprite === ringOf(sheet)) drawRing(context, ringRadius(radius, classes), theme);
      else drawAtOrigin(context, sprite % marks, sprite >= marks, radius, theme, labels);
    }
  }
  // A page zoomed back and forth must not pile them up.
  sheets.set(theme, [...known.slice(-3), sheet]);
  return sheet;
}

function drawRing(context: CanvasRenderingContext2D, radius: number, theme: Theme): void {
  for (const [style, width] of [
    [theme.pointLine, 2 * HALO],
    [theme.contour, 1.25],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(markPath(DISC, radius));
  }
}

/** Copies sprites so that their middle is at a place given in real pixels, to a quarter of one. */
export function stamper(
  context: CanvasRenderingContext2D,
  sheet: SpriteSheet,
): (sprite: number, x: number, y: number) => void {
  const { image, side, ratio, radius, classes } = sheet;
  const middle = side / 2;
  const ring = ringOf(sheet);
  const pointHalf = Math.min(middle, halfSide(pointReach(radius, classes), ratio));
  return (sprite, x, y) => {
    const across = Math.round(x * FRACTIONS);
    const down = Math.round(y * FRACTIONS);
    const column = Math.floor(across / FRACTIONS);
    const row = Math.floor(down / FRACTIONS);
    const fraction = (down - row * FRACTIONS) * FRACTIONS + across - column * FRACTIONS;
    // The ring needs all of its square; of a point's, only the middle holds anything.
    const half = sprite === ring ? middle : pointHalf;
    const fromX = sprite * side + middle - half;
    const fromY = fraction * side + middle - half;
    context.drawImage(image, fromX, fromY, 2 * half, 2 * half, column - half, row - half, 2 * half, 2 * half);
  };
}
