// Recall: the damaged pattern, the cells as they follow their connections, the energy, and each pattern's fate.
import { useSignal } from "@preact/signals";
import { type Cells, damage } from "../../concepts/hebb";
import { Button } from "../button";
import { clamp, Scene } from "../explorer/scene";
import { Slider } from "../fields";
import { linearScale } from "../scales";
import { CellSquares, layout, Wires } from "./cells";
import { Energy, lengthOf } from "./energy";
import type { HebbState } from "./hook";
import { HEIGHT } from "./pair";
import type { Recalled } from "./state";
import { Table } from "./table";
import { EDITOR, OPEN, OPEN_GAP, TARGET, Zone } from "./zone";

/** The same as in Python, so that a number of damaged cells means the same. */
const SEED = 14;

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

export function Recalling({
  of: { store, settings, patterns, learned, rows: table, recalled },
}: {
  of: HebbState;
}) {
  const { rows, columns, count, cells, names } = patterns;
  const { pattern, silent, damage: flipped } = settings;
  const name = names[pattern] as string;
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
            <b>Recall</b> {name.length > 2 ? name : `${name}, damaged`}
          </>
        }
      >
        <Scene height={EDITOR} label={`Pattern ${name}, damaged`}>
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
