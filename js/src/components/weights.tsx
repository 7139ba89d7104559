// The weights of a neuron as numbers that can be typed: one that was clicked, or all that lead to it and its bias.
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Scene } from "../model/store";
import { useDerived, useView, type WeightPlace } from "./context";
import { useOutside } from "./features";
import { NumberField } from "./fields";
import { px } from "./geometry";
import type { Opened } from "./hand";
import { Icon } from "./icon";
import { nodeName, placeOf, unitName, weightName } from "./names";

const STEP = 0.1;
export const FIELDS_WIDTH = 192;
const ROW = 32;
const HEAD = 34;
const MOST_ROWS = 8;

export function WeightFields({ height }: { height: number }) {
  const { opened } = useView().hand;
  const now = opened.value;
  return now ? <Fields key={`${now.unit}:${now.place?.input}`} opened={now} height={height} /> : null;
}

function Fields({ opened: { unit, place, x, y }, height }: { opened: Opened; height: number }) {
  const { store, geometry, hand } = useView();
  const panel = useRef<HTMLDivElement>(null);
  const scene = store.scene.value;
  const { layers } = scene.network;
  const [layer] = unit;
  const { weight: [, , columns] = [0, 0, 0], bias = null } = layers[layer] ?? {};
  const inputs: (number | null)[] = place
    ? [place.input]
    : [...Array.from({ length: columns }, (_, input) => input), ...(bias ? [null] : [])];
  const gone = placeOf(scene.network, { unit, input: inputs[0] ?? null }) === null;
  const close = () => {
    hand.opened.value = null;
  };
  useOutside(true, [panel], close);
  const before = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    if (gone) close();
    const field = panel.current?.querySelector("input");
    before.current = (panel.current?.getRootNode() as Document | undefined)?.activeElement as HTMLElement;
    field?.focus({ preventScroll: true });
    field?.select();
  }, [gone]);
  if (gone) return null;
  const name = place ? titleOf(scene, place) : unitName(layers, unit);
  const tall = HEAD + ROW * Math.min(inputs.length, MOST_ROWS) + 8;

  /** The keyboard goes back to where it was. */
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    before.current?.focus({ preventScroll: true });
    close();
  };
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
      <b>{name}</b>
      <div class="nnw-weights-rows">
        {inputs.map((input) => (
          <Row
            key={input}
            place={{ unit, input }}
            word={
              place
                ? input === null
                  ? "b"
                  : "w"
                : input === null
                  ? "bias"
                  : nodeName(scene, layer - 1, input)
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
  const { store, hand } = useView();
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
      <button
        type="button"
        class="nnw-btn nnw-btn--icon"
        aria-label={`Freeze: ${name}`}
        aria-pressed={frozen}
        title={frozen ? "Frozen: training leaves it alone" : "Freeze"}
        onClick={() => hand.freeze(place, !frozen)}
      >
        <Icon name={frozen ? "lock" : "unlock"} />
      </button>
    </div>
  );
}

/** Takes back what was done by hand. Its place is kept. */
export function UndoEdit() {
  const { hand } = useView();
  return (
    <button
      type="button"
      class={`nnw-btn nnw-btn--icon nnw-undo ${hand.canUndo.value ? "" : "nnw-absent"}`}
      aria-label="Undo edit"
      title="Undo edit (Ctrl+Z)"
      disabled={!hand.canUndo.value}
      onClick={hand.undo}
    >
      <Icon name="undo" />
    </button>
  );
}
