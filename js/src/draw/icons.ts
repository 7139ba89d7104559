// The icons: drawn in a box of 16 × 16 with strokes of 1.5 and round ends, in the colour of the text.

export interface IconShape {
  /** Path data in the 16-pixel box. */
  readonly d: string;
  /** Filled with the text's colour instead of stroked. */
  readonly fill?: boolean;
}

const circle = (x: number, y: number, radius: number) =>
  `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;

const stroke = (d: string): IconShape => ({ d });
const solid = (d: string): IconShape => ({ d, fill: true });

/** A triangle that points right, with softened corners: the same mark in "play", "batch" and "epoch". */
const triangle = (left: number, top: number, width: number, height: number) =>
  `M${left} ${top + 0.6}V${top + height - 0.6}a.6.6 0 0 0 .95.5L${left + width - 0.3} ${top + height / 2 + 0.5}` +
  `a.6.6 0 0 0 0-1L${left + 0.95} ${top + 0.1}A.6.6 0 0 0 ${left} ${top + 0.6}Z`;

const SHAPES = {
  reset: [stroke("M3.1 9.2A5 5 0 1 0 4.3 4.6L3 6"), stroke("M2.8 2.8V6.2H6.2")],
  refresh: [
    stroke("M12.9 6.6A5 5 0 0 0 3.9 5.2"),
    stroke("M12.9 3.3V6.7H9.5"),
    stroke("M3.1 9.4a5 5 0 0 0 9 1.4"),
    stroke("M3.1 12.7V9.3H6.5"),
  ],
  play: [solid(triangle(4.8, 2.4, 8.8, 11.2))],
  pause: [solid("M4.5 3H6.9V13H4.5ZM9.1 3H11.5V13H9.1Z")],
  stop: [solid("M4 4H12V12H4Z")],
  batch: [solid(triangle(3.6, 3.5, 7.2, 9)), stroke("M12.6 3.2V12.8")],
  epoch: [solid(triangle(1.6, 3.7, 5.9, 8.6)), solid(triangle(7, 3.7, 5.9, 8.6)), stroke("M14.4 3.2V12.8")],
  mistake: [solid(triangle(1.2, 3.7, 5.9, 8.6)), stroke("M9.2 5.4 14.4 10.6M14.4 5.4 9.2 10.6")],
  code: [stroke("M5 4.6 1.9 8 5 11.4"), stroke("M11 4.6 14.1 8 11 11.4"), stroke("M9.1 3.2 6.9 12.8")],
  present: [
    stroke("M1.8 2.9H14.2"),
    stroke("M3 2.9V10H13V2.9"),
    stroke("M8 10V11.7M5.1 13.8 8 11.7 10.9 13.8"),
  ],
  more: [solid(circle(3, 8, 1.3)), solid(circle(8, 8, 1.3)), solid(circle(13, 8, 1.3))],
  plus: [stroke("M8 3.5V12.5M3.5 8H12.5")],
  minus: [stroke("M3.5 8H12.5")],
  close: [stroke("M4.5 4.5 11.5 11.5M11.5 4.5 4.5 11.5")],
  down: [stroke("M4.4 6.3 8 9.8 11.6 6.3")],
  up: [stroke("M4.4 9.7 8 6.2 11.6 9.7")],
  right: [stroke("M6.3 4.4 9.8 8 6.3 11.6")],
  left: [stroke("M9.7 4.4 6.2 8 9.7 11.6")],
  pin: [stroke("M5.9 2.3H10.1"), stroke("M6.6 2.3V6L4.5 8.7H11.5L9.4 6V2.3"), stroke("M8 8.7V13.7")],
  pencil: [
    stroke("M3 13 3.7 10 10.6 3.1a1.1 1.1 0 0 1 1.6 0L12.9 3.8a1.1 1.1 0 0 1 0 1.6L6 12.3Z"),
    stroke("M9.3 4.4 11.6 6.7"),
  ],
  load: [stroke("M8 10.2V3"), stroke("M5.2 5.6 8 2.8 10.8 5.6"), stroke("M2.8 10.4V13.2H13.2V10.4")],
  eraser: [
    stroke(
      "M8.6 3.4 3 9a1.2 1.2 0 0 0 0 1.7l2.4 2.4H8L13 8a1.2 1.2 0 0 0 0-1.7L10.3 3.4a1.2 1.2 0 0 0-1.7 0Z",
    ),
    stroke("M5.8 6.2 10.2 10.7"),
    stroke("M5.4 13.1H13.2"),
  ],
  lock: [solid("M3.6 7H12.4V13.4H3.6Z"), stroke("M5.4 7V5.2a2.6 2.6 0 0 1 5.2 0V7")],
  unlock: [stroke("M3.6 7.2H12.4V13.2H3.6Z"), stroke("M5.4 7V4.4a2.6 2.6 0 0 1 5-.9")],
  undo: [stroke("M6 3 2.8 6.2 6 9.4"), stroke("M3 6.2H9.6A3.5 3.5 0 0 1 9.6 13.2H6.4")],
  clear: [
    stroke("M2.8 4.4H13.2"),
    stroke("M6 4.2V2.7H10V4.2"),
    stroke("M4.2 4.6 4.8 13.3H11.2L11.8 4.6"),
    stroke("M6.9 7V10.8M9.1 7V10.8"),
  ],
  dice: [
    stroke(
      "M4.8 2.7H11.2A2.1 2.1 0 0 1 13.3 4.8V11.2A2.1 2.1 0 0 1 11.2 13.3H4.8A2.1 2.1 0 0 1 2.7 11.2V4.8A2.1 2.1 0 0 1 4.8 2.7Z",
    ),
    solid(circle(5.7, 5.7, 1)),
    solid(circle(8, 8, 1)),
    solid(circle(10.3, 10.3, 1)),
  ],
  info: [stroke(circle(8, 8, 5.9)), stroke("M8 7.4V11"), solid(circle(8, 5.1, 0.9))],
  warn: [stroke("M8 2.5 14.1 12.9H1.9Z"), stroke("M8 6.6V9.4"), solid(circle(8, 11.2, 0.85))],
  idle: [stroke(circle(8, 8, 4))],
  running: [solid(circle(8, 8, 4.2))],
  diverged: [
    stroke("M2.4 11.6C5.2 11.6 6.1 9.8 6.9 7.6L8.9 2.8"),
    stroke("M9.7 8.7 13.5 12.5M13.5 8.7 9.7 12.5"),
  ],
  error: [stroke(circle(8, 8, 5.6)), stroke("M8 4.9V8.6"), solid(circle(8, 11, 0.9))],
  disconnected: [
    stroke("M6.8 4.4 7.9 3.3A3.2 3.2 0 0 1 12.7 8.1L11.6 9.2"),
    stroke("M9.2 11.6 8.1 12.7A3.2 3.2 0 0 1 3.3 7.9L4.4 6.8"),
    stroke("M2.6 2.6 13.4 13.4"),
  ],
  past: [stroke(circle(8, 8, 5.6)), stroke("M8 4.9V8L10.3 9.6")],
  recorded: [stroke(circle(8, 8, 5.9)), solid(triangle(6.2, 4.8, 5.2, 6.4))],
  goto: [stroke("M3 8H11.8"), stroke("M8.2 4.4 11.8 8 8.2 11.6")],
} satisfies Record<string, readonly IconShape[]>;

export type IconName = keyof typeof SHAPES;

export const ICONS: Readonly<Record<IconName, readonly IconShape[]>> = SHAPES;
