// Which line is which, and at the same time the switches that show and hide them; pinned runs can be taken off.
import { useComputed } from "@preact/signals";
import type { RefObject } from "preact";
import { Button } from "./button";
import { useView } from "./context";
import type { CurveControls, Pin } from "./curve-view";
import { LineMark, type LineMarkProps, TEST_MARK, TRAIN_MARK } from "./line-mark";

interface LegendProps {
  controls: CurveControls;
  /** Gets the keyboard when a run is taken off, and with it the button that did it. */
  pinButton: RefObject<HTMLButtonElement | null>;
}

export function CurveLegend({ controls, pinButton }: LegendProps) {
  const { store } = useView();
  const hasTest = useComputed(() => store.scene.value.data.n_test > 0).value;
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
          onRemove={() => {
            store.command({ type: "unpin", name: pin.name });
            pinButton.current?.focus();
          }}
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
  <span class="nnw-pin">
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
