// A network that is no plain stack of dense layers is shown as the list of its modules, between the plane it
// reads and the map it makes of it.
import { useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Theme } from "../draw/colour";
import { sizeCanvas } from "../draw/field";
import { thousands } from "../draw/format";
import { drawNetwork } from "../draw/network";
import type { LayerTrait } from "../generated/protocol";
import { px } from "./geometry";
import { inputsOf } from "./inputs";
import { Head, LayerHeads } from "./layers";
import { usePlanar } from "./planar";
import { HEAD, stageHeight } from "./planar-geometry";
import { InputLabels } from "./stage";
import { drawTiles, type Layout, layOut } from "./tiles";

/** Between a tile and the list. */
const SPACE = 28;
const WIDEST = 320;
const outputLayer = (units: number): LayerTrait => ({
  name: "Output",
  units,
  activation: "",
  weight: [0, units, 2],
  bias: null,
  scale_fixed: true,
});

/** Height of a row in the stylesheet, and of both borders. */
const ROW = 28;
const BORDERS = 2;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly height: number;
}

export function ModuleStage() {
  const { store, easel, geometry } = usePlanar();
  const { modules, outputs } = store.network.value;
  const inputs = useComputed(() => inputsOf(store.scene.value.data)).value;
  const sizes = geometry.value;
  const layers = useMemo(() => [outputLayer(outputs)], [outputs]);
  const layout = useMemo(() => layOut(layers, inputs, sizes), [layers, inputs, sizes]);
  const box = useMemo(() => boxBetween(layout, modules.length), [layout, modules.length]);
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, layout.canvasWidth, layout.canvasHeight);
    if (!context) return;
    return easel.onPaint((scene, theme) => {
      if (inputsOf(scene.data) !== inputs) return;
      drawNetwork(context, {
        geometry: { ...layout.geometry, edges: [] },
        layers: [],
        parameters: new Float32Array(),
        theme,
        hover: null,
        lens: layout.lens,
      });
      drawLinks(context, layout, box, theme);
      drawTiles(context, layout, scene, theme);
    });
  }, [easel, inputs, layout, box]);

  return (
    <div class="nnw-stage" style={{ height: px(stageHeight(sizes.plot)) }}>
      <canvas ref={canvas} class="nnw-wires" />
      <Head name="Input" x={layout.heads[0] ?? 0} />
      <LayerHeads layers={layers} layout={layout} editable={false} />
      <InputLabels layout={layout} inputs={inputs} />
      <div class="nnw-modules-head" style={{ left: px(box.left), width: px(box.right - box.left) }}>
        <span>Modules</span>
        <span>parameters</span>
      </div>
      <ol
        class="nnw-modules"
        aria-label="Modules"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long list must scroll by keyboard
        tabIndex={0}
        style={{
          left: px(box.left),
          top: px(box.top),
          width: px(box.right - box.left),
          height: px(box.height),
        }}
      >
        {modules.map((module) => (
          <li key={module.name} class="nnw-module">
            <span>
              <b>{module.type}</b> {module.detail}
            </span>
            <span class="nnw-2nd nnw-s" title={`${module.name}: ${thousands(module.parameters)} parameters`}>
              {module.parameters ? thousands(module.parameters) : ""}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function boxBetween({ geometry }: Layout, modules: number): Box {
  const input = geometry.nodes[0]?.[0];
  const output = geometry.nodes[1]?.[0];
  const from = (input?.x ?? 0) + (input?.size ?? 0) / 2 + SPACE;
  const to = (output?.x ?? geometry.width) - (output?.size ?? 0) / 2 - SPACE;
  const spare = Math.max(0, to - from - WIDEST) / 2;
  // A list with more rows than there is room for scrolls.
  const height = Math.min(geometry.height - HEAD, modules * ROW + BORDERS);
  return { left: from + spare, right: to - spare, top: geometry.middle - height / 2, height };
}

/** Plain lines to the list as a whole: how its modules hang together is not known, so it is not drawn. */
function drawLinks(
  context: CanvasRenderingContext2D,
  { geometry }: Layout,
  { left, right }: Box,
  theme: Theme,
): void {
  const { middle, nodes } = geometry;
  context.strokeStyle = theme.ink3;
  context.lineWidth = 1;
  context.beginPath();
  for (const { x, y, size } of nodes[0] ?? []) {
    const start = x + size / 2 + 1;
    const bend = (left - start) / 2;
    context.moveTo(start, y);
    context.bezierCurveTo(start + bend, y, left - bend, middle, left, middle);
  }
  for (const { x, y, size } of nodes[1] ?? []) {
    const end = x - size / 2 - 1;
    const bend = (end - right) / 2;
    context.moveTo(right, middle);
    context.bezierCurveTo(right + bend, middle, end - bend, y, end, y);
  }
  context.stroke();
}
