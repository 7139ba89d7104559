// Softmax: logits to drag, what becomes of them, and what the loss makes of that.
import { naiveSoftmax } from "../../concepts/softmax";
import { fixed, thousands, tickLabel } from "../../draw/format";
import { probabilityText, shortened, three } from "../explorer/numbers";
import { Presets } from "../explorer/presets";
import { Sheet, TryThis } from "../explorer/sheet";
import { Segmented, Select, Slider, Stepper } from "../fields";
import type { Scale } from "../scales";
import { listed, SoftmaxFormulas } from "./formulas";
import { LossPlot } from "./loss-plot";
import { Rows, rowsHeight } from "./rows";
import { FEWEST_CLASSES, frameOf, MOST_CLASSES, type SoftmaxState, useSoftmax } from "./state";

export function SoftmaxApp() {
  const of = useSoftmax();
  return (
    <Sheet title="Softmax" fact="logits to probabilities to loss" class="nnw-softmax">
      <div class="nnw-softmax-stage">
        <Rows of={of} />
        <LossPlot of={of} height={Math.min(rowsHeight(of.logits.length), 320)} />
      </div>
      <Controls of={of} />
      <SoftmaxFormulas of={of} />
      <Try of={of} />
    </Sheet>
  );
}

/** Powers of ten from 0.1 to 10, to two digits. */
const TEMPERATURES: Scale<number> = {
  min: -1,
  max: 1,
  step: 0.02,
  stops: 2,
  toPosition: Math.log10,
  fromPosition: (position) => Number((10 ** position).toPrecision(2)),
  text: (value) => fixed(value, 2),
};

const OFFSETS = [-1000, 0, 100, 1000].map((value) => ({
  name: String(value),
  label: value > 0 ? `+${tickLabel(value, 1)}` : tickLabel(value, 1),
}));
/** More classes than have room side by side are a list. */
const SIDE_BY_SIDE = 4;

function Controls({ of }: { of: SoftmaxState }) {
  const { store, logits, names, target, offset } = of;
  const choices = names.map((name, index) => ({ name: String(index), label: shortened(name, 16) }));
  const choose = (name: string) => store.set({ target: Number(name) });
  const step = (change: 1 | -1) => {
    const next = change > 0 ? [...logits, 0] : logits.slice(0, -1);
    store.set({ logits: next, target: Math.min(target, next.length - 1) });
  };
  return (
    <>
      <div class="nnw-controls">
        <Slider label="Temperature T" control={store.controls.temperature} scale={TEMPERATURES} />
        <div class="nnw-labelled">
          <span>True class</span>
          {choices.length <= SIDE_BY_SIDE ? (
            <Segmented label="True class" choices={choices} chosen={[String(target)]} onChoose={choose} />
          ) : (
            <Select
              label="True class"
              choices={choices}
              control={{ ...store.controls.target, value: { value: String(target) }, set: choose } as never}
            />
          )}
        </div>
        <Stepper
          value={logits.length}
          range={[FEWEST_CLASSES, MOST_CLASSES]}
          less="One class less"
          more="One more class"
          onStep={step}
        >
          <span class="nnw-step-name">Classes</span>
        </Stepper>
        <div class="nnw-labelled">
          <span>Added to every logit</span>
          <Segmented
            label="Added to every logit"
            choices={OFFSETS}
            chosen={[String(offset)]}
            onChoose={(name) => store.set({ offset: Number(name) })}
          />
        </div>
      </div>
      <div class="nnw-controls">
        <div class="nnw-labelled">
          <span>Examples</span>
          <Presets label="Examples" />
        </div>
      </div>
    </>
  );
}

function Try({ of }: { of: SoftmaxState }) {
  const { store, logits, temperature, target, offset, p, loss, gradient, naive } = of;
  const names = of.names.map((name) => shortened(name, 16));
  if (naive.isBroken) return <Broken of={of} />;
  if (p[target] === 0) {
    return (
      <TryThis lead="p is 0 here, and −ln 0 is ∞." action={null}>
        It is too small for any float. Log-softmax never makes p of it: the loss is {three(loss)}.
      </TryThis>
    );
  }
  const strongest = p.indexOf(Math.max(...p));
  if (strongest !== target && loss > 1.5) {
    const descend = () =>
      store.set({
        logits: logits.map((logit, index) => Number((logit - (gradient[index] as number)).toFixed(2))),
      });
    return (
      <TryThis lead="Confident and wrong." action={{ label: "Take that step", press: descend }}>
        A step of gradient descent, learning rate 1, lifts {names[target]} by{" "}
        {three(0 - (gradient[target] as number))} and lowers {names[strongest]} by{" "}
        {three(gradient[strongest] as number)}.
      </TryThis>
    );
  }
  if (temperature < 0.5) {
    return (
      <TryThis
        lead={`T = ${fixed(temperature, 2)}:`}
        action={{ label: "T = 1", press: () => store.set({ temperature: 1 }) }}
      >
        {names[strongest]} takes {probabilityText(p[strongest] as number).replace(">", "more than")}. Towards
        0 the largest logit takes all; at T = 10 the classes are nearly alike.
      </TryThis>
    );
  }
  const amount =
    [100, 1000, 10_000].find((each) => naiveSoftmax(logits, temperature, offset + each).isBroken) ?? 1000;
  const said = thousands(amount);
  return (
    <TryThis
      lead="Try this:"
      action={{ label: `Add ${said} to all`, press: () => store.set({ offset: offset + amount }) }}
    >
      add {said} to every logit. In float32 the formula as it is written then gives{" "}
      {verdict(naiveSoftmax(logits, temperature, offset + amount).probabilities)}.
    </TryThis>
  );
}

const FEW = 3;

/** All numbers where they are few, else how many of them are none. */
function verdict(probabilities: readonly number[]): string {
  if (probabilities.length <= FEW) return listed(probabilities);
  const broken = probabilities.filter(Number.isNaN).length;
  return broken === probabilities.length
    ? `nan, ${broken} times`
    : `nan for ${broken} of ${probabilities.length}`;
}

function Broken({ of: { store, logits, offset, temperature, naive, p } }: { of: SoftmaxState }) {
  const largest = (Math.max(...logits) + offset) / temperature;
  const { base } = frameOf(logits);
  const away = offset || base || Math.max(...logits);
  const press = () =>
    store.set(offset ? { offset: 0 } : { logits: logits.map((logit) => Number((logit - away).toFixed(2))) });
  const label = `${away < 0 ? "Add" : "Take"} ${thousands(Math.abs(away))}${away < 0 ? "" : " away"}`;
  const isAbove = Number.isFinite(naive.total) === false;
  return (
    <TryThis lead={`In float32, as written: ${verdict(naive.probabilities)}.`} action={{ label, press }}>
      {isAbove ? (
        <>
          e<sup>{fixed(largest, 0)}</sup> overflows: e<sup>88.7</sup> is the largest.
        </>
      ) : (
        <>
          Every e<sup>z/T</sup> is rounded to 0, and 0/0 is no number.
        </>
      )}{" "}
      With the largest logit taken away first, {p.length > FEW ? "all is as it was" : `it stays ${listed(p)}`}
      .
    </TryThis>
  );
}
