// The whole run at the foot of the widget: what it was at any epoch, to look at and to continue from.
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Points } from "../draw/curve-data";
import { fixed, thousands } from "../draw/format";
import { axisEnd, TIMELINE_BASE, TIMELINE_HEIGHT, timelineShape } from "../draw/timeline";
import { EPOCH } from "../model/history";
import { Button } from "./button";
import { useView } from "./context";
import { trainLoss } from "./figures";
import { TitleRow } from "./panel";
import { replays } from "./replaying";
import { controlShown, Only } from "./shown";
import { createThrottle } from "./throttle";

const PILL = { height: 22, least: 40, padding: 16, digit: 7.5 };
/** Numbers of the axis this near to the pill would touch it. */
const CLEAR = 14;

/** A run of few, long epochs: the handle stands within them, on an axis that has the epochs to come as well. */
export interface Live {
  /** The epoch with its fraction. */
  readonly reached: ReadonlySignal<number>;
  /** The last epoch that is planned. */
  readonly end: ReadonlySignal<number | null>;
  /** Where the run is while it is within an epoch, in words; else none. */
  readonly where: ReadonlySignal<string>;
  /** The loss as it is within epochs, too. */
  line(): Points;
}

export function Timeline({ live }: { live?: Live }) {
  const { store, easel } = useView();
  const { timeline } = store;
  const preview = timeline.preview.value;
  const proceed = () => store.command({ type: "rewind", epoch: timeline.epoch.peek() });
  return (
    <section class="nnw-time" aria-label="Timeline">
      <TitleRow title="Timeline" note={<Where live={live} />}>
        <span class="nnw-2nd nnw-s nnw-end">train loss, log scale</span>
        <Only control="rewind">
          <Button
            kind="line"
            icon="goto"
            title={preview ? "" : "Show an epoch first"}
            data-replays={store.plays.value || undefined}
            disabled={!preview || !store.plays.value}
            onClick={proceed}
          >
            Continue from here
          </Button>
        </Only>
      </TitleRow>
      <Scrubber onEnter={proceed} live={live} key={easel} />
    </section>
  );
}

const WAYS: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

/** What is on screen, and where the run itself stands. */
function Where({ live }: { live: Live | undefined }) {
  const { store } = useView();
  const { timeline, status } = store;
  const isRecorded = replays(store);
  const last = thousands(timeline.last.value);
  const epoch = thousands(timeline.epoch.value);
  if (timeline.preview.value)
    return (
      <>
        showing epoch {epoch} of {last}
        {isRecorded ? null : (
          <span class="nnw-hide-narrow">, the model is at epoch {thousands(timeline.present.value)}</span>
        )}
      </>
    );
  const within = live?.where.value;
  if (within) return <>{within}</>;
  if (status.value === "running") return <>{isRecorded ? "replaying" : "running"}</>;
  if (timeline.marked.value !== null) return <>{`at epoch ${epoch} of ${last}`}</>;
  const epochs = last === "1" ? "epoch" : "epochs";
  return <>{timeline.last.value ? `${last} ${isRecorded ? "recorded " : ""}${epochs}` : "no epoch yet"}</>;
}

