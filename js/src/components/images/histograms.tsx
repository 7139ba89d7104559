// Distributions: what the weights, gradients and activations of each layer are like, as histograms; folded until they
// are asked for.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { sizeCanvas } from "../../draw/canvas";
import { BINS, drawHistogram, readHistogram, widened } from "../../draw/histogram";
import { Button } from "../button";
import { describeHistogram } from "../histogram";
import { useId } from "../ids";
import { usePart, useWidth } from "./hooks";
import { Pixels } from "./pixels";
import { useImages, useWant } from "./view";

const COLUMNS = ["weights", "gradients ∂L/∂w", "activations"];
const NUMBERS = 3 + BINS;
const HEIGHT = 32;

export function HistogramsBand() {
  const { store } = useImages();
  const known = usePart("histograms") !== null;
  // It is open from the start where Python names it.
  const open = useSignal(store.traits.panels.peek()?.includes("distributions") ?? false);
  const id = useId();
  useWant("histograms", open.value);
  return (
    <section class="nnw-spreads" aria-label="Distributions">
      <div class="nnw-inside-row">
        <Button
          icon="right"
          class="nnw-btn nnw-unfold"
          aria-expanded={open.value}
          aria-controls={id}
          disabled={!store.enabled.value && !known}
          onClick={() => (open.value = !open.value)}
        >
          Distributions
        </Button>
        <span class="nnw-2nd nnw-s">mean μ and deviation σ of each layer</span>
      </div>
      <div id={id}>{open.value ? <Histograms /> : null}</div>
    </section>
  );
}

function Histograms() {
  const { store } = useImages();
  const way = store.way.value;
  const part = usePart("histograms");
  const layers = part?.shape[1] ?? 0;
  const [place, width] = useWidth<HTMLSpanElement>(300);
  // An axis only ever widens during a run.
  const bounds = useMemo(() => new Map<string, number>(), [way]);
  return (
    <div class="nnw-distributions" style={{ "--columns": COLUMNS.length }}>
      <span />
      {COLUMNS.map((name, column) => (
        <span key={name} class="nnw-2nd nnw-s" {...(column ? {} : { ref: place })}>
          {name}
        </span>
      ))}
      {way?.stages.slice(0, layers || undefined).map(({ name }, layer) => [
        <b key={name} title={name}>
          {name}
        </b>,
        ...COLUMNS.map((column, index) => {
          const from = (index * layers + layer) * NUMBERS;
          const row = part?.values.subarray(from, from + NUMBERS);
          const histogram = row?.length && Number.isFinite(row[0]) ? readHistogram(row) : null;
          const key = `${index} ${layer}`;
          const bound = Math.max(histogram?.bound ?? 0, bounds.get(key) ?? 0);
          bounds.set(key, bound);
          const [numbers, reach] = describeHistogram(histogram, bound);
          return (
            <div key={`${name} ${column}`} class="nnw-histogram">
              <Pixels
                role="img"
                aria-label={`${name}, ${column}: ${numbers}, within ±${reach}`}
                paint={(canvas, theme) => {
                  const context = sizeCanvas(canvas, width, HEIGHT);
                  const counts = histogram ? widened(histogram, bound) : new Float32Array(BINS);
                  drawHistogram(context, counts, width, HEIGHT, theme);
                }}
                inputs={[part, width, bound]}
              />
              <span>{numbers}</span>
              <span class="nnw-2nd">{reach ? `±${reach}` : ""}</span>
            </div>
          );
        }),
      ])}
    </div>
  );
}
