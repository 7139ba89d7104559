// The plot of error against neurons: a dot for each seed, a line through the medians, and the network on screen.
import { type Signal, useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Range } from "../../draw/curve-data";
import { significant } from "../../draw/format";
import {
  errorAt,
  errorRange,
  errorTicks,
  median,
  neuronsAt,
  neuronTicks,
  type SweepPlace,
} from "../../draw/sweep-scale";
import type { Sweep } from "../../model/function-store";
import { spotIn } from "../geometry";
import { rmse } from "./picture";
import { useFunctions } from "./view";

const MARGIN = { left: 44, right: 14, top: 8, bottom: 40 };
const MOST = 64;
/** Before the element is in a page. */
const TYPICAL = { width: 480, height: 240 };
/** Nearer than this to another tick a label is left out. */
const APART = 16;

export function SweepPlot({ sweep, pointed }: { sweep: Sweep | null; pointed: Signal<number | null> }) {
  const { store } = useFunctions();
  const element = useRef<HTMLDivElement>(null);
  const size = useSignal(TYPICAL);
  useLayoutEffect(() => {
    const place = element.current as HTMLDivElement;
    const look = () => {
      const { clientWidth: width, clientHeight: height } = place;
      if (width && height) size.value = { width, height };
    };
    const observer = new ResizeObserver(look);
    observer.observe(place);
    look();
    return () => observer.disconnect();
  }, [size]);

  const own = useComputed(() => rmse(store.scene.value));
  const range = useRange(sweep, own.value);
  const { width, height } = size.value;
  const place: SweepPlace = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right,
    height: height - MARGIN.top - MARGIN.bottom,
    most: Math.max(MOST, ...(sweep?.neurons ?? [])),
    y: range,
  };
  const point = (event: PointerEvent) => {
    const { x } = spotIn(event.currentTarget as HTMLElement, event);
    let found: number | null = null;
    let least = 24;
    sweep?.neurons.forEach((neurons, index) => {
      const distance = Math.abs(neuronsAt(place, neurons) - x);
      if (distance < least) [found, least] = [index, distance];
    });
    pointed.value = found;
  };
  return (
    <div
      ref={element}
      class="nnw-sweep-plot"
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => {
        pointed.value = null;
      }}
    >
      <svg width={width} height={height} role="img" aria-label={spoken(sweep)}>
        <Grid place={place} />
        {sweep ? <Errors sweep={sweep} place={place} pointed={pointed.value} /> : null}
        <Own place={place} error={own.value} />
        {sweep ? null : (
          <text
            class="nnw-sweep-empty"
            x={place.left + place.width / 2}
            y={place.top + place.height * emptyAt(place, own.value)}
            text-anchor="middle"
          >
            How much do more neurons help?
          </text>
        )}
      </svg>
    </div>
  );
}

/** Where there is nothing, in parts of the height: away from the line of the network on screen. */
const emptyAt = (place: SweepPlace, error: number | null) =>
  error !== null && errorAt(place, error) > place.top + place.height / 2 ? 0.2 : 0.7;

/** Widens while a comparison goes on; the next one begins anew. */
function useRange(sweep: Sweep | null, own: number | null): Range {
  const before = useRef<Range | null>(null);
  const done = useRef(0);
  if (sweep && sweep.done < done.current) before.current = null;
  done.current = sweep?.done ?? 0;
  const errors = sweep ? sweep.errors.flat() : [];
  if (own !== null) errors.push(own);
  before.current = errorRange(errors, before.current);
  return before.current;
}

const spoken = (sweep: Sweep | null) =>
  sweep
    ? `Median error by number of neurons: ${sweep.neurons
        .map((neurons, index) => `${neurons}: ${significant(median(sweep.errors[index] ?? []), 2)}`)
        .join("; ")}`
    : "Error against the number of neurons; nothing trained yet";

function Grid({ place }: { place: SweepPlace }) {
  const { left, top, width, height } = place;
  const bottom = top + height;
  let last = Number.POSITIVE_INFINITY;
  return (
    <g class="nnw-ticks">
      {errorTicks(place.y).map(({ value, label }) => {
        const y = Math.round(errorAt(place, value)) + 0.5;
        const named = last - y >= APART;
        if (named) last = y;
        return (
          <g key={value}>
            <path class="nnw-grid" d={`M${left} ${y}h${width}`} />
            {named ? (
              <text x={left - 8} y={y + 4} text-anchor="end">
                {label}
              </text>
            ) : null}
          </g>
        );
      })}
      <path class="nnw-zero" d={`M${left} ${bottom + 0.5}h${width}`} />
      {neuronTicks(place.most).map((neurons) => {
        const x = Math.round(neuronsAt(place, neurons)) + 0.5;
        return (
          <g key={neurons}>
            <path class="nnw-zero" d={`M${x} ${bottom}v4`} />
            <text x={x} y={bottom + 17} text-anchor="middle">
              {neurons}
            </text>
          </g>
        );
      })}
      <text x={left + width / 2} y={bottom + 35} text-anchor="middle">
        neurons in one hidden layer
      </text>
    </g>
  );
}

interface ErrorsProps {
  sweep: Sweep;
  place: SweepPlace;
  pointed: number | null;
}

function Errors({ sweep, place, pointed }: ErrorsProps) {
  const medians = sweep.neurons.flatMap((neurons, index) => {
    const error = median(sweep.errors[index] ?? []);
    return error === null ? [] : [{ index, x: neuronsAt(place, neurons), y: errorAt(place, error) }];
  });
  const at = pointed === null ? null : neuronsAt(place, sweep.neurons[pointed] as number);
  return (
    <g data-stale={sweep.stale || undefined}>
      {at === null ? null : <path class="nnw-sweep-at" d={`M${at} ${place.top}v${place.height}`} />}
      {sweep.neurons.map((neurons, row) =>
        (sweep.errors[row] ?? []).map((error, column) =>
          Number.isFinite(error) ? (
            <circle
              key={`${row}.${column}`}
              class="nnw-sweep-seed"
              cx={neuronsAt(place, neurons)}
              cy={errorAt(place, error)}
              r={2.5}
            />
          ) : null,
        ),
      )}
      <path
        class="nnw-sweep-line"
        d={medians.map(({ x, y }, index) => `${index ? "L" : "M"}${x} ${y}`).join("")}
      />
      {medians.map(({ index, x, y }) => (
        <circle key={index} class="nnw-sweep-median" cx={x} cy={y} r={index === pointed ? 5 : 3.5} />
      ))}
    </g>
  );
}

/** The network that is on screen. One of several layers has an error, and no place along the axis. */
function Own({ place, error }: { place: SweepPlace; error: number | null }) {
  const { store } = useFunctions();
  const sizes = store.controls.hidden_layers.value.value;
  const editable = store.network.value.editable;
  if (error === null || !(error > 0)) return null;
  const y = errorAt(place, error);
  const neurons = editable && sizes.length === 1 ? (sizes[0] as number) : null;
  return (
    <g>
      <path class="nnw-sweep-own" d={`M${place.left} ${y}h${place.width}`} />
      {neurons && neurons <= place.most ? (
        <circle class="nnw-sweep-ring" cx={neuronsAt(place, neurons)} cy={y} r={6} />
      ) : null}
    </g>
  );
}
