// The hidden layers as a line of text: the units of each, such as "64, 64".
import { useSignal } from "@preact/signals";
import type { Control } from "../../model/controls";
import { FieldError } from "../fields";
import { useId } from "../ids";

interface LayersProps {
  id: string;
  control: Control<number[]>;
  disabled: boolean;
}

/** Units of each layer; null where the text says something else. */
export function layersIn(text: string): number[] | null {
  const words = text.split(/[\s,;×]+/).filter((word) => word !== "");
  return words.every((word) => /^\d+$/.test(word)) ? words.map(Number) : null;
}

export function LayersField({ id, control, disabled }: LayersProps) {
  const draft = useSignal<string | null>(null);
  const errorId = useId();
  const reason = control.error.value;

  function commit(): void {
    const text = draft.peek();
    if (text === null) return;
    const layers = layersIn(text);
    if (layers) {
      draft.value = null;
      control.set(layers);
    } else control.fail("must be whole numbers, such as 64, 64");
  }

  return (
    <span class="nnw-numbox nnw-layers-field">
      <input
        id={id}
        class={`nnw-num ${reason ? "is-error" : ""}`}
        type="text"
        autocomplete="off"
        spellcheck={false}
        placeholder="none"
        value={draft.value ?? control.value.value.join(", ")}
        disabled={disabled}
        aria-label="Units of hidden layers"
        aria-invalid={reason !== null}
        {...(reason ? { "aria-describedby": errorId } : {})}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
          control.fail(null);
        }}
        onChange={commit}
        onKeyDown={({ key }) => {
          if (key === "Enter") commit();
          else if (key === "Escape") {
            draft.value = null;
            control.fail(null);
          }
        }}
      />
      <FieldError control={control} id={errorId} />
    </span>
  );
}
