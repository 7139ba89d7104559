// How large the gradients of the layers are, on a scale of decades, and those of a twin with another activation.
import { useMemo } from "preact/hooks";
import { ACTIVATIONS } from "../../concepts/functions";
import { scientific } from "../../draw/format";
import { plainControl } from "../../model/controls";
import { three } from "../explorer/numbers";
import { clamp, linear } from "../explorer/scene";
import { Select } from "../fields";
import { type Pass, sizeOf } from "./pass";
import type { Shown } from "./state";
import { InText } from "./symbols";

const WIDTH = 132;

/** Whether the gradients of the weights of a layer are all known at this stop. */
function isKnown(shown: Shown, text: string): boolean {
  const tensor = shown.pass.tensors.find(({ symbol }) => symbol.text === text);
  if (!tensor) return shown.isUpdated;
  return Array.from({ length: sizeOf(tensor.shape) }, (_, entry) => tensor.start + entry).every((index) =>
    shown.knowsGradient({ kind: "parameter", index }),
  );
}

/** Whole decades round all that is there, so that nothing moves from stop to stop. */
function decadesOf({ magnitudes, beside }: Pass): readonly [number, number] {
  const all = [...magnitudes, ...(beside?.magnitudes ?? [])]
    .map(({ weights }) => weights)
    .filter((weights): weights is number => weights !== null && weights > 0 && Number.isFinite(weights));
  const low = Math.floor(Math.log10(Math.min(...all, 1)));
  const high = Math.ceil(Math.log10(Math.max(...all, 10 ** low)));
  return [low, Math.max(high, low + 2)];
}

const decade = (exponent: number) => (exponent === 0 ? "1" : scientific(10 ** exponent, 1).replace("1·", ""));

export function Magnitudes({ shown }: { shown: Shown }) {
  const { pass, store, settings, there } = shown;
  const { magnitudes, beside } = pass;
  const ends = decadesOf(pass);
  const x = linear(ends, [8, WIDTH - 8]);
  const place = (value: number) => clamp(x(Math.log10(value)), [8, WIDTH - 8]);
  const own =
    pass.owner === "settings" ? (ACTIVATIONS[settings.activation]?.label ?? settings.activation) : "here";
  const others = Object.entries(ACTIVATIONS).filter(
    ([name]) => name !== "step" && name !== settings.activation,
  );
  const control = useMemo(
    () => plainControl(store.settings.beside, (other) => store.set({ beside: other })),
    [store],
  );
  return (
    <section class="nnw-bp-magnitudes" aria-label="Size of the gradients">
      <div class="nnw-bp-head">
        <h4 class="nnw-h">Gradients</h4>
        <span class="nnw-2nd nnw-s">root mean square of each layer</span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <div class="nnw-bp-sizes" role="group" tabIndex={0} aria-label="Table of gradient sizes">
        <table class="nnw-rows">
          <thead>
            <tr>
              <td />
              <td>
                <svg class="nnw-bp-decades" width={WIDTH} height="16" aria-hidden="true">
                  {[ends[0], ends[1]].map((exponent, index) => (
                    <text key={index} x={index ? WIDTH : 0} y="12" text-anchor={index ? "end" : "start"}>
                      {decade(exponent)}
                    </text>
                  ))}
                </svg>
              </td>
              <th scope="col">{own}</th>
              <th scope="col">
                <Select
                  label="Beside it"
                  quiet
                  control={control}
                  disabled={!there || pass.owner !== "settings"}
                  choices={[
                    { name: "", label: "beside…" },
                    ...others.map(([name, { label }]) => ({ name, label })),
                  ]}
                />
              </th>
            </tr>
          </thead>
          <tbody>
            {magnitudes.map(({ symbol, weights }, index) => {
              const knows = isKnown(shown, symbol.text);
              const twin = beside?.magnitudes[index]?.weights ?? null;
              const shownTwin = knows ? twin : null;
              const mine = knows ? weights : null;
              return (
                <tr key={symbol.text}>
                  <th scope="row">
                    <InText symbol={symbol} />
                  </th>
                  <td>
                    <svg width={WIDTH} height="16" aria-hidden="true">
                      <path class="nnw-grid" d={`M8 8H${WIDTH - 8}`} />
                      {mine !== null && shownTwin !== null && mine > 0 && shownTwin > 0 ? (
                        <path class="nnw-bp-apart" d={`M${place(mine)} 8H${place(shownTwin)}`} />
                      ) : null}
                      {shownTwin !== null && shownTwin > 0 ? (
                        <circle class="nnw-bp-twin" cx={place(shownTwin)} cy="8" r="4" />
                      ) : null}
                      {mine !== null && mine > 0 ? (
                        <circle class="nnw-bp-size" cx={place(mine)} cy="8" r="4" />
                      ) : null}
                    </svg>
                  </td>
                  <Cell n={`magnitude.${symbol.text}`} value={mine} />
                  <Cell n={`beside.${symbol.text}`} value={shownTwin} />
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const Cell = ({ n, value }: { n: string; value: number | null }) => (
  <td data-n={value === null ? undefined : n}>
    {value === null ? <span class="nnw-bp-void">·</span> : three(value)}
  </td>
);
