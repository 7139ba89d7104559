// Parameters: every number that is learned, with its gradient and what the last step changed in it.
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { fixed, scientific, thousands } from "../draw/format";
import type { Frame } from "../model/frames";
import { px } from "./geometry";
import { usePainting } from "./painting";
import { createRun, PanelHead } from "./panel";
import { namesOf, type Row, rowsByPlace, rowsBySize } from "./parameter-rows";
import { usePlanar } from "./planar";

/** Python sends gradients and changes of no more. */
const MOST = 20_000;
const ROW = 24;
/** Rows that are there beyond those that can be seen, so that scrolling shows no gaps. */
const SPARE = 4;
const VISIBLE = 9;
/** Rows that change places all the time cannot be read. */
const RESORT_MS = 1000;
const UNKNOWN = "·";

type Column = "value" | "gradient" | "change";

const COLUMNS: readonly { name: Column; title: string; digits: number }[] = [
  { name: "value", title: "value", digits: 4 },
  { name: "gradient", title: "gradient", digits: 6 },
  { name: "change", title: "last change", digits: 6 },
];

function columnOf(frame: Frame | null, column: Column): Float32Array | null {
  if (!frame) return null;
  if (column === "value") return frame.parameters;
  return column === "gradient" ? frame.inside.gradients : frame.inside.changes;
}

export function ParametersPanel() {
  const { store } = usePlanar();
  const network = store.network.value;
  const count = network.parameter_count;
  const byPlace = useMemo(() => (count > MOST ? [] : rowsByPlace(network)), [network, count]);
  const sorting = useSignal<Column | null>(null);
  const rows = useSignal<readonly Row[]>(byPlace);
  const top = useSignal(0);
  const painted = useSignal(0);
  const sortedAt = useRef(Number.NEGATIVE_INFINITY);
  const another = useMemo(createRun, []);

  const sort = (column: Column | null, frame: Frame | null) => {
    const values = column && columnOf(frame, column);
    sortedAt.current = performance.now();
    rows.value = values?.length ? rowsBySize(values) : byPlace;
  };
  usePainting(
    usePlanar(),
    (scene) => {
      if (scene.network !== network || count > MOST) return;
      const stands = scene.frame?.header.status !== "running";
      if (another(scene)) rows.value = byPlace;
      const due = stands || performance.now() - sortedAt.current >= RESORT_MS;
      if (sorting.peek() ? due : rows.peek() !== byPlace) sort(sorting.peek(), scene.frame);
      painted.value++;
    },
    [network, byPlace, count],
  );

  if (count > MOST) {
    return (
      <>
        <PanelHead title="Parameters" note={`${thousands(count)} of them`} />
        <p class="nnw-sentence">
          More than {thousands(MOST)}: <code>trainer.model</code> and <code>trainer.gradients()</code> have
          them
        </p>
      </>
    );
  }
  painted.value;
  const scene = store.scene.peek();
  const columns = COLUMNS.map(({ name, digits }) => ({ values: columnOf(scene.frame, name), digits, name }));
  const first = Math.max(0, Math.floor(top.value / ROW) - SPARE);
  const shown = rows.value.slice(first, first + VISIBLE + 2 * SPARE);
  const below = rows.value.length - first - shown.length;
  const choose = (column: Column) => {
    sorting.value = sorting.peek() === column ? null : column;
    sort(sorting.peek(), store.scene.peek().frame);
  };
  const text = (value: number | undefined, column: Column, digits: number) => {
    if (value === undefined || Number.isNaN(value)) return UNKNOWN;
    // What would be rounded to nothing still has a sign, and a size.
    const isTiny = value && Math.abs(value) < 0.5 / 10 ** digits;
    const written = isTiny ? scientific(value, 2) : fixed(value, digits);
    return column === "value" || value < 0 ? written : `+${written}`;
  };

  return (
    <>
      <PanelHead
        title="Parameters"
        note={`${thousands(count)}; gradients of the loss over the training set`}
      />
      <section
        class="nnw-panel-body nnw-parameters"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table must scroll by keyboard
        tabIndex={0}
        aria-label="Table of parameters"
        onScroll={(event) => {
          top.value = event.currentTarget.scrollTop;
        }}
      >
        <table class="nnw-fixed" aria-rowcount={rows.value.length + 1}>
          <thead>
            <tr>
              <th scope="col">parameter</th>
              {COLUMNS.map(({ name, title }) => (
                <th key={name} scope="col" aria-sort={sorting.value === name ? "descending" : "none"}>
                  <button type="button" title={`Largest |${title}| first`} onClick={() => choose(name)}>
                    {title}
                    {sorting.value === name ? <span aria-hidden="true">↓</span> : null}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first ? <tr style={{ height: px(first * ROW) }} /> : null}
            {shown.map((row, index) => {
              if (typeof row === "string") {
                return (
                  <tr key={row} aria-rowindex={first + index + 2}>
                    <th scope="rowgroup" colSpan={COLUMNS.length + 1}>
                      {row}
                    </th>
                  </tr>
                );
              }
              const { short, full, python } = namesOf(scene, row);
              return (
                <tr key={row} aria-rowindex={first + index + 2} data-parameter={row}>
                  <th scope="row" title={python} aria-label={full}>
                    {sorting.value ? full : short}
                  </th>
                  {columns.map(({ name, values, digits }) => {
                    const value = values?.[row];
                    return (
                      <td key={name} class={value ? (value < 0 ? "nnw-neg" : "nnw-pos") : ""}>
                        {text(value, name, digits)}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
            {below > 0 ? <tr style={{ height: px(below * ROW) }} /> : null}
          </tbody>
        </table>
      </section>
    </>
  );
}
