// The network, drawn: one canvas for wires and activation maps, with real buttons over it where something
// can be pointed at or changed.
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { clearCanvas } from "../draw/canvas";
import { sizeCanvas } from "../draw/field";
import { signed } from "../draw/format";
import { drawNetwork, edgeAt } from "../draw/network";
import type { LayerTrait } from "../generated/protocol";
import { same } from "../model/controls";
import { type Unit, useDerived, useView, type WeightPlace } from "./context";
import { HEAD, px, stageHeight } from "./geometry";
import { LayerHeads, LayerSteppers } from "./layers";
import { unitName, weightAt } from "./names";
import { drawTiles, type Layout, layOut } from "./tiles";

export function Stage() {
  const { store, easel, geometry, focus, edge } = useView();
  const network = useComputed(() => store.scene.value.network).value;
  const names = useComputed(() => store.scene.value.data.feature_names).value;
  const { layers } = network;
  const sizes = geometry.value;
  const layout = useMemo(() => layOut(layers, sizes), [layers, sizes]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useSignal({ x: 0, y: 0 });
  const hovered = focus.value;

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, layout.canvasWidth, layout.canvasHeight);
    if (!context) return;
    return easel.onPaint((scene, theme) => {
      // The scene may be ahead of the layout by one rendering.
      if (scene.network.layers !== layers) return;
      const parameters = scene.frame?.parameters;
      if (!parameters?.length) clearCanvas(context);
      else {
        drawNetwork(context, {
          geometry: layout.geometry,
          layers,
          parameters,
          theme,
          hover: hovered && [hovered[0] + 1, hovered[1]],
          lens: layout.lens,
        });
      }
      drawTiles(context, layout, scene, theme);
    });
  }, [easel, layers, layout, hovered]);

  // What is pointed at may be gone after a change of the network.
  useEffect(() => {
    edge.value = null;
    const unit = focus.peek();
    if (unit && unit[1] >= (layers[unit[0]]?.units ?? 0)) focus.value = null;
  }, [layers]);

  const point = (event: PointerEvent) => {
    const parameters = store.scene.peek().frame?.parameters;
    const stage = event.currentTarget as HTMLElement;
    const bounds = stage.getBoundingClientRect();
    const x = event.clientX - bounds.left;
    const y = event.clientY - bounds.top;
    const found =
      event.target === stage && parameters?.length ? edgeAt(layout.geometry, x, y, parameters, layers) : null;
    pointer.value = { x, y };
    const place: WeightPlace | null = found && { unit: [found.layer - 1, found.to], input: found.from };
    if (!same(place, edge.peek())) edge.value = place;
  };

  return (
    <div
      class="nnw-stage"
      style={{ height: px(stageHeight(sizes.plot)) }}
      onPointerMove={point}
      onPointerLeave={() => {
        edge.value = null;
      }}
    >
      <canvas ref={canvas} class="nnw-wires" />
      <LayerHeads layers={layers} layout={layout} editable={network.editable} />
      {layout.geometry.nodes.map((nodes, column) =>
        nodes.map((node) => (
          <Tile
            key={`${column}.${node.unit}`}
            unit={column ? [column - 1, node.unit] : null}
            label={column ? unitName(layers, [column - 1, node.unit]) : `Input ${names[node.unit] ?? ""}`}
            x={node.x}
            y={node.y}
            size={node.size}
          />
        )),
      )}
      <InputLabels layout={layout} />
      {network.editable ? <LayerSteppers layout={layout} top={HEAD + sizes.plot + 4} /> : null}
      <EdgeTip pointer={pointer} layers={layers} />
    </div>
  );
}

export function InputLabels({ layout }: { layout: Layout }) {
  const { store } = useView();
  const names = useComputed(() => store.scene.value.data.feature_names).value;
  return (
    <>
      {layout.geometry.nodes[0]?.map((node) => (
        <span
          key={node.unit}
          class="nnw-input-label"
          aria-hidden="true"
          title={names[node.unit]}
          style={{ left: px(node.x - node.size / 2), top: px(node.y) }}
        >
          <var>x</var>
          <sub>{node.unit + 1}</sub>
        </span>
      ))}
    </>
  );
}

interface TileProps {
  /** None for an input, which has nothing to explain. */
  unit: Unit | null;
  label: string;
  x: number;
  y: number;
  size: number;
}

function Tile({ unit, label, x, y, size }: TileProps) {
  const { focus } = useView();
  const style = { left: px(x - size / 2), top: px(y - size / 2), width: px(size), height: px(size) };
  if (!unit) return <span class="nnw-tile" role="img" aria-label={label} style={style} />;
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
      aria-label={label}
      style={style}
      onPointerEnter={enter}
      onPointerLeave={leave}
      onFocus={enter}
      onBlur={leave}
    />
  );
}

interface EdgeTipProps {
  pointer: ReadonlySignal<{ x: number; y: number }>;
  layers: readonly LayerTrait[];
}

/** The weight at the pointer, as small as can be: its name stands in the footline, where it covers nothing. */
function EdgeTip({ pointer, layers }: EdgeTipProps) {
  const { store, edge } = useView();
  const place = edge.value;
  // Read live: the weight goes on changing under a pointer that rests.
  const weight = useDerived(() => weightAt(store.scene.value, edge.value), [store, edge, layers]).value;
  if (!place || weight === null) return null;
  const { x, y } = pointer.value;
  return (
    <div class="nnw-tip" style={{ left: px(x), top: px(y) }}>
      <span class={weight < 0 ? "nnw-neg" : "nnw-pos"}>{signed(weight, 4)}</span>
    </div>
  );
}
