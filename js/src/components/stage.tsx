// The network, drawn: one canvas for wires and activation maps, with real buttons over it where something
// can be pointed at or changed.
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { clearCanvas } from "../draw/canvas";
import { sizeCanvas } from "../draw/field";
import { labelParts } from "../draw/formula";
import { biasAt, drawLocks } from "../draw/hand";
import { drawNetwork, edgeAt } from "../draw/network";
import type { LayerTrait } from "../generated/protocol";
import { same } from "../model/same";
import { useDerived } from "./context";
import { useDrag } from "./drag";
import { edgeNumbers } from "./edge-values";
import { InputHead } from "./features";
import { findingOf } from "./findings";
import { px, spotIn } from "./geometry";
import { Icon } from "./icon";
import { type Feature, inputsOf } from "./inputs";
import { LayerHeads, LayerSteppers } from "./layers";
import { placeOf, unitName, weightText } from "./names";
import { Parts } from "./parts";
import { type Unit, usePlanar, type WeightPlace } from "./planar";
import { HEAD, stageHeight } from "./planar-geometry";
import { controlShown } from "./shown";
import { drawTiles, type Layout, layOut } from "./tiles";
import { paintWalk } from "./walk";
import { FIELDS_WIDTH, WeightFields } from "./weights";

export function Stage() {
  const { store, easel, geometry, focus, walk, edge, edges, hand } = usePlanar();
  const network = store.network.value;
  const inputs = useComputed(() => inputsOf(store.scene.value.data)).value;
  const { layers } = network;
  const sizes = geometry.value;
  const layout = useMemo(() => layOut(layers, inputs, sizes), [layers, inputs, sizes]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useSignal({ x: 0, y: 0 });
  const hovered = focus.value;
  const shown = edges.value;
  const locks = hand.frozen.value;
  const steps = walk.value?.trace.part("z").length ? walk.value : null;

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, layout.canvasWidth, layout.canvasHeight);
    if (!context) return;
    return easel.onPaint((scene, theme) => {
      // The scene may be ahead of the layout by one rendering.
      if (scene.network.layers !== layers || inputsOf(scene.data) !== inputs) return;
      if (steps && steps.trace.network_version === scene.network.version) {
        paintWalk(context, layout, layers, steps, theme);
        drawLocks(context, layout.geometry, layers, locks, theme);
        return;
      }
      const values = edgeNumbers(scene.frame, shown);
      if (!values) clearCanvas(context);
      else {
        drawNetwork(context, {
          geometry: layout.geometry,
          layers,
          parameters: shown === "weights" ? hand.shown(scene, values.drawn) : values.drawn,
          ...(shown === "weights" ? {} : { numbers: values.numbers }),
          theme,
          hover: hovered && [hovered[0] + 1, hovered[1]],
          lens: layout.lens,
        });
      }
      drawTiles(context, layout, scene, theme);
      if (values) drawLocks(context, layout.geometry, layers, locks, theme);
    });
  }, [easel, layers, inputs, layout, steps, hovered, shown, locks]);

  // What is pointed at may be gone after a change of the network.
  useEffect(() => {
    edge.value = null;
    const unit = focus.peek();
    if (unit && unit[1] >= (layers[unit[0]]?.units ?? 0)) focus.value = null;
  }, [layers]);

  const find = (x: number, y: number): WeightPlace | null => {
    const scene = store.scene.peek();
    const drawn = edgeNumbers(scene.frame, edges.peek())?.drawn;
    if (!drawn) return null;
    const bias = biasAt(layout.geometry, x, y);
    const place: WeightPlace | null = bias && { unit: [bias.layer - 1, bias.unit], input: null };
    if (place && placeOf(scene.network, place) !== null) return place;
    const found = edgeAt(layout.geometry, x, y, drawn, layers);
    return found && { unit: [found.layer - 1, found.to], input: found.from };
  };
  const drag = useDrag(pointer);
  const point = (event: PointerEvent) => {
    const stage = event.currentTarget as HTMLElement;
    const { x, y } = spotIn(stage, event);
    pointer.value = { x, y };
    if (drag.move(event)) return;
    const place = event.target === stage ? find(x, y) : null;
    if (!same(place, edge.peek())) edge.value = place;
  };

  return (
    <div
      class="nnw-stage"
      data-hand={edge.value && hand.able.value ? shown : undefined}
      style={{ height: px(stageHeight(sizes.plot)) }}
      onPointerMove={point}
      onPointerDown={(event) => {
        point(event);
        drag.press(event, edge.peek());
      }}
      onPointerUp={drag.drop}
      onPointerCancel={drag.drop}
      onPointerLeave={() => {
        if (!hand.held.peek()) edge.value = null;
      }}
    >
      <canvas ref={canvas} class="nnw-wires" />
      <InputHead layout={layout} />
      <LayerHeads layers={layers} layout={layout} editable={network.editable} />
      {layout.geometry.nodes.map((nodes, column) =>
        nodes.map(({ unit, x, y, size }) =>
          column ? (
            <Neuron
              key={`${column}.${unit}`}
              layers={layers}
              unit={[column - 1, unit]}
              place={{ x, y, size }}
            />
          ) : (
            <span
              key={unit}
              class="nnw-tile"
              role="img"
              aria-label={`Input ${inputs[unit]?.title}`}
              title={inputs[unit]?.title}
              style={boxAt({ x, y, size })}
            />
          ),
        ),
      )}
      <InputLabels layout={layout} inputs={inputs} />
      {network.editable && controlShown(store, "hidden_layers") ? (
        <LayerSteppers layout={layout} top={HEAD + sizes.plot + 4} />
      ) : null}
      <EdgeTip pointer={pointer} layers={layers} />
      <WeightFields height={HEAD + sizes.plot} />
    </div>
  );
}

