// The fit: the function and its samples, the network's output, and under them the pieces that the output is the sum of.
import { type Signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sizeCanvas } from "../../draw/canvas";
import { xAt } from "../../draw/curve-scale";
import { MARGIN, type PlotPlaces, placesFor } from "../../draw/function-axes";
import { drawPlot, nearestPiece } from "../../draw/function-plot";
import { px, spotIn } from "../geometry";
import { TitleRow } from "../panel";
import { canEdit, createMover, type Mover } from "./by-hand";
import { DrawingActions, DrawPad } from "./draw-pad";
import { Chips, Note, PiecesWords } from "./legend";
import { createScales, piecesOf, readData } from "./picture";
import { Sum } from "./sum";
import { useFunctions } from "./view";

/** Of the number at the foot of a neuron's line, to either side. */
const PILL_REACH = 26;

export function FitZone() {
  const { geometry, sketch } = useFunctions();
  const { fit, pieces } = geometry.value;
  const at = useSignal<number | null>(null);
  const height = MARGIN.top + fit + MARGIN.between + pieces + MARGIN.bottom;
  return (
    <section class="nnw-fit" aria-label="Fit">
      <TitleRow title="Fit" note={<Note at={at} />}>
        {sketch.on.value ? <DrawingActions /> : null}
      </TitleRow>
      <Chips />
      <Plot at={at} height={height} />
      <Sum />
    </section>
  );
}

function Plot({ at, height }: { at: Signal<number | null>; height: number }) {
  const { store, geometry, unit, hovered, chosen, sketch } = useFunctions();
  const movable = useSignal(false);
  const { plot: width, fit } = geometry.value;
  const places = useRef<PlotPlaces | null>(null);
  const canvas = useCanvas(at, places);
  const drawing = sketch.on.value;
  const grip = useRef<{ readonly pointer: number; readonly mover: Mover } | null>(null);

  /** The x of the plot at a spot, and whether it is on the number at the foot of a neuron's line. */
  const spotOn = (event: PointerEvent, laid: PlotPlaces) => {
    const { x, y } = spotIn(event.currentTarget as HTMLElement, event);
    const { left, width: wide, x: domain } = laid.fit;
    const at = domain[0] + ((x - left) / wide) * (domain[1] - domain[0]);
    const { value } = unit;
    const place = value === null ? undefined : piecesOf(store.scene.peek())?.places[value];
    const isBelow = y > laid.pieces.top + laid.pieces.height;
    const onPlace = isBelow && place !== undefined && Math.abs(xAt(laid.fit, place) - x) < PILL_REACH;
    return { x, y, at, onPlace };
  };
  const take = (event: PointerEvent) => {
    const laid = places.current;
    const { value } = unit;
    if (!laid || drawing || value === null || event.button || !canEdit(store)) return false;
    const mover = spotOn(event, laid).onPlace ? createMover(store, value) : null;
    if (!mover) return false;
    grip.current = { pointer: event.pointerId, mover };
    (event.currentTarget as HTMLElement).setPointerCapture?.(event.pointerId);
    event.preventDefault(); // no text is marked
    return true;
  };
  const drop = ({ pointerId }: PointerEvent) => {
    if (grip.current?.pointer !== pointerId) return;
    grip.current.mover.release();
    grip.current = null;
  };
  const point = (event: PointerEvent) => {
    const laid = places.current;
    if (!laid || drawing) return;
    const { x, y, at: spot, onPlace } = spotOn(event, laid);
    const { left, width: wide } = laid.fit;
    if (grip.current) {
      const [low, high] = laid.fit.x;
      if (grip.current.pointer === event.pointerId)
        grip.current.mover.move(Math.max(low, Math.min(high, spot)));
      return;
    }
    movable.value = onPlace && canEdit(store);
    const inside = x >= left && x <= left + wide;
    const isAbove = y < laid.pieces.top - MARGIN.between / 2;
    at.value = inside && isAbove ? spot : null;
    const now = piecesOf(store.scene.peek());
    hovered.value = inside && !isAbove && now ? nearestPiece(laid.pieces, now.values, now.units, x, y) : null;
  };
  return (
    <div
      class="nnw-fit-plot"
      style={{ width: px(width), height: px(height) }}
      onPointerMove={point}
      data-movable={movable.value || undefined}
      onPointerUp={drop}
      onPointerCancel={drop}
      onPointerDown={(event) => {
        if (take(event)) return;
        point(event);
        const { value } = hovered;
        if (value !== null) chosen.value = chosen.peek() === value ? null : value;
      }}
      onPointerLeave={() => {
        at.value = null;
        hovered.value = null;
      }}
    >
      <canvas
        ref={canvas}
        role="img"
        aria-label="The function, the fit, and the contributions of the neurons"
      />
      <div class="nnw-fit-words" style={{ top: px(MARGIN.top + fit + 8), left: px(MARGIN.left) }}>
        <PiecesWords />
      </div>
      {drawing ? (
        <DrawPad
          left={MARGIN.left}
          top={MARGIN.top}
          width={width - MARGIN.left - MARGIN.right}
          height={fit}
        />
      ) : null}
    </div>
  );
}

/** Draws each new scene, and what is looked at of it. */
function useCanvas(at: Signal<number | null>, places: { current: PlotPlaces | null }) {
  const { easel, geometry, unit, adding, shown, sketch } = useFunctions();
  const { plot: width, fit, pieces } = geometry.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = useComputed(() => ({ unit: unit.value, added: adding.value, at: at.value }));
  const visible = shown.value;
  useEffect(() => {
    const scales = createScales();
    const stop = easel.onPaint((scene, theme) => {
      const { data, frame } = scene;
      const now = look.peek();
      const { fit: heights, reach } = scales(scene, now.added !== null);
      const line = sketch.line.peek();
      const laid = placesFor({ width, fit, pieces }, data.domain, sketch.heights.peek() ?? heights, reach);
      places.current = laid;
      const context = canvas.current && sizeCanvas(canvas.current, laid.width, laid.height);
      if (!context) return;
      const { points, target } = readData(data);
      const part = {
        target: line ? null : target,
        fit: frame?.fit ?? new Float32Array(),
        points,
        train: data.shown_train,
        residuals: frame?.residuals ?? null,
        shown: visible,
      };
      drawPlot(context, { places: laid, part, pieces: piecesOf(scene), look: now, sketch: line }, theme);
    });
    const unsubscribe = look.subscribe(easel.invalidate);
    return () => {
      stop();
      unsubscribe();
    };
  }, [easel, width, fit, pieces, visible, look, sketch]);
  return canvas;
}
