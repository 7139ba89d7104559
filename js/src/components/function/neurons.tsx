// The neurons of the last hidden layer, each as the curve that it gives to the sum; and how many there are.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sizeCanvas } from "../../draw/canvas";
import { signed, thousands } from "../../draw/format";
import { drawTiles, planTiles, type TilePlan, tileAt } from "../../draw/function-tiles";
import { partOf } from "../../model/controls";
import { useDerived } from "../context";
import { Select } from "../fields";
import { findingOf } from "../findings";
import { px } from "../geometry";
import { LayersStepper, NeuronsStepper } from "../hidden-steppers";
import { Icon } from "../icon";
import { TitleRow } from "../panel";
import { controlShown } from "../shown";
import { signClass } from "./legend";
import { createScales, outputWeights, piecesOf } from "./picture";
import { Readout } from "./readout";
import { useFunctions } from "./view";

/** Units of a hidden layer that is added to a network without one. */
const FIRST_UNITS = 8;
/** Height of what is set of one layer. */
const LAYER_ROW = 28;
/** More have no room; their neurons are set from Python. */
const MOST_ROWS = 4;

export function NeuronsZone() {
  const { store, geometry } = useFunctions();
  const network = store.network.value;
  const { limits } = store.traits._choices.value;
  const control = store.controls.hidden_layers;
  const sizes = control.value.value;
  const editable = network.editable && controlShown(store, "hidden_layers");
  const rows = editable ? Math.max(1, Math.min(MOST_ROWS, sizes.length)) : 0;
  const { tilesHeight } = geometry.value;
  return (
    <section class="nnw-neurons" aria-label="Neurons">
      <TitleRow title="Neurons" note={`${thousands(network.parameter_count)} parameters`}>
        {editable ? (
          <span class="nnw-end">
            <LayersStepper
              control={control}
              range={limits.layers}
              first={FIRST_UNITS}
              disabled={!store.enabled.value}
            >
              <span class="nnw-step-name">layers</span>
            </LayersStepper>
          </span>
        ) : null}
      </TitleRow>
      {editable ? (
        <div style={{ height: px(rows * LAYER_ROW) }}>
          {sizes.slice(0, MOST_ROWS).map((_, layer) => (
            <LayerRow key={layer} layer={layer} layers={sizes.length} />
          ))}
        </div>
      ) : null}
      <Tiles height={tilesHeight - rows * LAYER_ROW} />
      <Readout />
    </section>
  );
}

function LayerRow({ layer, layers }: { layer: number; layers: number }) {
  const { store } = useFunctions();
  const { activations, limits } = store.traits._choices.value;
  const disabled = !store.enabled.value;
  const { hidden_layers, activation } = store.controls;
  const part = useMemo(() => partOf(activation, layer, layers), [activation, layer, layers]);
  const name = `Hidden ${layer + 1}`;
  return (
    <div class="nnw-layer-row">
      <span class="nnw-2nd nnw-s">{name}</span>
      {controlShown(store, "activation") ? (
        <Select
          quiet
          label={`Activation of ${name}`}
          control={part}
          choices={activations}
          disabled={disabled}
        />
      ) : (
        <span class="nnw-s">{part.value.value}</span>
      )}
      <span class="nnw-end">
        <NeuronsStepper control={hidden_layers} range={limits.neurons} layer={layer} disabled={disabled}>
          <span class="nnw-step-name">neurons</span>
        </NeuronsStepper>
      </span>
    </div>
  );
}

