// The small controls that the zones are made of.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Choice } from "../generated/protocol";
import type { Control } from "../model/store";
import { Button } from "./button";
import { Icon, type IconName } from "./icon";
import { useId } from "./ids";
import type { Scale } from "./scales";

interface SliderProps<T> {
  label: string;
  /** What stands above the track where the label has no room. */
  word?: string;
  control: Control<T>;
  scale: Scale<T>;
  disabled?: boolean;
  /** Without it the label and the value stand above the track. */
  bare?: boolean;
  class?: string;
}

/** A slider over any scale. While it is held it shows the user's value, whatever Python answers meanwhile. */
export function Slider<T>({
  label,
  word = label,
  control,
  scale,
  disabled = false,
  bare = false,
  ...rest
}: SliderProps<T>) {
  const id = useId();
  const value = control.value.value;
  const position = Math.min(scale.max, Math.max(scale.min, scale.toPosition(value)));
  const share = scale.max > scale.min ? (position - scale.min) / (scale.max - scale.min) : 0;
  const text = scale.text(value);
  const input = (
    <input
      id={id}
      class="nnw-range"
      type="range"
      min={scale.min}
      max={scale.max}
      step={scale.step}
      value={position}
      disabled={disabled}
      aria-label={label}
      aria-valuetext={scale.spoken?.(value) ?? text}
      style={{
        "--v": `calc(6px + ${share} * (100% - 12px))`,
        ...(scale.stops ? { "--stops": String(scale.stops) } : {}),
      }}
      onInput={(event) => control.set(scale.fromPosition(event.currentTarget.valueAsNumber))}
      onPointerDown={control.hold}
      onPointerUp={control.release}
      onPointerCancel={control.release}
      onChange={control.release}
      onBlur={control.release}
    />
  );
  if (bare) return input;
  return (
    <div class={`nnw-field ${rest.class ?? ""}`}>
      <label class="nnw-field-top" for={id}>
        <span>{word}</span>
        <span>{text}</span>
      </label>
      {input}
      <FieldError control={control} />
    </div>
  );
}

export function FieldError({ control, id }: { control: Control<never> | Control<unknown>; id?: string }) {
  const reason = control.error.value;
  return reason ? (
    <span class="nnw-error" role="alert" id={id}>
      {reason}
    </span>
  ) : null;
}

interface NumberFieldProps {
  label: string;
  control: Control<number>;
  whole?: boolean;
  /** What an arrow key adds or takes away; with Shift a tenth of it. */
  step?: number;
  disabled?: boolean;
  id?: string;
}

/** Reads what people type: 0.1, 1e-3, a comma, a true minus sign. */
function parseNumber(text: string): number {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return plain === "" ? Number.NaN : Number(plain);
}

/** The shortest text that names the number. */
export function numberText(value: number): string {
  const number = Number(value.toPrecision(12));
  const [plain, brief] = [String(number), number.toExponential()];
  // A box shows six figures: of more, the first ones would be another number.
  return (plain.length > Math.max(7, brief.length) ? brief : plain).replace("e+", "e");
}

export function NumberField({ label, control, whole = false, step, disabled = false, id }: NumberFieldProps) {
  const draft = useSignal<string | null>(null);
  const errorId = useId();
  const reason = control.error.value;

  function commit(): void {
    const text = draft.peek();
    if (text === null) return;
    const value = parseNumber(text);
    if (Number.isNaN(value)) control.fail("must be a number");
    else if (whole && !Number.isInteger(value)) control.fail("must be a whole number");
    else {
      draft.value = null;
      control.set(value);
    }
  }
  function forget(): void {
    draft.value = null;
    control.fail(null);
  }

  return (
    <span class="nnw-numbox">
      <input
        {...(id ? { id } : {})}
        class={`nnw-num ${reason ? "is-error" : ""}`}
        type="text"
        inputMode={whole ? "numeric" : "decimal"}
        autocomplete="off"
        spellcheck={false}
        value={draft.value ?? numberText(control.value.value)}
        disabled={disabled}
        aria-label={label}
        aria-invalid={reason !== null}
        {...(reason ? { "aria-describedby": errorId } : {})}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
          control.fail(null);
        }}
        onChange={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
          else if (event.key === "Escape") forget();
          const sign = step && { ArrowUp: 1, ArrowDown: -1 }[event.key];
          if (!sign) return;
          event.preventDefault();
          const by = event.shiftKey ? step / 10 : step;
          const from = draft.peek() === null ? control.value.peek() : parseNumber(draft.peek() ?? "");
          draft.value = String(Number(((from || 0) + sign * by).toPrecision(6)));
          commit();
        }}
      />
      <FieldError control={control} id={errorId} />
    </span>
  );
}

