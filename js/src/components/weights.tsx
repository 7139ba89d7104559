// The weights of a neuron as numbers that can be typed: one that was clicked, or all that lead to it and its bias.
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import type { Scene } from "../model/store";
import { Button } from "./button";
import { useDerived } from "./context";
import { NumberField } from "./fields";
import { px } from "./geometry";
import type { Opened } from "./hand";
import { placeOf, sourceName, unitName, weightName } from "./names";
import { useOverlay } from "./overlay";
import { usePlanar, type WeightPlace } from "./planar";

const STEP = 0.1;
export const FIELDS_WIDTH = 192;
const ROW = 32;
const HEAD = 34;
const MOST_ROWS = 8;

export function WeightFields({ height }: { height: number }) {
  const { store, hand } = usePlanar();
  const now = hand.opened.value;
  const place = now && (now.place ?? { unit: now.unit, input: 0 });
  const gone = place && placeOf(store.network.value, place) === null;
  useLayoutEffect(() => {
    if (gone) hand.opened.value = null;
  }, [gone]);
  return now && !gone ? (
    <Fields key={`${now.unit}:${now.place?.input}`} opened={now} height={height} />
  ) : null;
}

function Fields({ opened: { unit, place, x, y }, height }: { opened: Opened; height: number }) {
  const { store, geometry, hand } = usePlanar();
  const scene = store.scene.value;
  const { layers } = scene.network;
  const [layer] = unit;
  const { weight: [, , columns] = [0, 0, 0], bias = null } = layers[layer] ?? {};
  const inputs: (number | null)[] = place
    ? [place.input]
    : [...Array.from({ length: columns }, (_, input) => input), ...(bias ? [null] : [])];
  const close = () => {
    hand.opened.value = null;
  };
  const { panel, onKeyDown } = useOverlay<HTMLDivElement>(true, close, "input");
  useLayoutEffect(() => panel.current?.querySelector("input")?.select(), []);
  const name = place ? titleOf(scene, place) : unitName(layers, unit);
  const tall = HEAD + ROW * Math.min(inputs.length, MOST_ROWS) + 8;
  return (
    <div
      ref={panel}
      class="nnw-weights"
      role="dialog"
      aria-label={name}
      style={{
        left: px(Math.max(0, Math.min(x, geometry.value.stage - FIELDS_WIDTH))),
        top: px(Math.max(0, Math.min(y, height - tall))),
        width: px(FIELDS_WIDTH),
      }}
      onKeyDown={onKeyDown}
    >
      <b>{place ? weightName(scene, place) : name}</b>
      <div class="nnw-weights-rows">
        {inputs.map((input) => (
          <Row
            key={input}
            place={{ unit, input }}
            word={
              place ? (input === null ? "b" : "w") : input === null ? "bias" : sourceName(scene, layer, input)
            }
          />
        ))}
      </div>
    </div>
  );
}

const titleOf = (scene: Scene, place: WeightPlace) =>
  `${place.input === null ? "Bias" : "Weight"}, ${weightName(scene, place)}`;

function Row({ place, word }: { place: WeightPlace; word: string }) {
  const { store, hand } = usePlanar();
  const control = useMemo(() => hand.control(place), []);
  useEffect(() => control.dispose, [control]);
  const scene = store.scene.value;
  const name = titleOf(scene, place);
  const at = placeOf(scene.network, place);
  const frozen = useDerived(() => at !== null && hand.frozen.value.has(at), [hand, at]).value;
  return (
    <div class="nnw-weights-row">
      <span aria-hidden="true">{word}</span>
      <NumberField label={name} control={control} step={STEP} />
      <Button
        icon={frozen ? "lock" : "unlock"}
        label={`Freeze: ${name}`}
        title={frozen ? "Frozen: training leaves it alone" : "Freeze"}
        aria-pressed={frozen}
        onClick={() => hand.freeze(place, !frozen)}
      />
    </div>
  );
}

/** Takes back what was done by hand. Its place is kept. */
export function UndoEdit() {
  const { hand } = usePlanar();
  return (
    <Button
      icon="undo"
      class={`nnw-btn nnw-btn--icon nnw-undo ${hand.canUndo.value ? "" : "nnw-absent"}`}
      label="Undo edit"
      title="Undo edit (Ctrl+Z)"
      disabled={!hand.canUndo.value}
      onClick={hand.undo}
    />
  );
}
