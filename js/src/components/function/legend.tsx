// What the marks of the plot mean, as switches where something can be left out; and what can be read off it.
import { type Signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { fixed, signed, thousands } from "../../draw/format";
import { rowOf, valueAt } from "../../draw/function-plot";
import { Button } from "../button";
import { piecesOf, readData, rmse } from "./picture";
import { type Shown, useFunctions } from "./view";

/** Beside the title: how far off the fit is, or what is at the x that is pointed at. */
export function Note({ at }: { at: Signal<number | null> }) {
  const { store, adding } = useFunctions();
  const text = useComputed(() => {
    const scene = store.scene.value;
    const x = at.value;
    if (x === null) {
      const error = rmse(scene);
      return error === null ? "" : `root mean square error ${fixed(error, 3)}`;
    }
    const { data, frame } = scene;
    const { target } = readData(data);
    const value = (values: Float32Array) => fixed(valueAt(values, data.domain, x), 3);
    const parts = [`x = ${fixed(x, 2)}`];
    if (target) parts.push(`function ${value(target)}`);
    const pieces = piecesOf(scene);
    const added = adding.value;
    if (pieces && added !== null) parts.push(`sum ${value(rowOf(pieces.sums, added, pieces.units + 1))}`);
    else if (frame?.fit.length) parts.push(`fit ${value(frame.fit)}`);
    return parts.join(" · ");
  });
  return <>{text}</>;
}

const line = (dash: string | undefined, width: number, colour: string) => (
  <path d="M0 5h22" stroke={colour} stroke-width={width} stroke-dasharray={dash} fill="none" />
);

const DOTS = {
  train: <circle cx="5" cy="5" r="3" fill="var(--nnw-ink-2)" />,
  test: <circle cx="5" cy="5" r="3" fill="var(--nnw-bg)" stroke="var(--nnw-ink-2)" stroke-width="1.5" />,
  errors: <path d="M5 0v10" stroke="var(--nnw-ink-2)" stroke-width="1.25" />,
};

const Mark = ({ width, children }: { width: number; children: JSX.Element }) => (
  <svg width={width} height="10" aria-hidden="true">
    {children}
  </svg>
);

export function Chips() {
  const { store, shown } = useFunctions();
  const { n_train, n_test } = store.data.value;
  const now = shown.value;
  const chip = (name: keyof Shown, text: string, mark: JSX.Element, width = 10) => (
    <Button
      class="nnw-chip"
      aria-pressed={now[name]}
      onClick={() => {
        shown.value = { ...now, [name]: !now[name] };
      }}
    >
      <Mark width={width}>{mark}</Mark>
      {text}
    </Button>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class="nnw-fit-chips" role="group" aria-label="Shown on the plot">
      <span class="nnw-fit-chip">
        <Mark width={22}>{line(undefined, 2.5, "var(--nnw-ink)")}</Mark>
        fit
      </span>
      {chip("target", "function", line("6 4", 1.5, "var(--nnw-ink-2)"), 22)}
      {chip("train", `train ${thousands(n_train)}`, DOTS.train)}
      {n_test ? chip("test", `test ${thousands(n_test)}`, DOTS.test) : null}
      {chip("errors", "errors", DOTS.errors)}
    </div>
  );
}

/** The colour of a number with its sign; none of one that is rounded to nothing. */
export const signClass = (text: string) =>
  /[1-9]/.test(text) ? (text.startsWith("+") ? "nnw-pos" : "nnw-neg") : "nnw-2nd";

/** Over the pieces: what they are, and what is added to them. */
export function PiecesWords() {
  const { store } = useFunctions();
  const bias = useComputed(() => store.scene.value.frame?.pieces?.bias ?? null).value;
  const absent = useComputed(() => store.scene.value.frame?.pieces === null).value;
  if (absent) return <span class="nnw-2nd">contributions: none of this network</span>;
  const text = signed(bias, 2);
  return (
    <>
      <span>
        <b>Contributions</b> <span class="nnw-2nd">one per neuron; their sum + bias = fit</span>
      </span>
      <span class="nnw-2nd nnw-end">
        bias{" "}
        <span class={signClass(text)} data-n="bias">
          {text}
        </span>
      </span>
    </>
  );
}
