// Where each path ends, with its name: the ball is the chosen one.
import type { Run } from "../../concepts/descent";
import { holds, type Point } from "../../concepts/surfaces";
import { clamp, Label } from "../explorer/scene";
import { inOrder } from "./map";
import { type Descent, labelOf } from "./state";

/** Of a name in the drawing: as much as a letter takes, and a line. */
const [LETTER, LINE] = [7, 15];

/** A piece of the drawing: left, top, right, bottom. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** The piece that a text takes, which begins, has its middle, or ends at x. */
export function boxOf(text: string, x: number, y: number, anchor = "start"): Box {
  const width = LETTER * text.length;
  const left = x - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
  return [left, y - LINE + 3, left + width, y + 3];
}

/** How much of each other two pieces cover. */
export const shared = (one: Box, other: Box) =>
  Math.max(0, Math.min(one[2], other[2]) - Math.max(one[0], other[0])) *
  Math.max(0, Math.min(one[3], other[3]) - Math.max(one[1], other[1]));

export interface End {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly isChosen: boolean;
  readonly gone: boolean;
  readonly text: string;
}

export interface Named extends End {
  readonly labelX: number;
  readonly labelY: number;
  readonly anchor: "start" | "end";
  readonly box: Box;
}

/** Where the paths end, inside of a box, and their names beside them, which lie on nothing of what is taken. */
export function endsOf(
  { runs, chosen, step, surface }: Descent,
  at: (point: Point) => readonly [number, number],
  box: Box,
  taken: readonly Box[],
): Named[] {
  const [left, top, right, bottom] = box;
  const ends = inOrder(chosen).map((name): End => {
    const { path, ending } = runs[name] as Run;
    const last = path[Math.min(step, path.length - 1)] as Point;
    const gone = !holds(surface, last) || (ending !== "" && step >= path.length);
    const [x, y] = at(last);
    return {
      name,
      gone,
      isChosen: name === chosen,
      x: clamp(x, [left + 7, right - 7]),
      y: clamp(y, [top + 7, bottom - 7]),
      text: labelOf(name) + (gone ? ", outside" : ""),
    };
  });
  return placed(ends, box, taken);
}

interface EndsProps {
  store: Descent["store"];
  ends: readonly Named[];
}

export function Ends({ store, ends }: EndsProps) {
  return (
    <>
      {ends.map(({ name, x, y, isChosen, gone }) => (
        <circle
          key={name}
          class={`nnw-run-end ${isChosen ? "is-chosen" : ""} ${gone ? "is-gone" : ""}`}
          cx={x}
          cy={y}
          r={isChosen ? 6 : 4}
        />
      ))}
      {ends.map(({ name, labelX, labelY, anchor, isChosen, text }) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the heads of the table do the same for the keyboard
        <g key={name} class="nnw-pressable" onClick={() => store.set({ optimizer: name })}>
          <Label
            x={labelX}
            y={labelY}
            anchor={anchor}
            class={`nnw-halo ${isChosen ? "nnw-t nnw-b" : "nnw-2nd"}`}
          >
            {text}
          </Label>
        </g>
      ))}
    </>
  );
}

const SIDES = [
  ["start", 6],
  ["end", -6],
  ["start", 48],
  ["end", -48],
] as const;

/** Names beside their ends, the chosen one's first: the nearest place where nothing else is, or as little as can be. */
function placed(ends: readonly End[], [left, top, right, bottom]: Box, taken: readonly Box[]): Named[] {
  const boxes = [...taken, ...ends.map(({ x, y }): Box => [x - 5, y - 5, x + 5, y + 5])];
  const named = [...ends].reverse().map((end) => {
    const upFirst = end.y > (top + bottom) / 2;
    const places = Array.from({ length: 7 }, (_, row) => row * (LINE + 1)).flatMap((far) =>
      (upFirst ? [-11 - far, 19 + far] : [19 + far, -11 - far]).flatMap((down) =>
        SIDES.map(([anchor, aside]) => {
          const labelX = end.x + aside;
          const labelY = end.y + down;
          return { labelX, labelY, anchor, box: boxOf(end.text, labelX, labelY, anchor) };
        }),
      ),
    );
    const covered = places.map(({ box }) => {
      const outside = box[0] < left || box[1] < top || box[2] > right || box[3] > bottom;
      return boxes.reduce((sum, other) => sum + shared(box, other), outside ? 1e6 : 0);
    });
    const best = places[covered.indexOf(Math.min(...covered))] as (typeof places)[number];

    boxes.push(best.box);
    return { ...end, ...best };
  });
  return named.reverse();
}