function Scrubber({ onEnter, live }: { onEnter(): void; live: Live | undefined }) {
  const { store, easel } = useView();
  const { timeline, history } = store;
  const element = useRef<HTMLDivElement>(null);
  const width = useSignal(1000);
  const drawn = useSignal(history.version.peek());

  useEffect(() => {
    const place = element.current;
    if (!place) return;
    const throttle = createThrottle(() => {
      drawn.value = history.version.peek();
    });
    const stopPainting = easel.onPaint(() => {
      if (history.version.peek() !== drawn.peek()) throttle.soon();
    });
    const resize = () => {
      if (place.clientWidth) width.value = place.clientWidth;
    };
    const observer = new ResizeObserver(resize);
    observer.observe(place);
    resize();
    return () => {
      observer.disconnect();
      stopPainting();
      throttle.stop();
    };
  }, [easel, history, drawn, width]);

  const running = store.status.value === "running";
  const target = useComputed(() => store.scene.value.frame?.header.run_target_epoch ?? null).value;
  const version = drawn.value;
  const size = width.value;
  // While a network trains, line and handle move together.
  const last = running ? (history.epochs.column(EPOCH.epoch).at(-1) ?? 0) : timeline.last.value;
  const reached = live && timeline.marked.value === null ? live.reached.value : null;
  const epoch = reached ?? (running ? last : timeline.epoch.value);
  const end = live
    ? Math.max(live.end.value ?? axisEnd(last, running, null), Math.ceil(reached ?? 0), 1)
    : axisEnd(last, running, target);
  const shape = useMemo(() => {
    const { xs, ys } = live?.line() ?? {
      xs: history.epochs.column(EPOCH.epoch),
      ys: history.epochs.column(EPOCH.loss),
    };
    return timelineShape(xs, ys, end, size);
  }, [history, version, end, size, live]);
  const spoken = useComputed(() => {
    const at = `epoch ${timeline.epoch.value} of ${timeline.last.value}`;
    const header = easel.shown.value;
    const isShown = store.status.value !== "running" && header?.epoch === timeline.epoch.value;
    return isShown ? `${at}, train loss ${fixed(trainLoss(store, header), 3)}` : at;
  });
  return (
    <div class="nnw-scrub" ref={element}>
      <input
        class="nnw-scrub-range"
        type="range"
        aria-label="Epoch shown"
        aria-valuetext={spoken}
        min={0}
        max={end}
        step={1}
        value={Math.round(epoch)}
        data-replays={store.plays.value || undefined}
        disabled={!store.plays.value || !last || !controlShown(store, "rewind")}
        onPointerDown={() => {
          if (store.status.peek() === "running") store.command({ type: "pause" });
        }}
        onInput={(event) => {
          timeline.show(event.currentTarget.valueAsNumber);
          event.currentTarget.value = String(timeline.epoch.peek());
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && timeline.preview.peek()) onEnter();
          // Of a long recorded run there are not all epochs: a key goes to the next that there is.
          const way = WAYS[event.key];
          if (!way) return;
          event.preventDefault();
          timeline.show(timeline.epoch.peek() + way, way > 0);
        }}
      />
      <Drawing shape={shape} epoch={last || reached ? epoch : null} width={size} open={reached !== null} />
    </div>
  );
}

interface DrawingProps {
  shape: ReturnType<typeof timelineShape>;
  epoch: number | null;
  width: number;
  /** Whether nothing has been there yet after the handle. */
  open: boolean;
}

function Drawing({ shape, epoch, width, open }: DrawingProps) {
  const { line, area } = shape;
  const label = epoch === null ? "" : Number.isInteger(epoch) ? thousands(epoch) : fixed(epoch, 2);
  const pill = Math.max(PILL.least, PILL.padding + PILL.digit * label.length);
  const x = epoch === null ? width : shape.x(epoch);
  const middle = Math.min(Math.max(pill / 2, x), width - pill / 2);
  const y = epoch === null ? null : shape.y(epoch);
  const box = (margin: number) => ({
    x: middle - pill / 2 - margin,
    y: TIMELINE_BASE - margin,
    width: pill + 2 * margin,
    height: PILL.height + 2 * margin,
    rx: PILL.height / 2 + margin,
  });
  return (
    <svg class="nnw-scrub-drawing" viewBox={`0 0 ${width} ${TIMELINE_HEIGHT}`} aria-hidden="true">
      <path class="nnw-time-area" d={area} />
      <path class="nnw-time-line" d={line} />
      <svg class="nnw-time-past" width={x} height={TIMELINE_HEIGHT} aria-hidden="true">
        <path class="nnw-time-area" d={area} />
        <path class="nnw-time-line" d={line} />
      </svg>
      <path class="nnw-time-axis" d={`M0 ${TIMELINE_BASE + 0.5}H${open ? x : width}`} />
      {open ? <path class="nnw-time-future" d={`M${x} ${TIMELINE_BASE + 0.5}H${width}`} /> : null}
      {shape.ticks.map(({ value, position, label: text }) => (
        <g key={value}>
          <path class="nnw-time-axis" d={`M${position} ${TIMELINE_BASE}v4`} />
          {epoch !== null && Math.abs(position - middle) < pill / 2 + CLEAR ? null : (
            <text
              x={value ? Math.min(position, width) : 0}
              y={TIMELINE_BASE + 18}
              text-anchor={anchor(position, width)}
            >
              {text}
            </text>
          )}
        </g>
      ))}
      {epoch === null ? null : (
        <>
          <path class="nnw-time-now" d={`M${x} 0V${TIMELINE_BASE}`} />
          {y === null ? null : <circle class="nnw-time-dot" cx={x} cy={y} r={4} />}
          <rect class="nnw-time-pill" {...box(0)} />
          <text class="nnw-time-number" x={middle} y={TIMELINE_BASE + 15.5} text-anchor="middle">
            {label}
          </text>
          <rect class="nnw-time-ring" {...box(3)} />
        </>
      )}
    </svg>
  );
}

/** Labels at the ends stay within the drawing. */
const anchor = (position: number, width: number) =>
  position < 8 ? "start" : position > width - 8 ? "end" : "middle";
