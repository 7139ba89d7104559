// Hebb's rule: patterns are presented, connections grow, and a damaged pattern comes back.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { type Cells, damage } from "../../concepts/hebb";
import { fixed } from "../../draw/format";
import type { HebbSettings } from "../../generated/protocol";
import { Button } from "../button";
import { Presets } from "../explorer/presets";
import { clamp, Scene } from "../explorer/scene";
import { Sheet } from "../explorer/sheet";
import { useExplorer } from "../explorer/view";
import { Segmented, Slider } from "../fields";
import { linearScale } from "../scales";
import { CellSquares, layout, Picture, Wires } from "./cells";
import { HebbFormulas } from "./formulas";
import { Matrix } from "./matrix";
import { HEIGHT, Pair } from "./pair";
import { Energy, lengthOf, Table } from "./recall";
import { fitting, learn, mend, type Recalled, readPatterns, remember, writePattern } from "./state";
import { Try } from "./try";

/** The same as in Python, so that a number of damaged cells means the same. */
const SEED = 14;
const MOST_PRESENTED = 200;
const SHARE = linearScale([0, 1], 0.01, (value) => fixed(value, 2));

export function useHebb() {
  const { store } = useExplorer<HebbSettings>();
  const { patterns: texts, presented, moment, rate, decay, silent, damage: flipped, update } = store.now();
  const patterns = useMemo(() => readPatterns(texts), [texts]);
  const settings = fitting(store.now(), patterns);
  const learned = useMemo(
    () => learn(patterns, settings),
    [patterns, presented, moment, rate, decay, silent],
  );
  const rows = useMemo(
    () => remember(patterns, learned, settings),
    [patterns, learned, flipped, silent, update],
  );
  const recalled = mend(patterns, learned, settings);
  return { store, settings, patterns, learned, rows, recalled };
}

export type HebbState = ReturnType<typeof useHebb>;

export function HebbApp() {
  const of = useHebb();
  return (
    <Sheet title="Hebb’s rule" fact="cells that fire together wire together" class="nnw-hebb">
      <div class="nnw-hebb-presets">
        <Presets />
      </div>
      <div class="nnw-hebb-stage">
        <Learning of={of} />
        <Controls of={of} />
        <Recalling of={of} />
      </div>
      <HebbFormulas of={of} />
      <Try of={of} />
    </Sheet>
  );
}

