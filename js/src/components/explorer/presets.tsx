// Settings worth seeing: one press each. The one that holds is ringed.
import type { JSX } from "preact";
import { same } from "../../model/same";
import { Button } from "../button";
import { useExplorer } from "./view";

interface PresetsProps {
  label?: string;
  /** What stands for one beside its name; without it they are words in a row. */
  picture?(name: string): JSX.Element;
  /** What is written for a name of Python's, where that is not it. */
  words?: Partial<Record<string, string>>;
  /** Whether one is chosen, if that is less than that all of its settings hold. */
  holds?(name: string): boolean;
  /** Whether they are for Python to answer: without it, those that it has not answered before are off. */
  asks?: boolean;
}

export function Presets({ label = "Presets", picture, words = {}, asks = false, ...rest }: PresetsProps) {
  const { store } = useExplorer();
  const now = store.now();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class={picture ? "nnw-preset-pictures" : "nnw-chips"} role="group" aria-label={label}>
      {store.about.presets.map(({ name, settings }) => {
        const holds =
          rest.holds?.(name) ?? Object.entries(settings).every(([key, value]) => same(now[key], value));
        const text = words[name] ?? name;
        const disabled = asks && !store.answered(settings);
        return picture ? (
          <Button
            key={name}
            class="nnw-thumb"
            aria-pressed={holds}
            data-current={holds || undefined}
            disabled={disabled}
            onClick={() => store.set(settings)}
          >
            <span class="nnw-thumb-pic">{picture(name)}</span>
            <span class="nnw-thumb-name">{text}</span>
          </Button>
        ) : (
          <Chip key={name} on={holds} disabled={disabled} press={() => store.set(settings)}>
            {text}
          </Chip>
        );
      })}
    </div>
  );
}

interface ChipProps {
  on: boolean;
  disabled?: boolean;
  press(): void;
  children: JSX.Element | string;
}

/** One of a set. */
export const Chip = ({ on, disabled = false, press, children }: ChipProps) => (
  <Button
    class="nnw-choice"
    data-name={typeof children === "string" ? children : undefined}
    aria-pressed={on}
    disabled={disabled}
    onClick={press}
  >
    {children}
  </Button>
);
