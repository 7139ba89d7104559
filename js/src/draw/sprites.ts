// Pre-rendered points: copying a small picture is several times cheaper than drawing discs with outlines.
import { contextOf, scratchCanvas } from "./canvas";
import type { Theme } from "./colour";

/** Radius of a point, by the side of the map. */
export function pointRadius(side: number): number {
  if (side > 350) return 3.6;
  return side > 240 ? 2.9 : 2.5;
}

/** How far a ring and a point reach beyond the radius, halo included. */
const RING_REACH = 4.5;
const POINT_REACH = 1.6;
/** Positions between two pixels for which a sprite is kept, in each direction. */
const FRACTIONS = 4;
/** Sprites 0 and 1 are training points by class, 2 and 3 test points, 4 is the ring. */
export const RING = 4;
const SPRITES = 5;

/** Half the side of the square that a disc fills, wherever between two pixels its middle is. */
const halfSide = (reach: number, ratio: number) => Math.ceil(reach * ratio) + 1;

export interface SpriteSheet {
  readonly image: HTMLCanvasElement;
  /** Side of a sprite in real pixels. */
  readonly side: number;
  readonly ratio: number;
  readonly radius: number;
}

const sheets = new WeakMap<Theme, SpriteSheet[]>();

/** Five sprites (class 0 and 1 of training, class 0 and 1 of test, ring), each at 4 × 4 fractions of a pixel. */
export function spritesFor(theme: Theme, radius: number, ratio: number): SpriteSheet {
  const known = sheets.get(theme) ?? [];
  const found = known.find((sheet) => sheet.radius === radius && sheet.ratio === ratio);
  if (found) return found;
  const side = 2 * halfSide(radius + RING_REACH, ratio);
  const image = scratchCanvas(side * SPRITES, side * FRACTIONS * FRACTIONS);
  const context = contextOf(image);
  for (let sprite = 0; sprite < SPRITES; sprite++) {
    for (let fraction = 0; fraction < FRACTIONS * FRACTIONS; fraction++) {
      const across = (fraction % FRACTIONS) / FRACTIONS;
      const down = Math.floor(fraction / FRACTIONS) / FRACTIONS;
      const x = sprite * side + side / 2 + across;
      const y = fraction * side + side / 2 + down;
      context.setTransform(ratio, 0, 0, ratio, x, y);
      drawSprite(context, sprite, radius, theme);
    }
  }
  const sheet = { image, side, ratio, radius };
  // A page zoomed back and forth must not pile them up.
  sheets.set(theme, [...known.slice(-3), sheet]);
  return sheet;
}

/** Draws one point, or the ring of one, at the origin. */
function drawSprite(context: CanvasRenderingContext2D, sprite: number, radius: number, theme: Theme): void {
  const circle = (size: number) => {
    context.beginPath();
    context.arc(0, 0, size, 0, 2 * Math.PI);
  };
  const stroke = (size: number, style: string, width: number) => {
    circle(size);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  };
  const fill = (style: string) => {
    circle(radius);
    context.fillStyle = style;
    context.fill();
  };
  const colour = sprite & 1 ? theme.pos : theme.neg;
  if (sprite === RING) {
    stroke(radius + 3, theme.pointLine, 3);
    stroke(radius + 3, theme.contour, 1.25);
  } else if (sprite < 2) {
    fill(colour);
    stroke(radius, theme.pointLine, 1);
  } else {
    stroke(radius + 0.1, theme.pointLine, 3);
    context.globalAlpha = 0.55;
    fill(theme.pointLine);
    context.globalAlpha = 1;
    stroke(radius - 0.3, colour, 1.5);
  }
}

/** Copies sprites so that their middle is at a place given in real pixels, to a quarter of one. */
export function stamper(
  context: CanvasRenderingContext2D,
  sheet: SpriteSheet,
): (sprite: number, x: number, y: number) => void {
  const { image, side, ratio, radius } = sheet;
  const middle = side / 2;
  const pointHalf = halfSide(radius + POINT_REACH, ratio);
  return (sprite, x, y) => {
    const across = Math.round(x * FRACTIONS);
    const down = Math.round(y * FRACTIONS);
    const column = Math.floor(across / FRACTIONS);
    const row = Math.floor(down / FRACTIONS);
    const fraction = (down - row * FRACTIONS) * FRACTIONS + across - column * FRACTIONS;
    // The ring needs all of its square; of a point's, only the middle holds anything.
    const half = sprite === RING ? middle : pointHalf;
    const fromX = sprite * side + middle - half;
    const fromY = fraction * side + middle - half;
    context.drawImage(image, fromX, fromY, 2 * half, 2 * half, column - half, row - half, 2 * half, 2 * half);
  };
}
