// Errors: which classes are taken for which; where values are predicted, what is left of them.
import { useComputed, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { percent, thousands } from "../draw/format";
import { Segmented } from "./fields";
import { ClassMark } from "./mark";
import { className } from "./names";
import { usePainting } from "./painting";
import { createRun, PanelHead, sameNumbers } from "./panel";
import { usePlanar } from "./planar";
import { Residuals } from "./residuals";

export function ErrorsPanel() {
  const { store } = usePlanar();
  const classes = useComputed(() => store.scene.value.data.class_names).value;
  return classes.length ? <Confusion key={classes.length} names={classes} /> : <Residuals />;
}

type Part = "train" | "test";
type Cell = readonly [row: number, column: number];

const PARTS = [
  { name: "train", label: "train" },
  { name: "test", label: "test" },
];
/** Room for all rows, in CSS pixels, and the largest row. */
const ROWS_HEIGHT = 208;
const LARGEST_CELL = 60;
const MARK = 11;
/** The share of ink of an empty cell and of the fullest one; from the second on a number is in the page's colour. */
const [FAINTEST, FULLEST, LIGHT_TEXT] = [3.5, 85.5, 50];
const shade = (count: number, largest: number) =>
  FAINTEST + (FULLEST - FAINTEST) * (largest ? (count / largest) ** 0.62 : 0);

const KEYS: Record<string, Cell> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function Confusion({ names }: { names: readonly string[] }) {
  const { store } = usePlanar();
  const tested = useComputed(() => store.scene.value.data.n_test > 0).value;
  const chosen = useSignal<Part>("train");
  const part = tested ? chosen.value : "train";
  const counts = useSignal<Float32Array | null>(null);
  const pointed = useSignal<Cell | null>(null);
  const current = useSignal<Cell>([0, 0]);
  const scale = useRef({ part, largest: 0 });
  const another = useMemo(createRun, []);

  usePainting(
    usePlanar(),
    (scene) => {
      const found = scene.frame?.inside.confusion[part] ?? null;
      // The shades keep their meaning during a run, except where a count exceeds them.
      if (another(scene) || scale.current.part !== part) scale.current = { part, largest: 0 };
      scale.current.largest = Math.max(scale.current.largest, ...wrongCounts(found, names.length));
      if (!sameNumbers(found, counts.peek())) counts.value = found;
    },
    [part, names],
  );

  const table = useRef<HTMLTableElement>(null);
  const move = (event: KeyboardEvent) => {
    const [down, right] = KEYS[event.key] ?? [0, 0];
    if (!down && !right) return;
    event.preventDefault();
    const within = (index: number) => Math.max(0, Math.min(names.length - 1, index));
    const [row, column] = current.peek();
    const next: Cell = [within(row + down), within(column + right)];
    current.value = next;
    table.current
      ?.querySelectorAll<HTMLElement>("[role=gridcell]")
      [next[0] * names.length + next[1]]?.focus();
  };

  const matrix = counts.value?.length === names.length ** 2 ? counts.value : null;
  const at = (row: number, column: number) => matrix?.[row * names.length + column] ?? 0;
  const total = (row: number) => names.reduce((sum, _, column) => sum + at(row, column), 0);
  const sentence = ([row, column]: Cell) => {
    const of = `${thousands(at(row, column))} of ${thousands(total(row))} points of ${className(names[row] ?? "")}`;
    return row === column ? `${of} are right` : `${of} are taken for ${className(names[column] ?? "")}`;
  };
  const all = names.reduce((sum, _, row) => sum + total(row), 0);
  const wrong = all - names.reduce((sum, _, row) => sum + at(row, row), 0);
  const [chosenRow, chosenColumn] = pointed.value ?? [-1, -1];
  const height = Math.min(LARGEST_CELL, Math.floor(ROWS_HEIGHT / names.length));

  return (
    <>
      <PanelHead title="Errors" note={matrix ? `${thousands(wrong)} of ${thousands(all)} wrong` : ""}>
        {tested ? (
          <Segmented
            label="Samples"
            choices={PARTS}
            chosen={[part]}
            onChoose={(name) => (chosen.value = name as Part)}
          />
        ) : null}
      </PanelHead>
      <div class="nnw-panel-body">
        <table
          ref={table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: arrow keys walk through its cells
          role="grid"
          class="nnw-matrix"
          style={{ "--cell": `${height}px` }}
          aria-label={`Confusion matrix of the ${part === "train" ? "training" : "test"} set`}
          onKeyDown={move}
          onPointerLeave={() => (pointed.value = null)}
        >
          <thead>
            <tr>
              <td />
              <th scope="colgroup" colSpan={names.length}>
                predicted
              </th>
            </tr>
            <tr>
              <th scope="col">true</th>
              {names.map((name, column) => (
                <th
                  key={name}
                  scope="col"
                  title={className(name)}
                  data-on={column === chosenColumn || undefined}
                >
                  <span>
                    <ClassMark index={column} classes={names.length} size={MARK} radius={3.5} />
                    {name}
                  </span>
                </th>
              ))}
              <th scope="col">right</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name, row) => {
              const right = total(row) ? at(row, row) / total(row) : null;
              return (
                <tr key={name}>
                  <th scope="row" title={className(name)} data-on={row === chosenRow || undefined}>
                    <span>
                      <ClassMark index={row} classes={names.length} size={MARK} radius={3.5} />
                      {name}
                    </span>
                  </th>
                  {names.map((other, column) => {
                    const cell: Cell = [row, column];
                    const here = current.value[0] === row && current.value[1] === column;
                    const ink = row === column ? 0 : shade(at(row, column), scale.current.largest);
                    return (
                      <td
                        key={other}
                        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: see the table
                        role="gridcell"
                        tabIndex={here ? 0 : -1}
                        aria-label={sentence(cell)}
                        data-diagonal={row === column || undefined}
                        data-light={ink > LIGHT_TEXT || undefined}
                        style={{ "--ink": `${ink.toFixed(1)}%` }}
                        onPointerEnter={() => (pointed.value = cell)}
                        onFocus={() => {
                          current.value = cell;
                          pointed.value = cell;
                        }}
                        onBlur={() => (pointed.value = null)}
                      >
                        <span>{at(row, column) ? thousands(at(row, column)) : ""}</span>
                      </td>
                    );
                  })}
                  <td class="nnw-recall">
                    <i style={{ "--share": right ?? 0 }} />
                    <span>{percent(right, 0)}</span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="nnw-sentence" aria-live={store.status.value === "running" ? "off" : "polite"}>
        {matrix ? (
          pointed.value ? (
            sentence(pointed.value)
          ) : (
            worst(matrix, names, sentence)
          )
        ) : (
          <Uncounted part={part} />
        )}
      </p>
    </>
  );
}

function Uncounted({ part }: { part: Part }) {
  const { n_train, n_test } = usePlanar().store.scene.value.data;
  return (part === "train" ? n_train : n_test) > 10_000 ? (
    <>
      More than 10,000 samples: <code>trainer.confusion_matrix()</code> counts them
    </>
  ) : null;
}

const wrongCounts = (counts: Float32Array | null, classes: number) =>
  counts ? Array.from(counts).filter((_, cell) => cell % (classes + 1)) : [0];

/** The sentence about the confusion that happens most often. */
function worst(counts: Float32Array, names: readonly string[], sentence: (cell: Cell) => string): string {
  let found = -1;
  counts.forEach((count, cell) => {
    if (cell % (names.length + 1) && count > (counts[found] ?? 0)) found = cell;
  });
  if (found < 0) return "None is wrong";
  return `Most often: ${sentence([Math.floor(found / names.length), found % names.length])}`;
}
