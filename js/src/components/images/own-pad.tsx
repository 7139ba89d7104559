// What one draws an image on, with the pointer or with keys.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { paintImage, type Size } from "../../draw/picture";
import { giveFocus } from "../focus";
import { px, spotIn } from "../geometry";
import { useHandover } from "../handover";
import { ARROWS } from "../pad";
import type { OwnImage, Spot } from "./own";
import { Pixels } from "./pixels";
import { Role } from "./role";
import { useImages } from "./view";

const KEYS = "Arrows move, with Shift they draw, Space draws a dot, Delete erases, Escape ends";

export const styleOf = ({ width, height }: Size) => ({ width: px(width), height: px(height) });

export function Pad({ own, size, done }: { own: OwnImage; size: Size; done(): void }) {
  const { store } = useImages();
  const { width, height, channels } = store.data.value;
  const pad = useHandover<HTMLDivElement>();
  const last = useRef<{ id: number; spot: Spot } | null>(null);
  /** The pixel at which keys draw, as column and row; none while the pointer does. */
  const cursor = useSignal<Spot | null>(null);
  const sketch = own.sketch.value;
  const middle: Spot = [Math.floor(width / 2), Math.floor(height / 2)];
  useLayoutEffect(() => giveFocus(pad.current), []);

  const spotOf = (event: PointerEvent): Spot => {
    const { x, y } = spotIn(event.currentTarget as HTMLElement, event);
    return [(x / size.width) * width, (y / size.height) * height];
  };
  const end = (event: PointerEvent) => {
    if (last.current?.id === event.pointerId) last.current = null;
  };
  /** What a key does; says whether it is anything. */
  const take = ({ key, shiftKey }: KeyboardEvent): boolean => {
    const [column, row] = cursor.peek() ?? middle;
    const centre: Spot = [column + 0.5, row + 0.5];
    const arrow = ARROWS[key];
    if (arrow) {
      const next: Spot = [
        Math.max(0, Math.min(width - 1, column + arrow[0])),
        Math.max(0, Math.min(height - 1, row + arrow[1])),
      ];
      if (shiftKey) own.draw(centre, [next[0] + 0.5, next[1] + 0.5]);
      cursor.value = next;
    } else if (key === " " || key === "Enter") own.draw(centre, centre);
    else if (key === "Delete" || key === "Backspace") own.draw(centre, centre, true);
    else if (/^[de]$/i.test(key)) own.erasing.value = key.toLowerCase() === "e";
    else if (key === "Escape") done();
    else return false;
    return true;
  };
  const at = cursor.value;
  return (
    <Role
      ref={pad}
      class="nnw-large nnw-large--pad"
      role="application"
      tabIndex={0}
      aria-label={`Your drawing, ${width} × ${height} pixels`}
      aria-description={KEYS}
      style={styleOf(size)}
      onPointerDown={(event) => {
        if (event.button !== 0 || last.current) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture?.(event.pointerId);
        giveFocus(event.currentTarget);
        cursor.value = null;
        const spot = spotOf(event);
        last.current = { id: event.pointerId, spot };
        own.draw(spot, spot);
      }}
      onPointerMove={(event) => {
        if (last.current?.id !== event.pointerId) return;
        const spot = spotOf(event);
        own.draw(last.current.spot, spot);
        last.current.spot = spot;
      }}
      onPointerUp={end}
      onPointerCancel={end}
      onFocus={(event) => {
        if (event.currentTarget.matches(":focus-visible")) cursor.value ??= middle;
      }}
      onBlur={() => {
        cursor.value = null;
      }}
      onKeyDown={(event) => {
        if (event.altKey || event.ctrlKey || event.metaKey || !take(event)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Pixels
        aria-hidden="true"
        paint={(canvas, theme) => paintImage(canvas, sketch, { width, height, channels }, theme)}
        inputs={[sketch, width, height, channels]}
      />
      {sketch.some(Boolean) ? null : (
        <p class="nnw-pad-hint" data-keys={at !== null || undefined} aria-hidden="true">
          {at ? "Shift and arrows draw, Escape ends" : "Draw here"}
        </p>
      )}
      {at ? (
        <i
          class="nnw-pad-cursor"
          style={{
            left: px((at[0] / width) * size.width),
            top: px((at[1] / height) * size.height),
            width: px(size.width / width),
            height: px(size.height / height),
          }}
        />
      ) : null}
    </Role>
  );
}
