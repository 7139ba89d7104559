// The function zone: which function is learned, where, from how many samples, and how noisy they are.
import { computed, signal, useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sizeCanvas } from "../../draw/canvas";
import { thousands } from "../../draw/format";
import type { FunctionChoiceTrait } from "../../generated/protocol";
import { readTriples } from "../../model/binary";
import type { Control } from "../../model/controls";
import { Button } from "../button";
import { NumberField, Slider } from "../fields";
import { Fold } from "../fold";
import { Icon } from "../icon";
import { TitleRow } from "../panel";
import { BatchRow, NoiseRow, noiseText, SeedRow, ShareRow } from "../sample-rows";
import { linearScale } from "../scales";
import { Only } from "../shown";
import { ExpressionField } from "./expression";
import { useFunctions } from "./view";

export function FunctionZone() {
  const { store } = useFunctions();
  const { traits, controls } = store;
  const data = traits._data.value;
  const enabled = store.enabled.value;
  const summary = useComputed(() => {
    const { label, n_train, n_test } = traits._data.value;
    return `${label}, ${thousands(n_train + n_test)} samples, noise ${noiseText(traits.noise.value)}`;
  });
  return (
    <Fold class="nnw-fold--data" title="Function" summary={summary}>
      <section class="nnw-data" aria-label="Function">
        <TitleRow title="Function" note={data.label} />
        <div>
          <div class="nnw-thumbs">
            <Only control="function">
              {traits._choices.value.functions.map((choice) => (
                <Thumbnail key={choice.name} choice={choice} disabled={!enabled} />
              ))}
            </Only>
            <Only control="draw">
              <DrawThumbnail disabled={!enabled} />
            </Only>
          </div>
          <Only control="function">
            <ExpressionField disabled={!enabled} />
          </Only>
        </div>
        <div class="nnw-sliders">
          <Only control="domain">
            <DomainRow disabled={!enabled} />
          </Only>
          <Samples />
          <Only control="standardise">
            <label class="nnw-inline nnw-s nnw-scale-x">
              <input
                class="nnw-check"
                type="checkbox"
                aria-label="Standardise x"
                title="Shift and scale x to mean 0 and deviation 1 before the network gets it"
                checked={controls.standardise.value.value}
                disabled={!enabled}
                onChange={(event) => controls.standardise.set(event.currentTarget.checked)}
              />
              <span class="nnw-2nd">
                Standardise <var>x</var>
              </span>
            </label>
          </Only>
          <SeedRow control={controls.data_seed} dice="Draw other samples" disabled={!enabled} />
        </div>
      </section>
    </Fold>
  );
}

function Samples() {
  const { store } = useFunctions();
  const { traits, controls } = store;
  const { limits } = traits._choices.value;
  const disabled = !store.enabled.value;
  const [fewest, most] = limits.n_samples;
  const samples = useMemo(() => linearScale([fewest, most], 5, thousands), [fewest, most]);
  return (
    <>
      <div class="nnw-pair">
        <Only control="n_samples">
          <Slider label="Samples" control={controls.n_samples} scale={samples} disabled={disabled} />
        </Only>
        <NoiseRow control={controls.noise} range={limits.noise} disabled={disabled} />
      </div>
      <div class="nnw-pair">
        <ShareRow control={controls.test_share} disabled={disabled} />
        <BatchRow
          control={controls.batch_size}
          smallest={limits.batch_size[0]}
          most={store.data.value.n_train}
          disabled={disabled}
        />
      </div>
    </>
  );
}

/** The ends of the domain, each as a control of its own; what is refused is said once, at the one that was changed. */
function useEnds(): [Control<number>, Control<number>] {
  const { domain } = useFunctions().store.controls;
  return useMemo(() => {
    const changed = signal(0);
    const end = (index: 0 | 1): Control<number> => ({
      ...domain,
      value: computed(() => domain.value.value[index]),
      error: computed(() => (changed.value === index ? domain.error.value : null)),
      set(value) {
        changed.value = index;
        const [low, high] = domain.value.peek();
        domain.set(index ? [low, value] : [value, high]);
      },
      fail(reason) {
        changed.value = index;
        domain.fail(reason);
      },
    });
    return [end(0), end(1)];
  }, [domain]);
}

function DomainRow({ disabled }: { disabled: boolean }) {
  const [least, greatest] = useEnds();
  return (
    <div class="nnw-domain">
      <span class="nnw-2nd nnw-s">
        <var>x</var> from
      </span>
      <NumberField label="Least x" control={least} disabled={disabled} />
      <span class="nnw-2nd nnw-s">to</span>
      <NumberField label="Greatest x" control={greatest} disabled={disabled} />
    </div>
  );
}

const BORDER = 4;

function Thumbnail({ choice, disabled }: { choice: FunctionChoiceTrait; disabled: boolean }) {
  const { store, sketch } = useFunctions();
  const values = useMemo(() => readTriples(choice.values), [choice]);
  const chosen = store.controls.function.value.value === choice.name && !sketch.on.value;
  return (
    <Button
      class="nnw-thumb"
      title={choice.expression}
      aria-pressed={chosen}
      data-current={chosen || undefined}
      disabled={disabled}
      onClick={() => {
        sketch.leave();
        store.controls.function.set(choice.name);
      }}
    >
      <span class="nnw-thumb-pic">
        <Picture values={values} />
      </span>
      <span class="nnw-thumb-name">{choice.label}</span>
    </Button>
  );
}

/** Leads into drawing a function and out of it; shows the drawing once there is one. */
function DrawThumbnail({ disabled }: { disabled: boolean }) {
  const { store, sketch } = useFunctions();
  const data = store.traits._data.value;
  const on = sketch.on.value;
  const values = useMemo(() => {
    if (!data.drawn || !data.target) return null;
    const [low, high] = data.value_range;
    return readTriples(data.target).map((value) => (value - low) / (high - low || 1));
  }, [data]);
  return (
    <Button
      ref={sketch.door}
      class="nnw-thumb"
      title="Draw a function of your own"
      aria-pressed={on}
      data-current={on || data.drawn || undefined}
      disabled={disabled}
      onClick={on ? sketch.leave : sketch.enter}
    >
      <span class="nnw-thumb-pic">{values ? <Picture values={values} /> : <Icon name="pencil" />}</span>
      <span class="nnw-thumb-name">draw</span>
    </Button>
  );
}

const INSET = 5;

/** A function in small; its values are from 0 to 1. */
function Picture({ values }: { values: Float32Array }) {
  const { easel, geometry } = useFunctions();
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = geometry.value.thumbnail - BORDER;
  const theme = easel.theme.value;
  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, size, size);
    if (!context) return;
    context.clearRect(0, 0, size, size);
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    const inner = size - 2 * INSET;
    values.forEach((value, index) => {
      context.lineTo(INSET + (index / (values.length - 1)) * inner, INSET + (1 - value) * inner);
    });
    context.stroke();
  }, [values, size, theme]);
  return <canvas ref={canvas} />;
}
