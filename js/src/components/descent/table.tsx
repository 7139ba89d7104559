// The race in numbers: the loss of every optimizer at some steps, and when it is at the bottom.
import { lossAt, type Run } from "../../concepts/descent";
import { significant } from "../../draw/format";
import { Button } from "../button";
import { DASHES, type Descent, labelOf, listedSteps, NAMES, numeral, rateText } from "./state";

export function Race({ descent, go }: { descent: Descent; go(step: number): void }) {
  const { chosen, step, steps, runs, store, bottom, surface } = descent;
  const cells = (at: number, key: string) =>
    NAMES.map((name) => (
      <td key={name} data-chosen={name === chosen || undefined} data-n={`loss.${name}.${key}`}>
        {numeral(lossAt(runs[name] as Run, at))}
      </td>
    ));
  return (
    <table class="nnw-rows nnw-race">
      <thead>
        <tr>
          <th scope="col">step</th>
          {NAMES.map((name) => (
            <th key={name} scope="col">
              <Button
                class="nnw-race-name"
                aria-pressed={name === chosen}
                onClick={() => store.set({ optimizer: name })}
              >
                {labelOf(name)}
                <svg width="40" height="6" aria-hidden="true">
                  <path d="M0 3h40" stroke-dasharray={DASHES[name]} />
                </svg>
              </Button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr data-now>
          <th scope="row" data-n="step">
            {step}
          </th>
          {cells(step, "now")}
        </tr>
        {listedSteps(steps).map((at) => (
          <tr key={at} class="nnw-race-row">
            <th scope="row">
              <Button class="nnw-race-step" label={`Show step ${at}`} onClick={() => go(at)}>
                {at}
              </Button>
            </th>
            {cells(at, String(at))}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th
            scope="row"
            title={`The first step with a loss of at most ${numeral(bottom)}, the lowest being ${numeral(surface.lowest)}`}
          >
            first
            <br />≤ <span data-n="bottom">{significant(bottom, 3)}</span>
          </th>
          {NAMES.map((name) => {
            const reached = descent.reached(name);
            return (
              <td key={name} data-chosen={name === chosen || undefined}>
                <span data-n={`reached.${name}`}>{reached ?? "–"}</span>
                <small>{reached === null ? descent.obstacle(name) : `step${reached === 1 ? "" : "s"}`}</small>
              </td>
            );
          })}
        </tr>
        <tr>
          <th scope="row">
            rate <i>η</i>
          </th>
          {NAMES.map((name) => (
            <td key={name} data-chosen={name === chosen || undefined} data-n={`rate.${name}`}>
              {rateText(descent.rate(name))}
            </td>
          ))}
        </tr>
      </tfoot>
    </table>
  );
}