/** The names left of the input tiles, where they have room. */
export function InputLabels({ layout, inputs }: { layout: Layout; inputs: readonly Feature[] }) {
  if (!layout.labels) return null;
  return (
    <>
      {layout.geometry.nodes[0]?.map(({ unit, x, y, size }) => (
        <span
          key={unit}
          class="nnw-input-label"
          aria-hidden="true"
          title={inputs[unit]?.title}
          style={{ left: px(x - size / 2), top: px(y), maxWidth: px(x - size / 2) }}
        >
          <Parts parts={labelParts(inputs[unit]?.label ?? "")} />
        </span>
      ))}
    </>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

const boxAt = ({ x, y, size }: Place) => ({
  left: px(x - size / 2),
  top: px(y - size / 2),
  width: px(size),
  height: px(size),
});

interface NeuronProps {
  layers: readonly LayerTrait[];
  unit: Unit;
  place: Place;
}

/** A neuron can be pointed at, to be explained. */
function Neuron({ layers, unit, place }: NeuronProps) {
  const { store, focus, hand } = usePlanar();
  const able = hand.able.value;
  const finding = useDerived(() => findingOf(store.traits._diagnosis.value, unit), [store, ...unit]).value;
  const enter = () => {
    focus.value = unit;
  };
  const leave = () => {
    const now = focus.peek();
    if (now?.[0] === unit[0] && now[1] === unit[1]) focus.value = null;
  };
  return (
    <button
      type="button"
      class="nnw-tile"
      aria-label={unitName(layers, unit)}
      aria-description={finding}
      style={boxAt(place)}
      onPointerEnter={enter}
      onPointerLeave={leave}
      onFocus={enter}
      onBlur={leave}
      aria-haspopup={able ? "dialog" : undefined}
      onClick={() => {
        if (able)
          hand.opened.value = {
            unit,
            x: place.x - place.size / 2 - FIELDS_WIDTH - 8,
            y: place.y - place.size / 2,
          };
      }}
    >
      {finding ? <Icon name="info" /> : null}
    </button>
  );
}

interface EdgeTipProps {
  pointer: ReadonlySignal<{ x: number; y: number }>;
  layers: readonly LayerTrait[];
}

/** The weight at the pointer, as small as can be: its name stands in the footline, where it covers nothing. */
function EdgeTip({ pointer, layers }: EdgeTipProps) {
  const { store, edge, edges, hand } = usePlanar();
  const place = edge.value;
  // Read live: the weight goes on changing under a pointer that rests.
  const weight = useDerived(
    () => (edge.value ? hand.valueAt(store.scene.value, edge.value, edges.value) : null),
    [store, edge, edges, layers],
  ).value;
  if (!place || weight === null || hand.opened.value) return null;
  const { x, y } = pointer.value;
  return (
    <div
      class={place.input === null ? "nnw-tip nnw-tip--below" : "nnw-tip"}
      style={{ left: px(x), top: px(y) }}
    >
      <span class={weight < 0 ? "nnw-neg" : "nnw-pos"}>{weightText(weight, edges.value)}</span>
    </div>
  );
}
