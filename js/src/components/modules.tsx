// A network that is no plain stack of dense layers is shown as the list of its modules, between the plane it
// reads and the map it makes of it.
import { useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Theme } from "../draw/colour";
import { sizeCanvas } from "../draw/field";
import { thousands } from "../draw/format";
import { drawNetwork } from "../draw/network";
import { useView } from "./context";
import { HEAD, px, stageHeight } from "./geometry";
import { LayerHeads } from "./layers";
import { InputLabels } from "./stage";
import { drawTiles, type Layout, layOut } from "./tiles";

/** Between a tile and the list. */
const SPACE = 28;
const WIDEST = 320;
const OUTPUT = {
  name: "Output",
  units: 1,
  activation: "",
  weight: [0, 1, 2] as [number, number, number],
  bias: null,
  scale_fixed: true,
};

/** As in the stylesheet. */
const BOX_HEIGHT = 28;
const BOX_GAP = 6;

interface Box {
  readonly left: number;
  readonly right: number;
  /** The middles of the first and of the last module. */
  readonly first: number;
  readonly last: number;
}

export function ModuleStage() {
  const { store, easel, geometry } = useView();
  const modules = useComputed(() => store.scene.value.network.modules).value;
  const sizes = geometry.value;
  const layout = useMemo(() => layOut([OUTPUT], sizes), [sizes]);
  const box = useMemo(() => boxBetween(layout, modules.length), [layout, modules.length]);
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, layout.canvasWidth, layout.canvasHeight);
    if (!context) return;
    return easel.onPaint((scene, theme) => {
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
  }, [easel, layout, box]);

  return (
    <div class="nnw-stage" style={{ height: px(stageHeight(sizes.plot)) }}>
      <canvas ref={canvas} class="nnw-wires" />
      <LayerHeads layers={[OUTPUT]} layout={layout} editable={false} />
      <InputLabels layout={layout} />
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
          top: px(HEAD),
          width: px(box.right - box.left),
          height: px(sizes.plot),
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
  const room = geometry.height - HEAD;
  // A longer list starts at the top and scrolls.
  const height = Math.min(room, modules * (BOX_HEIGHT + BOX_GAP) - BOX_GAP);
  const reach = (height - BOX_HEIGHT) / 2;
  return {
    left: from + spare,
    right: to - spare,
    first: geometry.middle - reach,
    last: geometry.middle + reach,
  };
}

/** Plain lines: what happens inside a module is not known here, so nothing about it is drawn. */
function drawLinks(
  context: CanvasRenderingContext2D,
  { geometry }: Layout,
  { left, right, first, last }: Box,
  theme: Theme,
): void {
  context.strokeStyle = theme.ink3;
  context.lineWidth = 1;
  context.beginPath();
  for (const { x, y, size } of geometry.nodes[0] ?? []) {
    const start = x + size / 2 + 1;
    const bend = (left - start) / 2;
    context.moveTo(start, y);
    context.bezierCurveTo(start + bend, y, left - bend, first, left, first);
  }
  for (const { x, y, size } of geometry.nodes[1] ?? []) {
    const end = x - size / 2 - 1;
    const bend = (end - right) / 2;
    context.moveTo(right, last);
    context.bezierCurveTo(right + bend, last, end - bend, y, end, y);
  }
  context.stroke();
}
