// A matrix as an image: nearer by wheel, buttons or keys, to the side by dragging. Of what is nearer Python sends the
// numbers themselves; until they are there, what is known of them is shown.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { clearCanvas, scratchCanvas, sizeCanvas } from "../../draw/canvas";
import type { Theme } from "../../draw/colour";
import { Button } from "../button";
import { useExplorer } from "../explorer/view";
import { px, spotIn } from "../geometry";
import { Role } from "../images/role";
import { type Cell, cellAt, cellOf, cellText, isWhole, type Picture, stepOf, tileOf } from "./arrays";
import {
  boxOf,
  GUTTER,
  Gutter,
  hasLabels,
  MeansText,
  PartText,
  placeIn,
  Written,
  windowOf,
} from "./matrix-parts";
import { Frame, type Palette, paintValues } from "./picture";
import type { Anatomy } from "./state";
import { planMatrix } from "./tiles";
import { fitted, including, isAll, moved, rounded, type Sides, type Window, zoomed } from "./window";

const STEP = 2;
const PER_WHEEL = 0.004;
/** A press that moves farther is no press. */
const SLACK = 4;
/** Python is asked when the hand has rested for so long. */
export const REST_MS = 140;

interface Spot {
  readonly row: number;
  readonly column: number;
}

interface MatrixProps {
  anatomy: Anatomy;
  picture: Picture;
  title: ComponentChildren;
  note?: ComponentChildren;
  width: number;
  height?: number | undefined;
  palette?: Palette | undefined;
  /** Rows that are marked: what the sample uses. */
  rows?: readonly number[] | undefined;
  /** The row that is chosen. */
  now?: number | undefined;
  onChoose?: ((row: number) => void) | undefined;
  n: string;
}

const painted = new WeakMap<Picture, { readonly theme: Theme; readonly canvas: HTMLCanvasElement }>();

function pixelsOf(picture: Picture, theme: Theme, palette: Palette | undefined): HTMLCanvasElement {
  const known = painted.get(picture);
  if (known?.theme === theme) return known.canvas;
  const [rows = 1, columns = 1] = picture.grid;
  const canvas = scratchCanvas(columns, rows);
  paintValues(canvas, tileOf(picture, 0), columns, picture.bound ?? 0, theme, palette);
  painted.set(picture, { theme, canvas });
  return canvas;
}

function drawPart(
  context: CanvasRenderingContext2D,
  pixels: HTMLCanvasElement,
  [row, rows, column, columns]: Window,
  view: Window,
  width: number,
  height: number,
): void {
  // Only what is seen: the whole would be many times as large as a canvas may be.
  const top = Math.max(row, view[0]);
  const left = Math.max(column, view[2]);
  const [tall, wide] = [
    Math.min(row + rows, view[0] + view[1]) - top,
    Math.min(column + columns, view[2] + view[3]) - left,
  ];
  if (tall <= 0 || wide <= 0) return;
  const place = placeIn([top, tall, left, wide], view, width, height);
  const [down, right] = [1 / stepOf(rows, pixels.height), 1 / stepOf(columns, pixels.width)];
  context.imageSmoothingEnabled = place.width < wide * right || place.height < tall * down;
  context.clearRect(place.x, place.y, place.width, place.height);
  context.drawImage(
    pixels,
    (left - column) * right,
    (top - row) * down,
    wide * right,
    tall * down,
    place.x,
    place.y,
    place.width,
    place.height,
  );
}

/** What is known of a number: that it lies in a cell of one of these, the finest first. */
function cellFor(pictures: readonly Picture[], { row, column }: Spot): Cell | null {
  for (const picture of pictures) {
    const [top, rows, left, columns] = windowOf(picture);
    const [gridRows = 1, gridColumns = 1] = picture.grid;
    if (row < top || row >= top + rows || column < left || column >= left + columns) continue;
    return cellAt(picture, {
      tile: 0,
      row: cellOf(row, top, rows, gridRows),
      column: cellOf(column, left, columns, gridColumns),
    });
  }
  return null;
}

