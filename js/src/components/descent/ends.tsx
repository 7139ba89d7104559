// Where each path ends, with its name: the ball is the chosen one.
import type { Run } from "../../concepts/descent";
import { holds, type Point } from "../../concepts/surfaces";
import { clamp, Label } from "../explorer/scene";
import { inOrder } from "./map";
import { type Descent, labelOf } from "./state";

const APART = 16;
const NEAR = 76;

interface EndsProps {
  descent: Descent;
  frame: { at(point: Point): readonly [number, number] };
  /** Names and balls stay inside. */
  box: readonly [left: number, top: number, right: number, bottom: number];
}

export function Ends({ descent, frame, box: [left, top, right, bottom] }: EndsProps) {
  const { runs, chosen, step, surface, store } = descent;
  const ends = inOrder(chosen).map((name) => {
    const { path, ending } = runs[name] as Run;
    const last = path[Math.min(step, path.length - 1)] as Point;
    const gone = !holds(surface, last) || (ending !== "" && step >= path.length);
    const [x, y] = frame.at(last);
    return {
      name,
      gone,
      isChosen: name === chosen,
      x: clamp(x, [left + 7, right - 7]),
      y: clamp(y, [top + 7, bottom - 7]),
    };
  });
  const labels = placed(ends, (top + bottom) / 2, [top + 12, bottom - 6]);
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
      {labels.map(({ name, x, labelY, isChosen, gone }) => {
        const atRight = x > right - 110;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the heads of the table do the same for the keyboard
          <g key={name} class="nnw-pressable" onClick={() => store.set({ optimizer: name })}>
            <Label
              x={x + (atRight ? -6 : 6)}
              y={labelY}
              anchor={atRight ? "end" : "start"}
              class={`nnw-halo ${isChosen ? "nnw-t nnw-b" : "nnw-2nd"}`}
            >
              {labelOf(name)}
              {gone ? ", outside" : ""}
            </Label>
          </g>
        );
      })}
    </>
  );
}

interface End {
  name: string;
  x: number;
  y: number;
  isChosen: boolean;
  gone: boolean;
}

/** Names beside their ends, pushed apart where they would lie on each other. */
function placed(ends: readonly End[], middle: number, [low, high]: readonly [number, number]) {
  const labels = ends
    .map((end) => ({ ...end, labelY: end.y + (end.y > middle ? -11 : 19) }))
    .sort((one, other) => one.labelY - other.labelY);
  labels.forEach((label, index) => {
    for (const before of labels.slice(0, index)) {
      if (Math.abs(before.x - label.x) < NEAR && label.labelY - before.labelY < APART)
        label.labelY = before.labelY + APART;
    }
  });
  const over = Math.max(0, ...labels.map(({ labelY }) => labelY - high));
  // A pile that would stand out at the bottom is moved up as a whole.
  return labels.map((label) => ({
    ...label,
    labelY: Math.max(low, label.labelY - (label.labelY > high - 60 ? over : 0)),
  }));
}
