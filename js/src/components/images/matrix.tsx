// Mistakes: which classes are taken for which, over the whole test set; a cell leads to the images behind it.
import { useSignal } from "@preact/signals";
import { sizeCanvas } from "../../draw/canvas";
import type { Theme } from "../../draw/colour";
import { thousands } from "../../draw/format";
import { drawMatrix, prefersPage, shadeCss, shadeOf, type Tally, tally } from "../../draw/matrix";
import { Button } from "../button";
import { useDerived } from "../context";
import { Fold } from "../fold";
import { px, spotIn } from "../geometry";
import { useId } from "../ids";
import { TitleRow } from "../panel";
import { controlShown, Only } from "../shown";
import { placeAfter, useLargest, usePart, useWidth } from "./hooks";
import { classesOf, kindsOf, wholePercent } from "./names";
import { Pixels } from "./pixels";
import { Role } from "./role";
import { useImages, useWant } from "./view";

type Cell = readonly [row: number, column: number];

/** Of more classes a matrix has no room for numbers. */
const MOST_NUMBERED = 12;
const LEAST_NUMBER = 10;
const LARGEST_CELL = 64;
/** Width of the accuracies, and of the whole: more is not easier to read. */
const SHARES = 72;
const WIDEST = 560;
/** Names need so much from one line to the next, and so much of a line for each letter. */
const [LINE, SLANTED_LINE] = [15, 22];
const LETTER = 6.2;

export function MatrixBand() {
  const { store, geometry } = useImages();
  const part = usePart("confusion");
  const data = store.data.value;
  const classes = data.class_names.length;
  const { narrow } = geometry.value;
  const open = useSignal(false);
  const shown = !narrow || open.value;
  useWant("matrix");
  const known = part?.values.length === classes ** 2 ? part.values : null;
  const counted = tally(known, classes);
  const summary = useDerived(
    () => summaryOf(counted, classesOf(data)),
    [counted.all, counted.wrong, counted.largest],
  );
  return (
    <Fold class="nnw-fold--mistakes" title="Mistakes" summary={summary} open={open}>
      {shown ? <Mistakes key={classes} counts={known} counted={counted} step={part?.step} /> : null}
    </Fold>
  );
}

function summaryOf({ all, wrong, worst, largest }: Tally, names: readonly string[]): string {
  if (!all) return "";
  const most = worst
    ? `; most often ${names[worst[0]]} taken for ${names[worst[1]]} (${thousands(largest)})`
    : "";
  return `${thousands(wrong)} of ${thousands(all)}${most}`;
}

interface MistakesProps {
  counts: Float32Array | null;
  counted: Tally;
  step: number | undefined;
}

function Mistakes({ counts, counted, step }: MistakesProps) {
  const { store, easel } = useImages();
  const data = store.data.value;
  const names = data.class_names;
  const classes = names.length;
  const [place, width] = useWidth<HTMLElement>(448);
  const largest = useLargest(counted.largest, { step, shrinks: true });
  // Until the reader looks at another one, it is what happens most often.
  const chosen = useSignal<Cell | null>(null);
  const pointed = useSignal<Cell | null>(null);
  const theme = easel.theme.value;
  const at = (row: number, column: number) => counts?.[row * classes + column] ?? 0;
  const cell = chosen.value ?? counted.worst ?? [0, Math.min(1, classes - 1)];
  const [row, column] = pointed.value ?? cell;

  const sentence = ([actual, predicted]: Cell) => {
    const of = `${thousands(at(actual, predicted))} of ${thousands(counted.totals[actual] ?? 0)} ${kindsOf(data, actual, true)}`;
    return [of, actual === predicted ? "are right" : `are taken for ${kindsOf(data, predicted)}`] as const;
  };
  const [count, what] = sentence([row, column]);
  const opens = store.enabled.value && controlShown(store, "choose");
  const open = ([actual, predicted]: Cell) => {
    if (opens && actual !== predicted && at(actual, predicted))
      store.show({ type: "gallery", wrong: true, actual, predicted, others: false });
  };
  return (
    <section class="nnw-mistakes" aria-label="Confusion matrix" ref={place}>
      <TitleRow
        title="Mistakes"
        note={
          counted.all
            ? `${thousands(counted.wrong)} of ${thousands(counted.all)}; rows true, columns answered`
            : ""
        }
      />
      <div class="nnw-shades">
        <span>images per cell</span>
        <span>0</span>
        <i style={{ background: shadesOf(theme) }} />
        <span>{thousands(largest)}</span>
      </div>
      <Matrix
        counts={counts}
        counted={counted}
        largest={largest}
        width={Math.min(WIDEST, width)}
        cell={cell}
        onChoose={(next) => (chosen.value = next)}
        onOpen={open}
        opens={opens}
        onPoint={(next) => (pointed.value = next)}
        sentence={(next) => sentence(next).join(" ")}
      />
      <div class="nnw-images-foot">
        <span aria-live={store.status.value === "running" ? "off" : "polite"}>
          {!counts ? null : counted.wrong || chosen.value || pointed.value ? (
            <>
              <b>{count}</b> {what}
            </>
          ) : (
            "None is wrong"
          )}
        </span>
        <Only control="choose">
          <Button
            kind="text"
            class="nnw-btn nnw-btn--text nnw-end"
            disabled={!opens || !at(...cell) || cell[0] === cell[1]}
            onClick={() => open(cell)}
          >
            Show them
          </Button>
        </Only>
      </div>
    </section>
  );
}

/** Whole pixels, unless that would be too coarse for many classes. */
const cellSide = (room: number) =>
  room >= 8 ? Math.min(LARGEST_CELL, Math.floor(room)) : Math.max(1, Math.floor(2 * room) / 2);

