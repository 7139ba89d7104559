// The output zone: what the network makes of every point of the plane, under the points it learned from.
// While a hidden neuron is pointed at, the map shows what that neuron makes of it.
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { rampCss } from "../draw/colour";
import { sizeCanvas } from "../draw/field";
import { significant, thousands } from "../draw/format";
import { countWrong } from "../draw/points";
import { readTriples } from "../model/binary";
import { PlaneAxes } from "./axes";
import { type Unit, useDerived, useView } from "./context";
import { px } from "./geometry";
import { mapOf, paintMap, type Shown } from "./map";
import { unitName } from "./names";

export function OutputZone() {
  const { store, easel, geometry, focus } = useView();
  const data = useComputed(() => store.scene.value.data).value;
  const layers = useComputed(() => store.scene.value.network.layers).value;
  const size = geometry.value.plot;
  const theme = easel.theme.value;
  const shown = useSignal<Shown>({ train: true, test: true, wrong: true });
  const wrong = useSignal(0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const points = useMemo(() => readTriples(data.points), [data]);
  const unit = hiddenOnly(focus.value, layers.length);
  const visible = shown.value;

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, size, size);
    if (!context) return;
    return easel.onPaint((scene, colours) => {
      if (scene.data !== data) return;
      wrong.value = countWrong(scene.frame?.wrong ?? null, data.shown_train + data.shown_test);
      paintMap(context, { scene, points, unit, shown: visible, size, theme: colours });
    });
  }, [easel, data, points, size, unit, visible]);

  return (
    <section class="nnw-out" aria-label="Output">
      <div class="nnw-titlerow">
        <h3 class="nnw-h">Output</h3>
        <span class="nnw-2nd nnw-s">{unit ? unitName(layers, unit) : "decision map"}</span>
      </div>
      <Ramp unit={unit} colours={useMemo(() => gradient(theme.fieldRamp), [theme])} />
      <div class="nnw-plot" style={{ width: px(size), height: px(size + 24) }}>
        <canvas ref={canvas} role="img" aria-label={`Map over ${data.feature_names.join(" and ")}`} />
        <PlaneAxes data={data} size={size} />
      </div>
      <Chips shown={shown.value} wrong={wrong} onChange={(next) => (shown.value = next)} />
    </section>
  );
}

const GRADIENT_STOPS = 17;

function gradient(ramp: Uint8ClampedArray): string {
  const stops = Array.from({ length: GRADIENT_STOPS }, (_, stop) =>
    rampCss(ramp, (2 * stop) / (GRADIENT_STOPS - 1) - 1),
  );
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

const hiddenOnly = (unit: Unit | null, layers: number) => (unit && unit[0] < layers - 1 ? unit : null);

/** The colour legend; a neuron without fixed bounds has its own largest value at the ends. */
function Ramp({ unit, colours }: { unit: Unit | null; colours: string }) {
  const { store } = useView();
  const ends = useDerived(() => {
    if (!unit) return ["0", "0.5", "1"];
    const scale = mapOf(store.scene.value, unit)?.scale ?? 1;
    return [significant(-scale, 2), "0", significant(scale, 2)];
  }, [unit]);
  return (
    <div class="nnw-ramp">
      <span>{unit ? "activation" : `P(${className(store.scene.peek().data.class_names[1])})`}</span>
      <div class="nnw-ramp-bar" style={{ background: colours }} />
      <div class="nnw-ramp-ticks">
        {ends.value.map((text, index) => (
          <span key={index}>{text}</span>
        ))}
      </div>
    </div>
  );
}

const className = (name: string) => (/^\d+$/.test(name) ? `class ${name}` : name);

interface ChipsProps {
  shown: Shown;
  wrong: ReadonlySignal<number>;
  onChange(shown: Shown): void;
}

const MARKS = {
  train: <circle cx="6.5" cy="6.5" r="3.6" fill="var(--nnw-ink-2)" />,
  test: <circle cx="6.5" cy="6.5" r="3.5" fill="none" stroke="var(--nnw-ink-2)" stroke-width="1.5" />,
  wrong: (
    <>
      <circle cx="6.5" cy="6.5" r="2.4" fill="var(--nnw-ink-2)" />
      <circle cx="6.5" cy="6.5" r="5.6" fill="none" stroke="var(--nnw-ink)" stroke-width="1.25" />
    </>
  ),
};

/** What the marks mean, and at the same time the switches that show and hide them. */
function Chips({ shown, wrong, onChange }: ChipsProps) {
  const { store } = useView();
  const counts = useComputed(() => {
    const { n_train, n_test } = store.scene.value.data;
    return { train: thousands(n_train), test: thousands(n_test) };
  }).value;
  const misclassified = useComputed(() => thousands(wrong.value));
  const chip = (kind: keyof Shown, word: string, count: string | ReadonlySignal<string>) => (
    <button
      type="button"
      class="nnw-chip"
      aria-pressed={shown[kind]}
      onClick={() => onChange({ ...shown, [kind]: !shown[kind] })}
    >
      <svg width="13" height="13" viewBox="0 0 13 13" aria-hidden="true">
        {MARKS[kind]}
      </svg>
      <span>
        {word} {count}
      </span>
    </button>
  );
  return (
    <div class="nnw-points">
      {chip("train", "train", counts.train)}
      {counts.test === "0" ? null : chip("test", "test", counts.test)}
      {/* Three switches leave no room for the long word. */}
      {chip("wrong", counts.test === "0" ? "misclassified" : "wrong", misclassified)}
    </div>
  );
}
