// Learning: a pattern to present, the cells and their connections, one weight over time, and all of them.
import type { Cells } from "../../concepts/hebb";
import { Button } from "../button";
import { Scene } from "../explorer/scene";
import { CellSquares, layout, Picture, Wires } from "./cells";
import type { HebbState } from "./hook";
import { Matrix } from "./matrix";
import { HEIGHT, Pair } from "./pair";
import { writePattern } from "./state";
import { EDITOR, OPEN, OPEN_GAP, TARGET, Zone } from "./zone";

const MOST_PRESENTED = 200;

export function Learning({ of: { store, settings, patterns, learned } }: { of: HebbState }) {
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
