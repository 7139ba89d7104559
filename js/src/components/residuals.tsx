// Where values are predicted: each prediction against the truth, and how far off they are.
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { sizeCanvas } from "../draw/field";
import { significant, thousands } from "../draw/format";
import { countMisfits, drawScatter } from "../draw/scatter";
import { readTriples } from "../model/binary";
import { usePainting } from "./painting";
import { PanelHead, sameNumbers } from "./panel";
import { usePlanar } from "./planar";

const SIZE = 216;
/** The plot reaches a quarter of the values' range beyond them, and never changes. */
const BEYOND = 0.25;
/** A misfit is off by more than this times the RMSE of the training set. */
const MISFIT = 2;
const COLUMNS = ["RMSE", "largest", "at sample"];

export function Residuals() {
  const { store } = usePlanar();
  const data = store.data.value;
  const truth = useMemo(() => readTriples(data.points).filter((_, index) => index % 3 === 2), [data]);
  const summary = useSignal<Float64Array | null>(null);
  const misfits = useSignal(0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const range = useMemo((): [number, number] => {
    const [low, high] = data.value_range;
    const more = BEYOND * (high - low || 1);
    return [low - more, high + more];
  }, [data]);

  usePainting(
    usePlanar(),
    (scene, theme) => {
      const context = canvas.current && sizeCanvas(canvas.current, SIZE, SIZE);
      const { fitted, residuals } = scene.frame?.inside ?? {};
      if (!context || scene.data !== data) return;
      const misfit = MISFIT * (residuals?.[0] ?? Number.NaN);
      const points = { truth, fitted: fitted ?? new Float32Array(), train: data.shown_train };
      drawScatter(context, { ...points, range, misfit, size: SIZE }, theme);
      misfits.value = countMisfits(truth, points.fitted, misfit);
      if (!sameNumbers(residuals ?? null, summary.peek())) summary.value = residuals ?? null;
    },
    [data, truth, range],
  );

  const ends = range.map((end) => significant(end, 2)).join(" to ");
  const rows = data.n_test ? ["train", "test"] : ["train"];
  const figure = (row: number, column: number) => {
    const value = summary.value?.[3 * row + column];
    return column === 2 && Number.isFinite(value) ? thousands(value ?? 0) : significant(value, 3);
  };
  return (
    <>
      <PanelHead title="Errors" note="residual = true − predicted" />
      <div class="nnw-panel-body nnw-scatter">
        <span class="nnw-2nd nnw-s">predicted, {ends}</span>
        <canvas ref={canvas} role="img" aria-label="Predicted against true values" />
        <span class="nnw-2nd nnw-s">true, {ends}</span>
        <div>
          <table class="nnw-figures">
            <thead>
              <tr>
                <td />
                {COLUMNS.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((name, row) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {COLUMNS.map((column, index) => (
                    <td key={column}>{figure(row, index)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          <p class="nnw-2nd nnw-s">
            Ringed: {thousands(misfits.value)} misfits, off by more than twice the RMSE of the training set
          </p>
        </div>
      </div>
    </>
  );
}
