// Distributions: what the weights, gradients and activations of each layer are like, as histograms.
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sizeCanvas } from "../draw/field";
import { BINS, binned, drawHistogram, type Histogram, readHistogram, widened } from "../draw/histogram";
import type { NetworkTrait } from "../generated/protocol";
import type { CommonData, CommonFrame } from "../model/common-store";
import type { SceneOf } from "../model/scene";
import { useView } from "./context";
import type { Easel } from "./easel";
import { describeHistogram } from "./histogram";
import { usePainting } from "./painting";
import { createRun, PanelHead } from "./panel";

interface Row {
  readonly name: string;
  /** Where its weights lie among the parameters. */
  readonly pieces: readonly (readonly [offset: number, length: number])[];
}

const COLUMNS = ["weights", "gradients", "activations"] as const;
const HEIGHT = 32;
const ROW_NUMBERS = 3 + BINS;

/** One a layer; of a module of the user's, one for each part of it that has parameters. */
function rowsOf({ layers, parameters }: NetworkTrait): Row[] {
  if (layers.length) {
    return layers.map(({ name, weight: [offset, rows, columns] }) => ({
      name,
      pieces: [[offset, rows * columns]],
    }));
  }
  const rows = new Map<string, (readonly [number, number])[]>();
  let offset = 0;
  for (const { name, shape } of parameters) {
    const part = name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : name;
    const length = shape.reduce((product, side) => product * side, 1);
    rows.set(part, [...(rows.get(part) ?? []), [offset, length]]);
    offset += length;
  }
  return [...rows].map(([name, pieces]) => ({ name, pieces }));
}

/** A frame that can have brought what is inside. */
interface Frame extends CommonFrame {
  readonly parameters: Float32Array;
  readonly inside: { readonly gradients: Float32Array | null; readonly activations: Float32Array | null };
}

type Scene = SceneOf<CommonData, Frame>;

/** Views of trainers whose frames have it. */
interface InsideView {
  readonly store: { readonly scene: ReadonlySignal<Scene>; readonly network: ReadonlySignal<NetworkTrait> };
  readonly easel: Easel<Scene>;
}

function histogramOf(frame: Frame, { pieces }: Row, index: number, column: number): Histogram | null {
  const { gradients, activations } = frame.inside;
  if (column === 2) {
    const row = activations?.subarray(index * ROW_NUMBERS, (index + 1) * ROW_NUMBERS);
    return row?.length ? readHistogram(row) : null;
  }
  const values = column ? gradients : frame.parameters;
  return values?.length ? binned(pieces.map(([from, length]) => values.subarray(from, from + length))) : null;
}

export function DistributionsPanel() {
  const view = useView() as unknown as InsideView;
  const { store, easel } = view;
  const network = store.network.value;
  const rows = useMemo(() => rowsOf(network), [network]);
  const columns = network.kind === "dense" ? COLUMNS : COLUMNS.slice(0, 2);
  const grid = useRef<HTMLElement>(null);
  const figures = useSignal<string[]>([]);
  const width = useRef(0);
  const bounds = useRef(new Map<number, number>());
  const another = useMemo(createRun, []);

  usePainting(
    view,
    (scene, theme) => {
      if (another(scene)) bounds.current.clear();
      const { frame } = scene;
      const places = grid.current?.querySelectorAll("canvas");
      if (!frame || !places || scene.network !== network) return;
      const texts: string[] = [];
      rows.forEach((row, index) => {
        columns.forEach((_, column) => {
          const cell = index * columns.length + column;
          const place = places[cell];
          const histogram = histogramOf(frame, row, index, column);
          // An axis only ever widens during a run.
          const bound = Math.max(histogram?.bound ?? 0, bounds.current.get(cell) ?? 0);
          bounds.current.set(cell, bound);
          texts.push(...describeHistogram(histogram, bound));
          if (!place || !width.current) return;
          const context = sizeCanvas(place, width.current, HEIGHT);
          const counts = histogram ? widened(histogram, bound) : new Float32Array(BINS);
          drawHistogram(context, counts, width.current, HEIGHT, theme);
        });
      });
      if (texts.join() !== figures.peek().join()) figures.value = texts;
    },
    [network, rows, columns.length],
  );
  useEffect(() => {
    const place = grid.current?.querySelector(".nnw-histogram");
    if (!place) return;
    const observer = new ResizeObserver(() => {
      // While a page changes its theme nothing has a width.
      width.current = place.clientWidth || width.current;
      easel.invalidate();
    });
    observer.observe(place);
    return () => observer.disconnect();
  }, [easel, rows, columns.length]);

  const heads: Record<(typeof COLUMNS)[number], string> = {
    weights: "weights",
    gradients: "gradients ∂L/∂w",
    activations: "activations",
  };
  return (
    <>
      <PanelHead title="Distributions" note="mean μ and deviation σ of each layer" />
      <section
        class="nnw-panel-body nnw-distributions"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is higher than the panel must scroll by keyboard
        tabIndex={0}
        aria-label="Histograms"
        ref={grid}
        style={{ "--columns": columns.length }}
      >
        <span />
        {columns.map((column) => (
          <span key={column} class="nnw-2nd nnw-s">
            {heads[column]}
          </span>
        ))}
        {rows.map(({ name }, index) => [
          <b key={name} title={name}>
            {name}
          </b>,
          ...columns.map((column, position) => {
            const [numbers = "", bound = ""] = figures.value.slice(2 * (index * columns.length + position));
            return (
              <div key={`${name} ${column}`} class="nnw-histogram">
                <canvas role="img" aria-label={`${name}, ${column}: ${numbers}, within ±${bound}`} />
                <span>{numbers}</span>
                <span class="nnw-2nd">{bound ? `±${bound}` : ""}</span>
              </div>
            );
          }),
        ])}
      </section>
    </>
  );
}
