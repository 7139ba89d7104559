// A sheet of cells: those that fire are filled, the others pale; and the lines between one cell and all others.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Cells, Silent } from "../../concepts/hebb";
import { edgeAlpha, edgeDash, edgeWidth } from "../../draw/network";
import { giveFocus } from "../focus";

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where the cells of a sheet lie: side and distance of their squares, in the middle of a place. */
export interface Layout {
  readonly side: number;
  readonly at: (cell: number) => Place;
}

export function layout(
  rows: number,
  columns: number,
  [width, height]: readonly [number, number],
  gap: number,
  most: number,
): Layout {
  const pitch = Math.min(width / columns, height / rows, most);
  const [left, top] = [(width - columns * pitch) / 2, (height - rows * pitch) / 2];
  return {
    side: pitch * (1 - gap),
    at: (cell) => ({
      x: left + ((cell % columns) + 0.5) * pitch,
      y: top + (Math.floor(cell / columns) + 0.5) * pitch,
    }),
  };
}

/** How a cell looks: filled where it fires. */
export const looks = (cell: number | undefined, silent: Silent) =>
  cell ? "nnw-hebb-fires" : silent ? "nnw-hebb-silent" : "nnw-hebb-silent nnw-hebb-silent--none";

export const says = (cell: number | undefined) => (cell ? "fires" : "silent");

interface SheetProps {
  cells: Cells;
  silent: Silent;
  columns: number;
  layout: Layout;
  /** Which cells have their number in their squares. */
  numbered?: "all" | "ringed";
  /** Ringed in the accent. */
  ringed?: readonly (number | null)[];
  /** Struck through: other than it should be. */
  wrong?: readonly number[];
  /** What pressing a cell is called and does; without it the sheet is a picture. */
  press?: { readonly role: "checkbox" | "button"; readonly label: string; act(cell: number): void };
}

const ARROWS: Partial<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The squares. Where they can be pressed, the arrow keys go from one to the next. */
export function CellSquares({ cells, silent, columns, layout: { side, at }, press, ...props }: SheetProps) {
  const here = useSignal(0);
  const { numbered, ringed = [], wrong = [] } = props;
  const tabbed = Math.min(here.value, cells.length - 1);
  const move = (event: KeyboardEvent, cell: number) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const [right, down] = arrow;
      const column = (cell % columns) + right;
      const next = cell + right + down * columns;
      if (column >= 0 && column < columns && next >= 0 && next < cells.length) {
        here.value = next;
        const squares = (event.currentTarget as SVGElement).parentElement?.querySelectorAll<SVGElement>(
          "[tabindex]",
        );
        giveFocus(squares?.[next]);
      }
    } else if (event.key === " " || event.key === "Enter") press?.act(cell);
    else return;
    event.preventDefault();
  };
  return (
    <>
      {cells.map((cell, index) => {
        const { x, y } = at(index);
        const isRinged = ringed.includes(index);
        const square = (
          <>
            {press ? <rect {...box(Math.max(24, side))} fill="transparent" /> : null}
            <rect {...box(side)} rx={Math.min(4, side / 6)} class={looks(cell, silent)} />
            {wrong.includes(index) && !(numbered && isRinged) ? (
              <Struck side={side} fires={Boolean(cell)} />
            ) : null}
            {isRinged ? <rect {...box(side + 5)} rx={6} class="nnw-now-line" /> : null}
            {press ? <rect {...box(side + 5)} rx={6} class="nnw-ring" /> : null}
            {numbered === "all" || (numbered && isRinged) ? (
              <text y={4} text-anchor="middle" class={`nnw-xs ${cell ? "nnw-hebb-on-fires" : ""}`}>
                {index + 1}
              </text>
            ) : null}
          </>
        );
        if (!press) {
          return (
            <g key={index} transform={`translate(${x} ${y})`}>
              {square}
            </g>
          );
        }
        const common = {
          key: index,
          class: "nnw-pressable",
          transform: `translate(${x} ${y})`,
          tabindex: index === tabbed ? 0 : -1, // as SVG spells it: it tells apart large letters and small ones
          "aria-label": `${press.label} ${index + 1}, ${says(cell)}`,
          onClick: () => {
            here.value = index;
            press.act(index);
          },
          onKeyDown: (event: KeyboardEvent) => move(event, index),
        };
        return press.role === "checkbox" ? (
          // biome-ignore lint/a11y/useSemanticElements: a drawing has no inputs
          <g role="checkbox" aria-checked={Boolean(cell)} {...common}>
            {square}
          </g>
        ) : (
          // biome-ignore lint/a11y/useSemanticElements: nor buttons
          <g role="button" aria-pressed={isRinged} {...common}>
            {square}
          </g>
        );
      })}
    </>
  );
}