function Tiles({ height }: { height: number }) {
  const { store, easel, geometry, unit, adding, hovered } = useFunctions();
  const width = geometry.value.tiles;
  const units = useComputed(() => store.scene.value.frame?.pieces?.units ?? 0).value;
  const plan = useMemo(() => planTiles(width, height, units), [width, height, units]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const dead = useSignal("");
  const place = useSignal(0);

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, width, height);
    if (!context) return;
    const scales = createScales();
    return easel.onPaint((scene, theme) => {
      const pieces = piecesOf(scene);
      context.clearRect(0, 0, width, height);
      if (pieces?.units !== units) return;
      const { reach } = scales(scene, false);
      const silent = Array.from({ length: units }, (_, index) => isSilent(pieces.values, units, index));
      dead.value = silent.flatMap((is, index) => (is ? [index] : [])).join();
      drawTiles(context, { ...pieces, plan, reach, dead: silent }, theme);
    });
  }, [easel, width, height, units, plan, dead]);

  const silent = dead.value ? dead.value.split(",").map(Number) : [];
  const added = adding.value;
  const now = unit.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div
      class="nnw-function-tiles"
      role="group"
      aria-label="Contributions of the neurons"
      style={{ height: px(height) }}
      onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: plan.columns, ArrowUp: -plan.columns }[
          event.key
        ];
        if (by === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
        const next = place.peek() + by;
        if (next >= 0 && next < units) {
          place.value = next;
          event.currentTarget.querySelectorAll("button")[next]?.focus();
        }
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerLeave={() => {
        hovered.value = null;
      }}
    >
      <canvas ref={canvas} />
      {Array.from({ length: units }, (_, index) => (
        <Tile
          key={index}
          index={index}
          plan={plan}
          dead={silent.includes(index)}
          faded={added !== null && index >= added}
          current={now === index}
          tabbable={Math.min(place.value, units - 1) === index}
          onFocus={() => {
            place.value = index;
          }}
        />
      ))}
    </div>
  );
}

/** Whether a neuron gives next to nothing anywhere. */
function isSilent(values: Float32Array, units: number, index: number): boolean {
  const places = values.length / units;
  return values.subarray(index * places, (index + 1) * places).every((value) => Math.abs(value) < 1e-7);
}

interface TileProps {
  index: number;
  plan: TilePlan;
  dead: boolean;
  faded: boolean;
  current: boolean;
  tabbable: boolean;
  onFocus(): void;
}

function Tile({ index, plan, dead, faded, current, tabbable, onFocus }: TileProps) {
  const { store, hovered, chosen } = useFunctions();
  const { x, y } = tileAt(plan, index);
  const { width, height, labels } = plan;
  const weight = useDerived(
    () => (labels ? (outputWeights(store.scene.value)[index] ?? null) : null),
    [store, labels, index],
  );
  const text = useDerived(() => (weight.value === null ? "" : signed(weight.value, 2)), [weight]);
  const sign = useDerived(() => signClass(text.value), [text]);
  const enter = () => {
    hovered.value = index;
  };
  const leave = () => {
    if (hovered.peek() === index) hovered.value = null;
  };
  const isChosen = chosen.value === index;
  const finding = useDerived(
    () => findingOf(store.traits._diagnosis.value, [store.network.value.layers.length - 2, index]),
    [store, index],
  ).value;
  return (
    <>
      <button
        type="button"
        class="nnw-tile"
        aria-label={`Neuron ${index + 1}${dead ? ", dead" : ""}`}
        aria-description={finding}
        aria-pressed={isChosen}
        data-current={current || undefined}
        data-faded={faded || undefined}
        tabIndex={tabbable ? 0 : -1}
        style={{ left: px(x), top: px(y), width: px(width), height: px(height) }}
        onPointerEnter={enter}
        onPointerLeave={leave}
        onFocus={() => {
          onFocus();
          enter();
        }}
        onBlur={leave}
        onClick={() => {
          chosen.value = isChosen ? null : index;
        }}
      >
        {finding ? <Icon name="info" /> : null}
        {dead && width > 34 ? <span class="nnw-dead">dead</span> : null}
      </button>
      {labels ? (
        <span
          class="nnw-tile-label"
          data-faded={faded || undefined}
          aria-hidden="true"
          style={{ left: px(x), top: px(y + height), width: px(width) }}
        >
          <span class={sign}>{text}</span>
        </span>
      ) : null}
    </>
  );
}
