// What the network is given: a word over the input that opens a panel with all there is to choose from.
import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { drawField, sizeCanvas } from "../draw/field";
import { labelParts } from "../draw/formula";
import { Button } from "./button";
import { FieldError } from "./fields";
import { px } from "./geometry";
import { Icon } from "./icon";
import { type Feature, featuresOf } from "./inputs";
import { Head, isTight } from "./layers";
import { useDoor } from "./overlay";
import { Parts } from "./parts";
import { usePlanar } from "./planar";
import { HEAD } from "./planar-geometry";
import { controlShown, Only } from "./shown";
import type { Layout } from "./tiles";

/** Below these distances between layers there is no room for words at the input. */
const COUNT_WORD_PITCH = 92;
/** Beside a stepper, and beside the plain number that takes its place where layers are tight. */
const STANDARDISED_PITCH = 74;
const STANDARDISED_TIGHT_PITCH = 52;
/** Where layers are tight, the middle of the word that opens the panel. */
const TIGHT_MIDDLE = 28;

export function InputHead({ layout }: { layout: Layout }) {
  const { store, geometry } = usePlanar();
  const { isOpen, button, panel } = useDoor("button:not(:disabled)");
  const count = useComputed(() => store.scene.value.data.inputs.length).value;
  const standardised = store.controls.standardise.value.value;
  const middle = layout.heads[0] ?? 0;
  const tight = isTight(layout);
  const terse = layout.pitch < (tight ? STANDARDISED_TIGHT_PITCH : STANDARDISED_PITCH);
  const words = `${count} feature${count === 1 ? "" : "s"}`;

  const choosable = controlShown(store, "features", "standardise");
  const chooser = !choosable ? (
    <div class="nnw-layer-act">{tight ? "" : words}</div>
  ) : (
    <Button
      class="nnw-choose"
      aria-label={`Input: ${words}${standardised ? ", standardised" : ""}`}
      disabled={!store.enabled.value}
      {...button}
    >
      {tight ? "Input" : layout.pitch < COUNT_WORD_PITCH ? count : words}
      <Icon name="down" />
    </Button>
  );
  const errors = (
    <>
      <FieldError control={store.controls.features} />
      <FieldError control={store.controls.standardise} />
    </>
  );
  const bottom = HEAD + geometry.value.plot + 4;
  return (
    <>
      {tight ? (
        <div class="nnw-layer nnw-layer--tight" style={{ left: px(TIGHT_MIDDLE) }}>
          {chooser}
        </div>
      ) : (
        <Head name="Input" x={middle}>
          {chooser}
        </Head>
      )}
      {isOpen ? (
        <section
          class="nnw-features"
          aria-label="Features"
          tabIndex={-1}
          style={{ top: px(HEAD), maxHeight: px(bottom - HEAD + 24) }}
          {...panel}
        >
          <Only control="features">
            <Toggles />
          </Only>
          <Only control="standardise">
            <Standardise />
          </Only>
          {errors}
        </section>
      ) : (
        <div class="nnw-features-errors" style={{ top: px(HEAD) }}>
          {errors}
        </div>
      )}
      {standardised ? (
        <div class="nnw-layer nnw-standardised" style={{ left: px(middle), top: px(bottom) }}>
          {terse ? <abbr title="standardised">std.</abbr> : "standardised"}
        </div>
      ) : null}
    </>
  );
}

function Toggles() {
  const { store } = usePlanar();
  const features = useComputed(() => featuresOf(store.scene.value.data)).value;
  const control = store.controls.features;
  const chosen = new Set(control.value.value);
  const enabled = store.enabled.value;
  const toggle = (name: string) => {
    const now = new Set(control.value.peek()); // newer than what is rendered, after a quick click before
    const wanted = (other: string) => now.has(other) !== (other === name);
    const next = features.map((feature) => feature.name).filter(wanted);
    if (next.length) control.set(next);
  };
  return (
    <div class="nnw-features-grid">
      {features.map((feature) => (
        <Toggle
          key={feature.name}
          feature={feature}
          chosen={chosen.has(feature.name)}
          last={chosen.size === 1 && chosen.has(feature.name)}
          disabled={!enabled}
          onClick={() => toggle(feature.name)}
        />
      ))}
    </div>
  );
}

const PICTURE = 36;

interface ToggleProps {
  feature: Feature;
  chosen: boolean;
  /** The only one that is chosen. */
  last: boolean;
  disabled: boolean;
  onClick(): void;
}

function Toggle({ feature, chosen, last, disabled, onClick }: ToggleProps) {
  const { label, title, named, field } = feature;
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = usePlanar().easel.theme.value;
  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, PICTURE, PICTURE);
    if (!context || !field) return;
    context.clearRect(0, 0, PICTURE, PICTURE);
    drawField(context, field.cells, field.columns, field.rows, 0, 0, PICTURE, PICTURE, theme.tileRamp32);
  }, [field, theme]);
  return (
    <Button
      class="nnw-thumb nnw-feature"
      label={title}
      aria-pressed={chosen}
      data-current={chosen || undefined}
      title={last ? `${title}: the network needs at least one input` : title}
      disabled={disabled || last}
      onClick={onClick}
    >
      <span class="nnw-thumb-pic">
        <canvas ref={canvas} />
      </span>
      <span class="nnw-thumb-name">
        <Parts parts={labelParts(label)} />
      </span>
      {named ? <span class="nnw-feature-column">{title}</span> : null}
    </Button>
  );
}

function Standardise() {
  const { store } = usePlanar();
  const control = store.controls.standardise;
  return (
    <label class="nnw-standardise">
      <input
        class="nnw-check"
        type="checkbox"
        checked={control.value.value}
        disabled={!store.enabled.value}
        onChange={(event) => control.set(event.currentTarget.checked)}
      />
      <span>
        Standardise
        <span class="nnw-2nd nnw-s">mean 0, standard deviation 1 over the training set</span>
      </span>
    </label>
  );
}