export function Matrix(props: MatrixProps) {
  const { anatomy, picture, title, note, width, palette, rows: marked = [], now, onChoose, n } = props;
  const { store, settings, there } = anatomy;
  const theme = useExplorer().theme.value;
  const all: Sides = [picture.rows, picture.columns];
  const canvas = useRef<HTMLCanvasElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const cursor = useSignal<Spot | null>(null);
  /** What the hand has made of it, before Python is asked, or where it need not be asked. */
  const draft = useSignal<Window | null>(null);
  const whole = useRef<Picture | null>(null);
  if (isAll(windowOf(picture), all)) whole.current = picture;
  const base = whole.current;
  const isKnown = base !== null && isWhole(base);
  const asked = settings.tensor === picture.tensor && settings.window.length === 4;
  const view =
    draft.value ?? (asked ? fitted(settings.window as unknown as Window, all) : [0, all[0], 0, all[1]]);
  const gutter = hasLabels(picture) ? GUTTER : 0;
  const size = planMatrix(all, width - gutter, props.height === undefined ? {} : { height: props.height });
  const layers = [picture, ...(base && base !== picture ? [base] : [])];

  useLayoutEffect(() => {
    if (!canvas.current) return;
    const context = sizeCanvas(canvas.current, size.width, size.height);
    clearCanvas(context);
    for (const each of [...layers].reverse())
      drawPart(context, pixelsOf(each, theme, palette), windowOf(each), view, size.width, size.height);
  }, [picture, base, theme, palette, size.width, size.height, ...view]);

  const rest = useMemo(() => createRest(), []);
  useEffect(() => rest.stop, []);
  const show = (next: Window) => {
    if (next.every((each, at) => each === view[at])) return;
    draft.value = next;
    if (isKnown || !there) return;
    rest.after(REST_MS, () => {
      draft.value = null;
      const window = rounded(next, all);
      store.set({ tensor: picture.tensor, window: isAll(window, all) ? [] : [...window], first: 0 });
    });
  };
  const shown = useRef({ view, show, all });
  shown.current = { view, show, all };
  const spotAt = (event: PointerEvent | WheelEvent): readonly [down: number, right: number] => {
    const { x, y } = spotIn(place.current as HTMLElement, event);
    const part = (at: number, of: number) => Math.max(0, Math.min(1 - 1e-9, at / of));
    return [part(y, size.height), part(x, size.width)];
  };
  const at = useRef(spotAt);
  at.current = spotAt;
  const numberAt = ([down, right]: readonly [number, number]): Spot => ({
    row: Math.min(all[0] - 1, Math.floor(view[0] + down * view[1])),
    column: Math.min(all[1] - 1, Math.floor(view[2] + right * view[3])),
  });
  useEffect(() => {
    const element = place.current;
    const turn = (event: WheelEvent) => {
      // Without it the page scrolls.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { view: now, show: go, all: sides } = shown.current;
      go(zoomed(now, Math.exp(-event.deltaY * PER_WHEEL), at.current(event), sides));
    };
    element?.addEventListener("wheel", turn, { passive: false });
    return () => element?.removeEventListener("wheel", turn);
  }, []);

  const zoom = (by: number) => {
    const spot = cursor.peek();
    const about: Sides = spot
      ? [(spot.row + 0.5 - view[0]) / view[1], (spot.column + 0.5 - view[2]) / view[3]]
      : [0.5, 0.5];
    const bounded = about.map((each) => Math.max(0, Math.min(1, each))) as [number, number];
    show(zoomed(view, by, bounded, all));
  };
  const step = (down: number, right: number) => {
    const from = cursor.peek() ?? { row: Math.floor(view[0]), column: Math.floor(view[2]) };
    const by = cursor.peek() ? 1 : 0;
    const to = {
      row: Math.max(0, Math.min(all[0] - 1, from.row + by * down)),
      column: Math.max(0, Math.min(all[1] - 1, from.column + by * right)),
    };
    cursor.value = to;
    show(including(view, to.row, to.column, all));
  };
  const keys: Partial<Record<string, () => void>> = {
    "+": () => zoom(STEP),
    "=": () => zoom(STEP),
    "-": () => zoom(1 / STEP),
    "0": () => show([0, all[0], 0, all[1]]),
    ArrowLeft: () => step(0, -1),
    ArrowRight: () => step(0, 1),
    ArrowUp: () => step(-1, 0),
    ArrowDown: () => step(1, 0),
    PageUp: () => show(moved(view, -view[1] / 2, 0, all)),
    PageDown: () => show(moved(view, view[1] / 2, 0, all)),
    Enter: () => cursor.peek() && onChoose?.((cursor.peek() as Spot).row),
  };
  const press = useRef<{ x: number; y: number; view: Window; moved: boolean } | null>(null);
  const isZoomed = !isAll(view, all);
  const cell = cursor.value && cellFor(layers, cursor.value);
  const ring =
    cell &&
    placeIn(
      [cell.rows[0], cell.rows[1] - cell.rows[0], cell.columns[0], cell.columns[1] - cell.columns[0]],
      view,
      size.width,
      size.height,
    );
  return (
    <Frame
      title={title}
      note={note}
      picture={picture}
      palette={palette}
      n={n}
      read={
        cell ? (
          cellText(cell)
        ) : isZoomed ? (
          <PartText view={view} there={there || isKnown} />
        ) : (
          <MeansText picture={picture} />
        )
      }
      tools={
        Math.min(...all) > 1 && Math.max(...all) > 8 ? (
          <>
            <Button
              kind="icon"
              icon="minus"
              label={`${picture.name}: farther`}
              disabled={!isZoomed}
              onClick={() => zoom(1 / STEP)}
            />
            <Button kind="icon" icon="plus" label={`${picture.name}: nearer`} onClick={() => zoom(STEP)} />
          </>
        ) : null
      }
    >
      <Gutter picture={picture} view={view} height={size.height} />
      <Role
        class="nnw-in-matrix"
        role="application"
        tabIndex={0}
        aria-label={`${picture.name}: ${all[0]} × ${all[1]}; arrow keys read its numbers, + and − change the size`}
        data-zoomed={isZoomed || undefined}
        style={{ width: px(size.width), height: px(size.height), marginLeft: px(gutter) }}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
          keys[event.key]?.();
          event.preventDefault();
        }}
        onPointerDown={(event) => {
          cursor.value = numberAt(spotAt(event));
          if (event.button) return;
          press.current = { x: event.clientX, y: event.clientY, view, moved: false };
          if (isZoomed) event.currentTarget.setPointerCapture?.(event.pointerId);
        }}
        onPointerMove={(event) => {
          const held = press.current;
          cursor.value = numberAt(spotAt(event));
          if (!held || !isZoomed) return;
          const [x, y] = [event.clientX - held.x, event.clientY - held.y];
          held.moved ||= Math.hypot(x, y) > SLACK;
          if (!held.moved) return;
          const down = (-y / size.height) * held.view[1];
          show(moved(held.view, down, (-x / size.width) * held.view[3], all));
        }}
        onPointerUp={() => {
          const spot = cursor.peek();
          if (press.current && !press.current.moved && spot) onChoose?.(spot.row);
          press.current = null;
        }}
        onPointerCancel={() => {
          press.current = null;
        }}
        onPointerLeave={({ pointerType }) => {
          if (pointerType !== "touch" && !press.current) cursor.value = null;
        }}
        onBlur={() => {
          cursor.value = null;
        }}
      >
        <div ref={place} class="nnw-in-sheet">
          <canvas ref={canvas} />
          <Written picture={picture} view={view} size={size} theme={theme} />
          {[...marked, ...(now === undefined ? [] : [now])].map((row, index) => (
            <i
              key={index < marked.length ? row : "now"}
              class="nnw-in-mark"
              data-kind={index < marked.length ? "used" : "now"}
              style={boxOf(placeIn([row, 1, 0, all[1]], view, size.width, size.height))}
            />
          ))}
          {ring ? <i class="nnw-in-mark" data-kind="hover" style={boxOf(ring)} /> : null}
        </div>
      </Role>
    </Frame>
  );
}

/** Calls the last of several when a while has passed without another. */
function createRest() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => clearTimeout(timer);
  return {
    stop,
    after(wait: number, act: () => void) {
      stop();
      timer = setTimeout(act, wait);
    },
  };
}