interface ZoneProps {
  area: string;
  title: ComponentChildren;
  /** What is measured, or can be pressed, at the right end of the head. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

const Zone = ({ area, title, aside, children }: ZoneProps) => (
  <section class={`nnw-hebb-${area}`}>
    <div class="nnw-hebb-head">
      <span>{title}</span>
      {aside ? <span>{aside}</span> : null}
    </div>
    {children}
  </section>
);

/** A sheet in which every cell can be pressed, and nothing else is. */
const EDITOR = 125;
const TARGET = 25;
/** A sheet with room for lines between the cells. */
const OPEN = 206;
const OPEN_GAP = 0.38;

function Learning({ of: { store, settings, patterns, learned } }: { of: HebbState }) {
  const { rows, columns, count, cells, names } = patterns;
  const { pattern, presented, pair, silent } = settings;
  const [i, j] = pair;
  const shown = cells[pattern] as Cells;
  const toggle = (cell: number) => {
    const next = shown.map((each, index) => (index === cell ? 1 - each : each));
    store.set({
      patterns: settings.patterns.map((text, index) =>
        index === pattern ? writePattern(next, columns) : text,
      ),
    });
  };
  const give = (list: number[]) => store.set({ presented: list, moment: null });
  const open = layout(rows, columns, [OPEN, OPEN], OPEN_GAP, 84);
  const now = learned.last ?? shown.map(() => 0);
  return (
    <>
      <Zone
        area="pattern"
        title={
          <>
            <b>Learn</b> {names[pattern]}
          </>
        }
      >
        <Scene height={EDITOR} label={`Pattern ${names[pattern]}, to be presented`}>
          {(width) => (
            <CellSquares
              cells={shown}
              silent={silent}
              columns={columns}
              layout={layout(rows, columns, [width, EDITOR], 0.06, Math.max(TARGET, EDITOR / 3))}
              press={{ role: "checkbox", label: "Cell", act: toggle }}
            />
          )}
        </Scene>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
        <div class="nnw-hebb-letters" role="group" aria-label="Patterns">
          {cells.map((each, index) => (
            <Button
              key={index}
              class="nnw-hebb-letter"
              aria-label={names[index] as string}
              aria-pressed={index === pattern}
              onClick={() => store.set({ pattern: index, steps: null })}
            >
              <svg width={18} height={18} aria-hidden="true">
                <Picture cells={each} columns={columns} size={18} />
              </svg>
            </Button>
          ))}
        </div>
        <div class="nnw-hebb-give">
          <Button
            kind="line"
            disabled={presented.length >= MOST_PRESENTED}
            onClick={() => give([...presented, pattern])}
          >
            Present
          </Button>
          <Button
            icon="undo"
            label="Take back the last presentation"
            disabled={!presented.length}
            onClick={() => give(presented.slice(0, -1))}
          />
        </div>
      </Zone>
      <Zone area="cells" title={<>Cell {i + 1} and its connections</>}>
        <Scene height={OPEN} label="Cells and connections">
          {(width) => {
            const place = layout(rows, columns, [width, OPEN], OPEN_GAP, 84);
            return (
              <>
                <Wires
                  from={i}
                  to={j}
                  weights={learned.weights.subarray(i * count, (i + 1) * count)}
                  layout={place}
                  pitch={open.side / (1 - OPEN_GAP)}
                />
                <CellSquares
                  cells={now}
                  silent={silent}
                  columns={columns}
                  layout={place}
                  ringed={pair}
                  numbered="all"
                  press={{
                    role: "button",
                    label: "Cell",
                    act: (cell) => {
                      // The one chosen last stays: two presses make a pair.
                      if (cell !== j) store.set({ pair: [j, cell] });
                    },
                  }}
                />
              </>
            );
          }}
        </Scene>
      </Zone>
      <Zone
        area="pair"
        title={
          <>
            Cells {i + 1} and {j + 1}, and their weight at each presentation
          </>
        }
      >
        <Scene height={HEIGHT} label="Two cells and their connection at each presentation">
          {(width) => (
            <Pair
              width={width}
              settings={settings}
              patterns={patterns}
              learned={learned}
              go={(to) => store.set({ moment: to === presented.length ? null : to })}
            />
          )}
        </Scene>
      </Zone>
      <Zone area="weights" title="All weights">
        <Matrix
          patterns={patterns}
          learned={learned}
          pair={pair}
          choose={(chosen) => store.set({ pair: chosen })}
        />
      </Zone>
    </>
  );
}

const SILENT = [
  { name: "-1", label: "−1" },
  { name: "0", label: "0" },
];
const UPDATES = [
  { name: "asynchronous", label: "one by one" },
  { name: "synchronous", label: "all at once" },
];

function Controls({ of: { store, settings } }: { of: HebbState }) {
  return (
    <div class="nnw-controls nnw-hebb-controls">
      <Slider label="Learning rate η" control={store.controls.rate} scale={SHARE} />
      <Slider label="Decay λ" control={store.controls.decay} scale={SHARE} />
      <div class="nnw-labelled">
        <span>A silent cell counts as</span>
        <Segmented
          label="A silent cell counts as"
          choices={SILENT}
          chosen={[String(settings.silent)]}
          onChoose={(name) => store.set({ silent: Number(name) as HebbSettings["silent"] })}
        />
      </div>
      <div class="nnw-labelled">
        <span>Recall</span>
        <Segmented
          label="Recall"
          choices={UPDATES}
          chosen={[settings.update]}
          onChoose={(name) => store.set({ update: name as HebbSettings["update"], steps: null })}
        />
      </div>
    </div>
  );
}

function StateTitle({ of: { step, end, done } }: { of: Recalled }) {
  if (!step) return <>{end ? "Before recall" : "No cell changes"}</>;
  const isSettled = step === end && done.settled !== null;
  return (
    <>
      {isSettled ? "Settled after" : "After"} <span data-n="step">{step}</span>
      {isSettled ? null : step === 1 ? " update" : " updates"}
    </>
  );
}

function Recalling({ of: { store, settings, patterns, learned, rows: table, recalled } }: { of: HebbState }) {
  const { rows, columns, count, cells, names } = patterns;
  const { pattern, silent, damage: flipped } = settings;
  const synchronous = settings.update === "synchronous";
  const seed = useSignal(SEED);
  const { cue, state, turn, step } = recalled;
  const right = (one: Cells) => one.filter((cell, index) => cell === cells[pattern]?.[index]).length;
  const flip = (cell: number) =>
    store.set({
      damage: flipped.includes(cell) ? flipped.filter((each) => each !== cell) : [...flipped, cell],
    });
  const draw = (number: number) => store.set({ damage: damage(count, number, seed.peek()) });
  const go = (to: number) => {
    const last = recalled.done.states.length - 1;
    store.set({
      steps:
        to === recalled.end ? null : clamp(to, [0, Math.min(last, lengthOf(recalled, count, synchronous))]),
    });
  };
  const wrong = (one: Cells) =>
    one.flatMap((cell, index) => (cell === cells[pattern]?.[index] ? [] : [index]));
  return (
    <>
      <Zone
        area="cue"
        title={
          <>
            <b>Recall</b> {names[pattern]}, damaged
          </>
        }
      >
        <Scene height={EDITOR} label={`Pattern ${names[pattern]}, damaged`}>
          {(width) => (
            <CellSquares
              cells={cue}
              silent={silent}
              columns={columns}
              layout={layout(rows, columns, [width, EDITOR], 0.06, Math.max(TARGET, EDITOR / 3))}
              wrong={wrong(cue)}
              press={{ role: "checkbox", label: "Damaged cell", act: flip }}
            />
          )}
        </Scene>
        <Slider
          label="Cells damaged"
          control={{ ...store.controls.damage, value: { value: flipped.length }, set: draw } as never}
          scale={linearScale([0, count], 1, String)}
        />
        <Button
          kind="text"
          disabled={!flipped.length || flipped.length === count}
          onClick={() => {
            seed.value += 1;
            draw(flipped.length);
          }}
        >
          Other cells
        </Button>
      </Zone>
      <Zone
        area="state"
        title={<StateTitle of={recalled} />}
        aside={
          <>
            <span data-n="right.now">{right(state)}</span> of {count} right
          </>
        }
      >
        <Scene height={OPEN} label="Cells in recall">
          {(width) => {
            const place = layout(rows, columns, [width, OPEN], OPEN_GAP, 84);
            return (
              <>
                {turn === null ? null : (
                  <Wires
                    from={turn}
                    weights={learned.weights.subarray(turn * count, (turn + 1) * count)}
                    layout={place}
                    pitch={place.side / (1 - OPEN_GAP)}
                  />
                )}
                <CellSquares
                  cells={state}
                  silent={silent}
                  columns={columns}
                  layout={place}
                  ringed={[turn]}
                  numbered="ringed"
                  wrong={wrong(state)}
                />
              </>
            );
          }}
        </Scene>
      </Zone>
      <Zone
        area="energy"
        title={
          <>
            Energy <var>E</var> at each update
          </>
        }
        aside={
          <>
            <Button kind="text" disabled={!step} onClick={() => go(0)}>
              Start
            </Button>
            <Button
              kind="text"
              disabled={step >= recalled.done.states.length - 1}
              onClick={() => go(step + 1)}
            >
              {synchronous ? "All cells" : "Next cell"}
            </Button>
            <Button
              class="nnw-choice"
              disabled={settings.steps === null}
              onClick={() => store.set({ steps: null })}
            >
              End
            </Button>
          </>
        }
      >
        <Scene height={HEIGHT} label="Energy at each update">
          {(width) => (
            <Energy width={width} patterns={patterns} recalled={recalled} synchronous={synchronous} go={go} />
          )}
        </Scene>
      </Zone>
      <Zone area="table" title="Each pattern, damaged alike">
        <Table
          rows={table}
          settings={settings}
          count={count}
          choose={(index) => store.set({ pattern: index, steps: null })}
        />
      </Zone>
    </>
  );
}