const STOPS = 17;
const shadesOf = (theme: Theme) =>
  `linear-gradient(to right, ${Array.from({ length: STOPS }, (_, stop) =>
    shadeCss(theme, shadeOf(Math.max(stop, 1e-3), STOPS - 1)),
  ).join(", ")})`;

interface MatrixProps {
  counts: Float32Array | null;
  counted: Tally;
  largest: number;
  width: number;
  cell: Cell;
  onChoose(cell: Cell): void;
  /** Its images are to be shown. */
  onOpen(cell: Cell): void;
  opens: boolean;
  onPoint(cell: Cell | null): void;
  sentence(cell: Cell): string;
}

function Matrix(props: MatrixProps) {
  const { counts, counted, largest, width, cell, onChoose, onOpen, opens, onPoint, sentence } = props;
  const { store, easel } = useImages();
  const names = store.data.value.class_names;
  const classes = names.length;
  const id = useId();
  const theme = easel.theme.value;
  const longest = Math.max(...names.map((name) => name.length));
  const left = Math.max(40, Math.min(96, Math.round(longest * LETTER + 12)));
  const side = cellSide((width - left - SHARES) / Math.max(1, classes));
  const numbered = classes <= MOST_NUMBERED;
  // Names that have no room for all of them are those of every so many rows, and of the one that is looked at.
  const [everyRow, everyColumn] = [Math.ceil(LINE / side), Math.ceil(SLANTED_LINE / side)];
  const [row, column] = cell;
  const isNamed = (index: number, own: number, every: number) =>
    index === own || (index % every === 0 && (every === 1 || Math.abs(index - own) >= every));
  const cellAt = (event: MouseEvent): Cell | null => {
    const { x, y } = spotIn(event.currentTarget as HTMLElement, event);
    const found: Cell = [Math.floor(y / side), Math.floor(x / side)];
    return found.every((index) => index >= 0 && index < classes) ? found : null;
  };

  const gridCell = (actual: number, predicted: number) => {
    const count = counts?.[actual * classes + predicted] ?? 0;
    return (
      <Role
        key={predicted}
        id={`${id}-${actual}-${predicted}`}
        role="gridcell"
        aria-colindex={predicted + 2}
        aria-selected={actual === row && predicted === column}
        aria-label={sentence([actual, predicted])}
        data-page={prefersPage(theme, shadeOf(count, largest)) || undefined}
        style={{ left: px(predicted * side) }}
      >
        {numbered && actual !== predicted && count >= LEAST_NUMBER ? thousands(count) : ""}
      </Role>
    );
  };

  return (
    <Role
      class="nnw-confusion"
      role="grid"
      tabIndex={0}
      aria-label="Confusion matrix of the test set: rows are true classes, columns what is answered"
      aria-activedescendant={`${id}-${row}-${column}`}
      aria-rowcount={classes + 1}
      aria-colcount={classes + 2}
      style={{
        "--cell": px(side),
        "--names": px(left),
        "--side": px(side * classes),
        width: px(left + side * classes + SHARES),
      }}
      {...(opens ? { "aria-description": "Enter shows the images of a cell" } : {})}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey))
          onOpen(cell);
        const next = placeAfter(event.key, row * classes + column, classes, classes ** 2);
        if (next === null) return;
        event.preventDefault();
        onChoose([Math.floor(next / classes), next % classes]);
      }}
    >
      <Role role="row" class="nnw-confusion-heads">
        <Role role="columnheader">true</Role>
        {names.map((name, index) => (
          <Role
            key={name}
            role="columnheader"
            aria-label={name}
            data-on={index === column || undefined}
            style={{ left: px(left + index * side) }}
          >
            {isNamed(index, column, everyColumn) ? <span>{name}</span> : null}
          </Role>
        ))}
        <Role role="columnheader">accuracy</Role>
      </Role>
      <Role
        role="rowgroup"
        class="nnw-confusion-rows"
        onClick={(event) => {
          const found = cellAt(event);
          if (!found) return;
          onChoose(found);
          onOpen(found);
        }}
        onPointerMove={(event) => onPoint(cellAt(event))}
        onPointerLeave={() => onPoint(null)}
      >
        <Pixels
          aria-hidden="true"
          paint={(canvas, colours) => {
            const context = sizeCanvas(canvas, side * classes, side * classes);
            drawMatrix(context, { counts: counts ?? [], classes, cell: side, largest, theme: colours });
          }}
          inputs={[counts, classes, side, largest]}
        />
        {names.map((name, actual) => {
          const named = isNamed(actual, row, everyRow);
          const share = counted.accuracies[actual] ?? null;
          return (
            <Role
              key={name}
              role="row"
              aria-rowindex={actual + 2}
              data-on={actual === row || undefined}
              style={{ top: px(actual * side) }}
            >
              <Role role="rowheader" aria-label={name}>
                {named ? <span>{name}</span> : null}
              </Role>
              {/* More cells than can be read are only drawn, but for the one that is looked at. */}
              {numbered
                ? names.map((_, predicted) => gridCell(actual, predicted))
                : actual === row
                  ? gridCell(row, column)
                  : null}
              <Role
                role="gridcell"
                class="nnw-confusion-share"
                aria-colindex={classes + 2}
                aria-label={`accuracy ${wholePercent(share)}`}
              >
                <i style={{ "--share": share ?? 0 }} />
                {named ? wholePercent(share) : ""}
              </Role>
            </Role>
          );
        })}
      </Role>
    </Role>
  );
}
