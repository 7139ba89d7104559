// Hidden space: how a layer bends the plane, so that the next one can separate the classes with straight lines.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sizeCanvas } from "../draw/field";
import { percent } from "../draw/format";
import { type Box, boxFor, drawSpace, type Turn } from "../draw/space";
import type { NetworkTrait } from "../generated/protocol";
import { readTriples } from "../model/binary";
import { SPACES, type SpaceParts } from "../model/space";
import { Button } from "./button";
import { useDerived } from "./context";
import { Segmented } from "./fields";
import { labelsOf } from "./map";
import { usePainting } from "./painting";
import { PanelHead } from "./panel";
import { usePlanar } from "./planar";

const SIZE = 272;
/** From the side and from above, so that all three axes are told apart. */
const ASLANT: Turn = { yaw: -0.5, pitch: 0.4 };
const FRONT: Turn = { yaw: 0, pitch: 0 };
const KEY_TURN = Math.PI / 24;
const DRAG_TURN = Math.PI / SIZE;
const STEEPEST = Math.PI / 2;

const TURNS: Record<string, Turn> = {
  ArrowLeft: { yaw: -KEY_TURN, pitch: 0 },
  ArrowRight: { yaw: KEY_TURN, pitch: 0 },
  ArrowUp: { yaw: 0, pitch: -KEY_TURN },
  ArrowDown: { yaw: 0, pitch: KEY_TURN },
};

const turned = (turn: Turn, by: Turn): Turn => ({
  yaw: turn.yaw + by.yaw,
  pitch: Math.max(-STEEPEST, Math.min(STEEPEST, turn.pitch + by.pitch)),
});

export function SpacePanel() {
  const { store, focus, spaceLayer, chooseLayer } = usePlanar();
  const network = store.network.value;
  const data = store.data.value;
  const hidden = network.layers.slice(0, -1);
  const layer = spaceLayer.value;
  const points = useMemo(() => readTriples(data.points), [data]);
  const turn = useSignal(ASLANT);
  const axes = useDerived(() => {
    const space = store.scene.value.frame?.inside.spaces.get(layer);
    return space ? axisNames(space).join(", ") : "";
  }, [store, layer]).value;
  // Known before the first figures are, so that nothing moves when they come.
  const units = hidden[layer]?.units ?? 0;
  const cube = units > 2;
  const pointed = useComputed(() => (focus.value?.[0] === layer + 1 ? focus.value[1] : null)).value;
  const following = network.layers[layer + 1];
  const decides = layer + 2 === network.layers.length;
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<{ box: Box | null; space: SpaceParts | null }>({ box: null, space: null });

  useEffect(() => {
    drawn.current = { box: null, space: null };
  }, [network, data, layer]);

  usePainting(
    usePlanar(),
    (scene, theme) => {
      const context = canvas.current && sizeCanvas(canvas.current, SIZE, SIZE);
      if (!context || scene.data !== data || scene.network !== network) return;
      context.clearRect(0, 0, SIZE, SIZE);
      const found = scene.frame?.inside.spaces.get(layer);
      if (!found || !following) return;
      const space = steady(found, drawn.current.space);
      const box = boxFor(space, drawn.current.box);
      drawn.current = { box, space };
      drawSpace(context, {
        space,
        box,
        turn: turn.value,
        size: SIZE,
        theme,
        labels: labelsOf(data),
        label: (index, test) => points[3 * (test ? data.shown_train + index : index) + 2] ?? 0,
        wrong: scene.frame?.wrong ?? null,
        firstTest: data.shown_train,
        axes: axisNames(space),
        compete: decides && network.outputs > 1,
        names: decides ? [] : Array.from({ length: following.units }, (_, unit) => `${unit + 1}`),
        pointed,
      });
    },
    [network, data, layer, pointed, turn.value],
  );

  if (!hidden.length) {
    return (
      <>
        <PanelHead title="Hidden space" note="" />
        <p class="nnw-sentence">
          {network.kind === "dense"
            ? "There is no hidden layer: the output separates the plane itself."
            : "This module is no chain of layers, whose neurons could be told apart."}
        </p>
      </>
    );
  }

  const drag = (event: PointerEvent) => {
    if (!event.buttons || !cube) return;
    turn.value = turned(turn.peek(), {
      yaw: event.movementX * DRAG_TURN,
      pitch: event.movementY * DRAG_TURN,
    });
  };
  const press = (event: KeyboardEvent) => {
    const by = TURNS[event.key];
    if (!by || !cube) return;
    event.preventDefault();
    turn.value = turned(turn.peek(), by);
  };
  return (
    <>
      <PanelHead title="Hidden space" note={`the plane, as ${hidden[layer]?.name} bends it`}>
        {hidden.length > 1 ? (
          <Segmented
            label="Layer"
            choices={hidden.slice(0, SPACES).map((_, index) => ({ name: `${index}`, label: `${index + 1}` }))}
            chosen={[`${layer}`]}
            onChoose={(name) => chooseLayer(Number(name))}
          />
        ) : null}
      </PanelHead>
      <div class="nnw-panel-body nnw-space">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`The samples in ${axes} of ${hidden[layer]?.name}`}
          {...(cube ? { tabIndex: 0, class: "nnw-turns" } : {})}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={drag}
          onKeyDown={press}
        />
        <div class="nnw-space-words nnw-s">
          <p>
            {units > 3
              ? `Axes: the principal components of ${units} neurons, with their share of the variance.`
              : "Axes: what its neurons put out."}
          </p>
          <p>{separation(following?.name ?? "", decides, network)}</p>
          <p class="nnw-2nd">Thin lines: a square grid of the plane.</p>
          {cube ? (
            <p class="nnw-2nd">
              Drag, or use the arrow keys, to turn.{" "}
              <Button
                kind="text"
                onClick={() => {
                  turn.value = turn.peek() === FRONT ? ASLANT : FRONT;
                }}
              >
                {turn.value === FRONT ? "Turn aslant" : "Face two axes"}
              </Button>
            </p>
          ) : null}
        </div>
      </div>
    </>
  );
}