interface SelectProps {
  label: string;
  control: Control<string>;
  choices: readonly Choice[];
  disabled?: boolean;
  quiet?: boolean;
  id?: string;
}

/** A value that is none of the choices (a callable of the user's) is shown, and cannot be chosen again. */
export function Select({ label, control, choices, disabled = false, quiet = false, id }: SelectProps) {
  const value = control.value.value;
  const known = choices.some((choice) => choice.name === value);
  return (
    <span class={`nnw-select ${quiet ? "nnw-select--quiet" : ""}`}>
      <select
        {...(id ? { id } : {})}
        aria-label={label}
        value={value}
        disabled={disabled}
        onChange={(event) => control.set(event.currentTarget.value)}
      >
        {known ? null : (
          <option value={value} disabled>
            {value}
          </option>
        )}
        {choices.map((choice) => (
          <option key={choice.name} value={choice.name}>
            {choice.label}
          </option>
        ))}
      </select>
      <Icon name="down" />
      <FieldError control={control} />
    </span>
  );
}

interface SegmentedProps {
  label: string;
  choices: readonly Choice[];
  /** Those that hold, usually one. */
  chosen: readonly string[];
  onChoose(name: string): void;
  disabled?: boolean;
}

/** One of a few: radio buttons side by side. */
export function Segmented({ label, choices, chosen, onChoose, disabled = false }: SegmentedProps) {
  const id = useId();
  return (
    <span class="nnw-segmented" role="radiogroup" aria-label={label}>
      {choices.map(({ name, label: text }) => {
        const holds = chosen.includes(name);
        return (
          <label key={name} class="nnw-segment" data-name={text} data-chosen={holds || undefined}>
            <input
              type="radio"
              name={id}
              aria-label={`${label}: ${text}`}
              checked={holds}
              disabled={disabled}
              onClick={() => onChoose(name)}
            />
            {text}
          </label>
        );
      })}
    </span>
  );
}

interface StepperProps {
  value: number;
  range: readonly [low: number, high: number];
  less: string;
  more: string;
  disabled?: boolean;
  onStep(change: 1 | -1): void;
  children?: ComponentChildren;
}

export function Stepper({ value, range, less, more, disabled = false, onStep, children }: StepperProps) {
  const [low, high] = range;
  const turn = (icon: IconName, label: string, ended: boolean, by: 1 | -1) => (
    <Button class="" icon={icon} label={label} disabled={disabled || ended} onClick={() => onStep(by)} />
  );
  return (
    <span class="nnw-step">
      {children}
      {turn("minus", less, value <= low, -1)}
      <output>{value}</output>
      {turn("plus", more, value >= high, 1)}
    </span>
  );
}

interface SeedProps {
  label: string;
  dice: string;
  control: Control<number>;
  disabled?: boolean;
}

const SEEDS = 1000;

/** A seed, and a die that throws another one. */
export function SeedField({ label, dice, control, disabled = false }: SeedProps) {
  const roll = () => {
    const other = Math.floor(Math.random() * (SEEDS - 1));
    control.set(other < control.value.peek() ? other : other + 1);
  };
  return (
    <span class="nnw-inline nnw-seed">
      <Button icon="dice" label={dice} disabled={disabled} onClick={roll} />
      <NumberField label={label} control={control} whole disabled={disabled} />
    </span>
  );
}
