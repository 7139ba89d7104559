// The function as one types it. What cannot be read is said where it was typed, and stays there to be mended; the last
// function that could be read goes on being learned.
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useId } from "../ids";
import { useFunctions } from "./view";

/** Where Python says that the mistake is; it counts from 1. */
const CHARACTER = /\bcharacter (\d+)/;

export function ExpressionField({ disabled }: { disabled: boolean }) {
  const { store, sketch } = useFunctions();
  const control = store.controls.function;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const draft = useSignal<string | null>(null);
  const reason = useSignal<string | null>(null);
  const known = useComputed(() => store.traits._data.value.expression);

  // The control forgets after some seconds why it went back; here it stands as long as what it is about.
  useSignalEffect(() => {
    const { value } = control.error;
    if (value === null) return;
    reason.value = value;
    const place = CHARACTER.exec(value)?.[1];
    if (place && draft.peek() !== null) field.current?.setSelectionRange(Number(place) - 1, Number(place));
  });
  useSignalEffect(() => {
    store.traits._data.value;
    draft.value = null;
    reason.value = null;
  });

  function commit(): void {
    const text = draft.peek()?.trim();
    if (text === undefined) return;
    reason.value = null;
    if (text === "") draft.value = null;
    else {
      sketch.leave();
      control.set(text);
      if (text === known.peek()) draft.value = null;
    }
  }
  const wrong = reason.value;
  return (
    <div class="nnw-expression">
      <label class="nnw-2nd" for={id}>
        <var>y</var> =
      </label>
      <input
        ref={field}
        id={id}
        class={`nnw-num ${wrong ? "is-error" : ""}`}
        type="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder="sin(3x) + x²/4"
        title="Numbers, x, + − * / ^ and sin, cos, exp, log, sqrt, abs, tanh, sigmoid, relu, sign, step, min, max …"
        aria-label="Function of x"
        aria-invalid={wrong !== null}
        {...(wrong ? { "aria-describedby": `${id}-error` } : {})}
        disabled={disabled}
        value={draft.value ?? known.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
          reason.value = null;
          control.fail(null);
        }}
        onChange={commit}
        onKeyDown={({ key }) => {
          if (key === "Enter") commit();
          else if (key === "Escape") {
            draft.value = null;
            reason.value = null;
            control.fail(null);
          }
        }}
      />
      {wrong ? (
        <span class="nnw-error" role="alert" id={`${id}-error`}>
          {wrong}
        </span>
      ) : null}
    </div>
  );
}