const box = (side: number) => ({ x: -side / 2, y: -side / 2, width: side, height: side });

/** What is other than it should be has a dot, so that damage is seen without knowing the pattern. */
const Struck = ({ side, fires }: { side: number; fires: boolean }) => (
  <circle r={Math.max(2, side / 9)} class={fires ? "nnw-hebb-flip nnw-hebb-flip--fires" : "nnw-hebb-flip"} />
);

const divisor = (a: number, b: number): number => (b ? divisor(b, a % b) : a);

/** A line between two cells that goes past those which lie straight between them. */
export function wire(from: Place, to: Place, { side }: Layout, pitch: number): string {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const between = divisor(Math.round(Math.abs(dx) / pitch), Math.round(Math.abs(dy) / pitch)) > 1;
  if (!between) return `M${from.x} ${from.y}L${to.x} ${to.y}`;
  const length = Math.hypot(dx, dy);
  // The middle of the curve is half as far out as its control point.
  const out = (pitch + side * 0.1) / length;
  const [x, y] = [(from.x + to.x) / 2 - dy * out, (from.y + to.y) / 2 + dx * out];
  return `M${from.x} ${from.y}Q${x} ${y} ${to.x} ${to.y}`;
}

interface WiresProps {
  /** The cell that all lines come from, and its weights to all cells. */
  from: number;
  weights: ArrayLike<number>;
  layout: Layout;
  pitch: number;
  /** The other end of the line looked at. */
  to?: number;
}

/** The connections of one cell, the strongest above the others; the one looked at on top, on the path of the accent. */
export function Wires({ from, weights, layout: place, pitch, to }: WiresProps) {
  const start = place.at(from);
  const rank = ({ cell, weight }: { cell: number; weight: number }) =>
    cell === to ? Number.POSITIVE_INFINITY : Math.abs(weight);
  const lines = Array.from(weights, (weight, cell) => ({ cell, weight }))
    .filter(({ cell, weight }) => cell !== from && Math.abs(weight) > 1e-9)
    .sort((one, other) => rank(one) - rank(other));
  return (
    <>
      {to === undefined ? null : <path d={wire(start, place.at(to), place, pitch)} class="nnw-hebb-path" />}
      {lines.map(({ cell, weight }) => (
        <path
          key={cell}
          d={wire(start, place.at(cell), place, pitch)}
          class={`nnw-hebb-wire ${weight < 0 ? "nnw-hebb-wire--neg" : ""}`}
          stroke-width={edgeWidth(weight)}
          stroke-dasharray={edgeDash(weight, 1).join(" ") || undefined}
          opacity={
            to === undefined || cell === to ? Math.min(1, edgeAlpha(weight)) : edgeAlpha(weight) * 0.55
          }
        />
      ))}
    </>
  );
}

/** A pattern as small as a letter. */
export const Picture = ({ cells, columns, size }: { cells: Cells; columns: number; size: number }) =>
  // There are many, and they seldom change: the same element is not looked through again.
  useMemo(() => {
    const { side, at } = layout(cells.length / columns, columns, [size, size], 0.08, size / 2);
    return (
      <>
        {cells.map((cell, index) => {
          const { x, y } = at(index);
          return (
            <rect
              key={index}
              x={x - side / 2}
              y={y - side / 2}
              width={side}
              height={side}
              class={cell ? "nnw-hebb-fires" : "nnw-hebb-faint"}
            />
          );
        })}
      </>
    );
  }, [cells, columns, size]);
