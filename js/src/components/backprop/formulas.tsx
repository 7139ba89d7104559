// The quantities of a stop, written out: what is computed, from what, and the number that comes out.
import { useRef } from "preact/hooks";
import { branches, gradientLines, stepLines, updateLines, valueLines } from "./chain-lines";
import { Check } from "./check";
import { groupGradientLines, groupLines, tensorGradientLines } from "./layer-lines";
import { type Line, Lines } from "./lines";
import { rowsOf } from "./parameters";
import { partGradientLines, partLines } from "./part-lines";
import { parametersOf, type Quantity, type Shown } from "./state";
import { symbolAt } from "./stops";
import { InText } from "./symbols";

/** What is written of, and how that is called. */
interface Section {
  readonly title: string;
  readonly fact: string;
  readonly lines: readonly Line[];
}

function sectionOf(shown: Shown, remembered: number | null): Section {
  const { pass, step, level } = shown;
  const { phase, kind, index } = step;
  if (phase === "update") {
    const [rule, ...rest] = stepLines(shown);
    const example = remembered === null ? [] : updateLines(shown, remembered, "example");
    return {
      title: "Update",
      fact: "every parameter takes one step against its gradient",
      lines: [...(rule ? [rule] : []), ...example, ...rest],
    };
  }
  const backward = phase === "backward";
  const title = backward ? "Gradient" : "Value";
  const fact = backward ? "of the loss with respect to" : "of";
  if (level === "layer") {
    const lines =
      kind === "parameter"
        ? tensorGradientLines(shown, index)
        : backward
          ? groupGradientLines(shown, index)
          : groupLines(shown, index);
    return { title, fact, lines };
  }
  const part = kind === "part" ? pass.parts[index] : undefined;
  if (part)
    return {
      title,
      fact: "of an operation in",
      lines: backward ? partGradientLines(shown, part) : partLines(shown, part),
    };
  const of: Quantity = { kind: kind === "parameter" ? "parameter" : "value", index };
  return { title, fact, lines: backward ? gradientLines(shown, of) : valueLines(shown, index) };
}

/** The parameter that was looked at last: the update is written with its numbers, and it can be checked. */
function useRemembered(shown: Shown): number | null {
  const { pass, level, step } = shown;
  const last = useRef<number | null>(null);
  const [first] = step.phase === "backward" ? parametersOf(pass, level, step) : [];
  if (first !== undefined) {
    const tensor = pass.tensorOf(first);
    const stays = level === "layer" && last.current !== null && pass.tensorOf(last.current) === tensor;
    if (!stays) last.current = first;
  }
  if (last.current !== null && last.current >= pass.parameterSymbols.length) last.current = null;
  // Who comes at once to the update has all gradients, and has looked at none.
  return last.current ?? (shown.isUpdated ? (rowsOf(pass)[0] ?? null) : null);
}

export function Quantities({ shown }: { shown: Shown }) {
  const { pass, step, level } = shown;
  const remembered = useRemembered(shown);
  const { title, fact, lines } = sectionOf(shown, remembered);
  const symbol = step.phase === "update" ? undefined : symbolAt(pass, level, step);
  return (
    <div class="nnw-bp-quantities">
      <section class="nnw-bp-written" data-level={level} data-branches={branches(pass) || undefined}>
        <div class="nnw-bp-head">
          <h4 class="nnw-h">{title}</h4>
          <span class="nnw-2nd nnw-s">
            {fact} {symbol ? <InText symbol={symbol} /> : null}
          </span>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
        <div class="nnw-bp-lines" role="group" tabIndex={0} aria-label="Formulas">
          <Lines lines={lines} />
        </div>
      </section>
      <Check shown={shown} parameter={remembered} />
    </div>
  );
}
