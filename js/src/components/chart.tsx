// One learning curve: drawn when there is something new, read with pointer or keyboard, zoomed by dragging over it.
import { effect, type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { isNewRun, lastEpoch } from "../draw/curve-data";
import {
  type Curve,
  type CurveData,
  type CurveKind,
  type CurveValues,
  type CurveView,
  makeCurve,
  type Range,
} from "../draw/curves";
import type { FrameHeader } from "../generated/protocol";
import { useView } from "./context";
import { curveData } from "./curve-data";
import type { CurveControls } from "./curve-view";
import { spotIn } from "./geometry";
import { Reading, spoken } from "./reading";
import { createThrottle } from "./throttle";

/** A shorter drag is a click. */
const DRAG_PX = 5;
/** No range is narrower than so many epochs. */
const NARROWEST = 1;

/** What a trainer's curves have beside those of others. */
export type Extend = (data: CurveData, kind: CurveKind, header: FrameHeader | null) => CurveData;

export interface ChartProps {
  title: string;
  note: string;
  kind: CurveKind;
  controls: CurveControls;
  text(value: number | null): string;
  extend?: Extend | undefined;
  /** At the end of the title's line. */
  children?: ComponentChildren;
}

export interface Pointed {
  readonly values: CurveValues;
  /** In pixels from the left of the chart. */
  readonly x: number;
  readonly width: number;
}

export function Chart({ title, note, kind, controls, text, extend, children }: ChartProps) {
  const { store, easel } = useView();
  const element = useRef<HTMLDivElement>(null);
  const curve = useRef<Curve | null>(null);
  const pointed = useSignal<Pointed | null>(null);
  const look = useComputed<CurveView>(() => ({
    log: controls.log.value && kind === "loss",
    steps: controls.steps.value,
    smoothing: controls.smoothing.value,
    train: controls.train.value,
    test: controls.test.value,
    zoom: controls.zoom.value,
    now: store.timeline.marked.value,
    planned: controls.planned.value,
  }));

  /** Where the pointer or the keyboard is; null for nowhere. */
  const point = (stop: number | null) => {
    const values = curve.current?.point(stop) ?? null;
    const { width = 0 } = curve.current?.axes() ?? {};
    pointed.value = values && {
      values,
      x: curve.current?.pixelAt(values.epoch) ?? 0,
      width: width + (curve.current?.axes().left ?? 0),
    };
  };

  useEffect(() => {
    const place = element.current;
    if (!place) return;
    let drawn = -1;
    let drawnLook: CurveView | null = null;
    let drawnPins: readonly unknown[] = [];
    let reached = 0;

    const isStale = () => drawnLook !== look.peek() || drawnPins !== controls.pins.peek();
    const throttle = createThrottle(() => {
      delete place.dataset.due;
      const version = store.history.version.peek();
      if (!curve.current || (version === drawn && !isStale())) return;
      const pins = controls.pins.peek();
      const { network, frame } = store.scene.peek();
      const plain = curveData(store.history, kind, network.steps_per_epoch, pins);
      const data = extend?.(plain, kind, frame?.header ?? null) ?? plain;
      // What was looked at so closely is gone.
      if (controls.zoom.peek() && isNewRun(data, reached)) controls.zoom.value = null;
      [drawn, drawnPins, drawnLook] = [version, pins, look.peek()];
      reached = lastEpoch(data);
      curve.current.update(data, drawnLook);
      // What the pointer rests on may have another value now, or be gone.
      if (pointed.peek()) point(nearest(curve.current.stops(), pointed.peek()?.values.epoch ?? 0));
    });
    const resize = () => {
      const { clientWidth: width, clientHeight: height } = place;
      // A folded chart has no size.
      if (!width || !height) return;
      if (curve.current) curve.current.resize(width, height);
      else {
        curve.current = makeCurve(place, { kind, theme: easel.theme.peek(), width, height });
        throttle.now();
      }
    };
    const observer = new ResizeObserver(resize);
    observer.observe(place);
    resize();
    const stopTheme = easel.theme.subscribe((theme) => curve.current?.setTheme(theme));
    const stopLooking = effect(() => {
      look.value;
      controls.pins.value;
      easel.invalidate();
    });
    const stopPainting = easel.onPaint(() => {
      if (isStale()) throttle.now();
      else if (store.history.version.peek() !== drawn && throttle.soon()) place.dataset.due = "";
    });
    return () => {
      observer.disconnect();
      stopTheme();
      stopLooking();
      stopPainting();
      throttle.stop();
      curve.current?.destroy();
      curve.current = null;
    };
  }, [store, easel, kind, controls]);

  const pointer = useMemo(() => pointing(curve, controls.zoom, point), [controls]);
  const spokenNow = useComputed(() => pointed.value && spoken(pointed.value.values, controls, text));
  const epoch = pointed.value?.values.epoch ?? 0;
  return (
    <div class="nnw-chart">
      <div class="nnw-titlerow">
        <h3 class="nnw-h">{title}</h3>
        <span class="nnw-2nd nnw-s nnw-chart-note">{note}</span>
        <span class="nnw-end nnw-chart-tools">{children}</span>
      </div>
      <div
        class="nnw-chart-plot"
        role="slider"
        tabIndex={0}
        aria-label={`${title} over epochs`}
        aria-description="Arrow keys go through the epochs, plus and minus zoom, 0 shows the whole run."
        aria-valuemin={0}
        aria-valuemax={Math.max(epoch, easel.shown.peek()?.epoch ?? 0)}
        aria-valuenow={epoch}
        aria-valuetext={spokenNow.value ?? "no epoch chosen"}
        onKeyDown={(event) =>
          curve.current && takeKey(event, curve.current, pointed.peek(), controls.zoom, point)
        }
        onBlur={() => point(null)}
        {...pointer}
      >
        <div class="nnw-chart-canvas" ref={element} />
        {pointed.value ? <Reading pointed={pointed.value} controls={controls} text={text} /> : null}
      </div>
    </div>
  );
}

const nearest = (stops: readonly number[], epoch: number): number | null =>
  stops.reduce<number | null>(
    (best, stop) => (best === null || Math.abs(stop - epoch) < Math.abs(best - epoch) ? stop : best),
    null,
  );

type Zoom = Signal<Range | null>;
type Point = (stop: number | null) => void;

/** A range that is wide enough, within the run. */
function within([from, to]: Range, most: number): Range | null {
  const width = Math.min(Math.max(to - from, NARROWEST), most);
  if (width >= most) return null;
  const start = Math.min(Math.max((from + to - width) / 2, 0), most - width);
  return [start, start + width];
}

/** How far the axis of a curve reaches when all of it is shown. */
function reachOf(curve: Curve, zoom: Zoom): number {
  const end = curve.stops().at(-1) ?? 0;
  return zoom.peek() ? Math.max(end, (zoom.peek() as Range)[1]) : curve.axes().x[1];
}

const STRIDE = 10;
const ZOOM = 2;

function takeKey(
  event: KeyboardEvent,
  curve: Curve,
  pointed: Pointed | null,
  zoom: Zoom,
  point: Point,
): void {
  const stops = curve.stops();
  if (event.ctrlKey || event.metaKey || event.altKey || !stops.length) return;
  const [from, to] = curve.axes().x;
  const at = pointed ? stops.indexOf(pointed.values.epoch) : stops.length;
  const move = (index: number) => {
    const stop = stops[Math.min(Math.max(index, 0), stops.length - 1)] as number;
    const width = to - from;
    if (zoom.peek() && stop < from) zoom.value = [stop, stop + width];
    if (zoom.peek() && stop > to) zoom.value = [stop - width, stop];
    point(stop);
  };
  const scale = (factor: number) => {
    const middle = pointed?.values.epoch ?? (from + to) / 2;
    zoom.value = within(
      [middle - (middle - from) * factor, middle + (to - middle) * factor],
      reachOf(curve, zoom),
    );
  };
  const stride = event.shiftKey ? STRIDE : 1;
  const actions: Record<string, () => void> = {
    ArrowLeft: () => move(at - stride),
    ArrowRight: () => move(at + stride),
    PageUp: () => move(at + STRIDE),
    PageDown: () => move(at - STRIDE),
    Home: () => move(0),
    End: () => move(stops.length - 1),
    "+": () => scale(1 / ZOOM),
    "=": () => scale(1 / ZOOM),
    "-": () => scale(ZOOM),
    "0": () => {
      zoom.value = null;
    },
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation(); // the view has keys of its own
  action();
}

/** What the pointer does over a chart: points at an epoch, and chooses a range by dragging. */
function pointing(curve: { current: Curve | null }, zoom: Zoom, point: Point) {
  let pressed: number | null = null;
  const pixel = (event: PointerEvent | MouseEvent) => spotIn(event.currentTarget as HTMLElement, event).x;
  const inside = (x: number) => {
    const { left, width } = curve.current?.axes() ?? { left: 0, width: 0 };
    return Math.min(Math.max(x, left), left + width);
  };
  const range = (x: number): Range => {
    const other = inside(pressed as number);
    return [Math.min(inside(x), other), Math.max(inside(x), other)];
  };
  const isDrag = (x: number) => pressed !== null && Math.abs(x - pressed) >= DRAG_PX;
  return {
    onPointerDown(event: PointerEvent) {
      if (event.button || event.pointerType === "touch") return;
      pressed = pixel(event);
      (event.currentTarget as HTMLElement).setPointerCapture?.(event.pointerId);
    },
    onPointerMove(event: PointerEvent) {
      const now = curve.current;
      if (!now) return;
      const x = pixel(event);
      if (isDrag(x)) {
        now.select(range(x));
        return point(null);
      }
      const { left, width } = now.axes();
      const isOver = x >= left - DRAG_PX && x <= left + width + DRAG_PX;
      point(isOver ? nearest(now.stops(), now.epochAt(x)) : null);
    },
    onPointerUp(event: PointerEvent) {
      const [now, x] = [curve.current, pixel(event)];
      if (now && isDrag(x)) {
        const [from, to] = range(x);
        zoom.value = within([now.epochAt(from), now.epochAt(to)], reachOf(now, zoom));
      }
      pressed = null;
      now?.select(null);
    },
    onPointerCancel() {
      pressed = null;
      curve.current?.select(null);
    },
    onPointerLeave() {
      if (pressed === null) point(null);
    },
    onDblClick() {
      zoom.value = null;
    },
  };
}
