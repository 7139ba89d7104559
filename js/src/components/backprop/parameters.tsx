// The parameters in a table: value, gradient, check and the value after the update. Pressed, a row shows its path.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { SymbolTrait } from "../../generated/protocol";
import { Button } from "../button";
import { signClass, three } from "../explorer/numbers";
import { clamp } from "../explorer/scene";
import { px } from "../geometry";
import { nearest } from "./check";
import { canEditWeights, type Edit, Field } from "./edit";
import { changesOf, isSame } from "./parts";
import type { Pass } from "./pass";
import { parametersOf, type Shown } from "./state";
import { InText, spoken } from "./symbols";
import { parameterName, precise, two } from "./texts";

const ROW = 22;
const VISIBLE = 9;
/** Rows that are there beyond those that can be seen, so that scrolling shows no gaps. */
const SPARE = 4;
const UNKNOWN = <span class="nnw-bp-void">·</span>;

/** Who speaks to a button says what is written on it. */
const asSeen = ({ base, index, layer }: SymbolTrait) => `${base}${index}${layer ? `(${layer})` : ""}`;

/** In the order in which they take part: neuron by neuron, not tensor by tensor. */
export function rowsOf(pass: Pass): readonly number[] {
  const seen = new Set(pass.uses.map(({ parameter }) => parameter));
  const unused = pass.parameterSymbols
    .map((_, parameter) => parameter)
    .filter((parameter) => !seen.has(parameter));
  return [...seen, ...unused];
}

export function Parameters({ shown }: { shown: Shown }) {
  const { pass, level, step, hover } = shown;
  const rows = useMemo(() => rowsOf(pass), [pass]);
  const editing = useSignal<Edit | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const now = new Set(step.phase === "backward" ? parametersOf(pass, level, step) : []);
  const nowAt = rows.findIndex((parameter) => now.has(parameter));
  // What is now is in sight, without moving the page.
  useLayoutEffect(() => {
    const box = place.current;
    if (!box || nowAt < 0) return;
    const low = (nowAt + 1 - VISIBLE) * ROW;
    const to = clamp(box.scrollTop, [low, nowAt * ROW]);
    if (to !== box.scrollTop) box.scrollTop = to;
    top.value = to;
  }, [nowAt, level]);
  // Hundreds of rows are there only where they can be seen.
  const first = Math.max(0, Math.floor(top.value / ROW) - SPARE);
  const seen = rows.slice(first, first + VISIBLE + 2 * SPARE);
  const below = rows.length - first - seen.length;
  const changes = changesOf(shown);
  const precision = shown.settings.precision === "model" ? "model" : "double";
  const epsilon = nearest(pass.epsilons, shown.settings.epsilon);
  return (
    <section class="nnw-bp-parameters" aria-label="Parameters">
      <div class="nnw-bp-head">
        <h4 class="nnw-h">Parameters</h4>
        <span class="nnw-2nd nnw-s">{rows.length}, click one to see its path</span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
      <div
        ref={place}
        class="nnw-bp-table"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
        aria-label="Table of parameters"
        onScroll={(event) => {
          top.value = event.currentTarget.scrollTop;
        }}
      >
        <table class="nnw-rows" aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              <td />
              <th scope="col">value</th>
              <th scope="col">gradient</th>
              <th scope="col">check</th>
              <th scope="col">updated</th>
            </tr>
          </thead>
          <tbody>
            {first ? <tr style={{ height: px(first * ROW) }} /> : null}
            {seen.map((parameter, index) => {
              const quantity = { kind: "parameter", index: parameter } as const;
              const symbol = pass.parameterSymbols[parameter];
              const name = parameterName(pass, parameter);
              const label = symbol ? spoken(symbol) : name;
              const knows = shown.knowsGradient(quantity);
              const value = pass.weight(parameter);
              const gradient = pass.weightGradient(parameter);
              const [larger, smaller] = pass.check(precision, parameter, epsilon);
              const check = (larger - smaller) / (2 * (pass.epsilons[epsilon] ?? 1));
              const change = changes.weight(parameter);
              return (
                <tr
                  key={parameter}
                  aria-rowindex={first + index + 2}
                  data-now={now.has(parameter) || undefined}
                  data-hover={isSame(hover.value, quantity) || undefined}
                  onClick={() => shown.choose(quantity)}
                  onPointerEnter={() => {
                    hover.value = quantity;
                  }}
                  onPointerLeave={() => {
                    hover.value = null;
                  }}
                >
                  <th scope="row">
                    <Button
                      class="nnw-bp-name"
                      aria-label={`Path of ${symbol ? asSeen(symbol) : name}`}
                      onFocus={() => {
                        hover.value = quantity;
                      }}
                      onBlur={() => {
                        hover.value = null;
                      }}
                    >
                      <span>{symbol ? <InText symbol={symbol} /> : name}</span>
                    </Button>
                  </th>
                  <td class={signClass(value)}>
                    {change && !shown.isUpdated ? <small class="nnw-bp-change">{change}</small> : null}
                    <Button
                      class="nnw-bp-value"
                      disabled={!canEditWeights(shown)}
                      data-n={`weight.${name}`}
                      aria-label={`Change ${label}, ${two(value)}`}
                      onClick={(event) => {
                        event.stopPropagation();
                        const cell = event.currentTarget;
                        editing.value = {
                          label: `Weight ${label}`,
                          value,
                          place: {
                            x: cell.offsetLeft + cell.offsetWidth - 32,
                            y: cell.offsetTop + cell.offsetHeight / 2,
                          },
                          set: (next) => shown.setWeight(parameter, next),
                        };
                      }}
                    >
                      {two(value)}
                    </Button>
                  </td>
                  <td
                    class={knows ? signClass(gradient) : ""}
                    data-n={knows ? `row.gradient.${name}` : undefined}
                  >
                    {knows ? precise(gradient, 4, 2) : UNKNOWN}
                  </td>
                  <td
                    class="nnw-2nd"
                    data-n={knows && Number.isFinite(check) ? `row.check.${name}` : undefined}
                  >
                    {knows && Number.isFinite(check) ? precise(check, 4, 2) : UNKNOWN}
                  </td>
                  <td
                    class={shown.isUpdated ? signClass(pass.updated(parameter)) : ""}
                    data-n={shown.isUpdated ? `updated.${name}` : undefined}
                  >
                    {shown.isUpdated ? three(pass.updated(parameter)) : UNKNOWN}
                  </td>
                </tr>
              );
            })}
            {below > 0 ? <tr style={{ height: px(below * ROW) }} /> : null}
          </tbody>
        </table>
        <Field editing={editing} />
      </div>
    </section>
  );
}
