// Numbers of the drawing that can be changed where they stand: inputs, weights and targets.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Control } from "../../model/controls";
import { NumberField } from "../fields";
import { giveFocus } from "../focus";
import type { Point } from "./curves";
import type { Shown } from "./state";

/** What is being changed, and where its field lies. */
export interface Edit {
  readonly label: string;
  readonly value: number;
  readonly place: Point;
  set(value: number): void;
}

export type Editing = Signal<Edit | null>;

export const canEditWeights = ({ there, pass }: Shown) => there && pass.settled;
export const canEditSamples = ({ there, pass }: Shown) => there && pass.settled && pass.owner !== "trainer";

const WIDTH = 68;

/** The field over the drawing. What is left without Enter is taken as well; Escape leaves it as it was. */
export function Field({ editing }: { editing: Editing }) {
  const place = useRef<HTMLDivElement>(null);
  const edit = editing.value;
  const control = useMemo((): Control<number> | null => {
    if (!edit) return null;
    const error = signal<string | null>(null);
    const value = signal(edit.value);
    return {
      value,
      error,
      set(next) {
        editing.value = null;
        if (next !== edit.value) edit.set(next);
      },
      hold() {},
      release() {},
      fail(reason) {
        error.value = reason;
      },
    };
  }, [edit]);
  useEffect(() => {
    const input = place.current?.querySelector("input");
    giveFocus(input);
    input?.select();
  }, [edit]);
  if (!edit || !control) return null;
  return (
    <div
      ref={place}
      class="nnw-bp-field"
      style={{ left: `${Math.max(0, edit.place.x - WIDTH / 2)}px`, top: `${edit.place.y - 14}px` }}
      onKeyDownCapture={(event) => {
        if (event.key === "Escape" || (event.key === "Enter" && isAsItWas(event.target, edit)))
          editing.value = null;
      }}
      onFocusOut={(event) => {
        // What was typed is taken by then.
        if (isAsItWas(event.target, edit) && editing.peek() === edit) editing.value = null;
      }}
    >
      <NumberField label={edit.label} control={control} step={0.1} />
    </div>
  );
}

const isAsItWas = (target: EventTarget | null, { value }: Edit) =>
  target instanceof HTMLInputElement && Number(target.value.replace("−", "-").replace(",", ".")) === value;
