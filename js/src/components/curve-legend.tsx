// Which line is which, and at the same time the switches that show and hide them; pinned runs can be taken off.
import { useComputed } from "@preact/signals";
import { EPOCH } from "../model/history";
import { Button } from "./button";
import { useView } from "./context";
import type { CurveControls, Pin } from "./curve-view";
import { useHandover } from "./handover";
import { LineMark, type LineMarkProps, TEST_MARK, TRAIN_MARK } from "./line-mark";

const isKnown = (value: number) => !Number.isNaN(value);

export function CurveLegend({ controls }: { controls: CurveControls }) {
  const { store } = useView();
  const { history, scene } = store;
  // What was measured is drawn also after there is no test set any more.
  const hasTest = useComputed(() => {
    history.version.value;
    return (
      scene.value.data.n_test > 0 ||
      history.epochs.column(EPOCH.testLoss).some(isKnown) ||
      controls.pins.value.some(({ rows }) => rows.testLoss.some(isKnown))
    );
  }).value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class="nnw-curve-legend" role="group" aria-label="Curves shown">
      <Switch name="train" mark={TRAIN_MARK} shown={controls.train} />
      {hasTest ? <Switch name="test" mark={TEST_MARK} shown={controls.test} /> : null}
      {controls.pins.value.map((pin) => (
        <PinChip
          key={pin.name}
          pin={pin}
          disabled={!store.enabled.value}
          onToggle={() => controls.toggle(pin.name)}
          onRemove={() => store.command({ type: "unpin", name: pin.name })}
        />
      ))}
    </div>
  );
}

interface SwitchProps {
  name: string;
  mark: LineMarkProps;
  shown: { value: boolean };
}

const Switch = ({ name, mark, shown }: SwitchProps) => (
  <Button
    class="nnw-chip"
    aria-pressed={shown.value}
    onClick={() => {
      shown.value = !shown.value;
    }}
  >
    <LineMark {...mark} />
    <span>{name}</span>
  </Button>
);

interface PinChipProps {
  pin: Pin;
  disabled: boolean;
  onToggle(): void;
  onRemove(): void;
}

const PinChip = ({ pin: { label, name, dash, shown }, disabled, onToggle, onRemove }: PinChipProps) => (
  <span
    class="nnw-pin"
    ref={useHandover<HTMLElement>((leaving) => leaving.parentElement?.querySelector("button"))}
  >
    <Button
      class="nnw-chip"
      aria-pressed={shown}
      title={label === name ? label : `${name}: ${label}`}
      onClick={onToggle}
    >
      <LineMark pin={dash} />
      <span>{label}</span>
    </Button>
    <Button
      class="nnw-pin-off"
      icon="close"
      label={`Take off ${label}`}
      title="Take off"
      disabled={disabled}
      onClick={onRemove}
    />
  </span>
);
