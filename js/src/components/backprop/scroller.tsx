// A drawing that may be wider than its place, and follows what happens in it.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface ScrollerProps {
  label: string;
  width: number;
  room: number;
  /** From where to where it happens now; null where that is everywhere. */
  span: readonly [from: number, to: number] | null;
  children: ComponentChildren;
}

export function Scroller({ label, width, room, span, children }: ScrollerProps) {
  const place = useRef<HTMLDivElement>(null);
  const [from, to] = span ?? [-1, -1];
  useLayoutEffect(() => {
    const element = place.current;
    if (!element || from < 0) return;
    const { clientWidth, scrollLeft } = element;
    if (to - from > clientWidth) element.scrollLeft = from;
    else if (from < scrollLeft || to > scrollLeft + clientWidth)
      element.scrollLeft = Math.max(0, (from + to - clientWidth) / 2);
  }, [from, to, width, room]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of controls that is no fieldset
    <div
      ref={place}
      class="nnw-bp-scroll"
      role="group"
      aria-label={label}
      {...(width > room ? { tabIndex: 0 } : {})}
    >
      <div class="nnw-bp-ground" style={{ width: `${Math.max(width, room)}px` }}>
        {children}
      </div>
    </div>
  );
}