function separation(name: string, decides: boolean, { outputs, output }: NetworkTrait): string {
  if (!decides) {
    return `Numbered lines: where the weighted sum of a neuron of ${name} is 0. The short stroke shows its positive side.`;
  }
  if (outputs > 1) return "Heavy lines: where two classes are equally probable, and no other more so.";
  if (output === "value") return "Heavy line: where the prediction is in the middle of its range.";
  return "Heavy line: where the network decides. Straight in here, it is the curve on the map.";
}

const axisNames = ({ coordinates, shares }: SpaceParts): string[] =>
  Array.from({ length: coordinates }, (_, axis) =>
    shares.length ? `PC ${axis + 1} (${percent(shares[axis] ?? 0)})` : `neuron ${axis + 1}`,
  );

/** Principal components have no sign of their own: each keeps the one it had in the picture before. */
function steady(space: SpaceParts, before: SpaceParts | null): SpaceParts {
  const { coordinates, train } = space;
  if (!space.shares.length || before?.train.length !== train.length || before.coordinates !== coordinates) {
    return space;
  }
  const signs = Array.from({ length: coordinates }, (_, axis) => {
    let product = 0;
    for (let index = axis; index < train.length; index += coordinates) {
      product += (train[index] as number) * (before.train[index] as number);
    }
    return product < 0 ? -1 : 1;
  });
  if (signs.every((sign) => sign > 0)) return space;
  const flipped = (rows: Float32Array, width: number) =>
    rows.map((value, index) => value * (signs[index % width] ?? 1));
  return {
    ...space,
    train: flipped(train, coordinates),
    test: flipped(space.test, coordinates),
    grid: flipped(space.grid, coordinates),
    planes: flipped(space.planes, coordinates + 1),
  };
}
