// A text that opens under the header: it takes the keyboard, and gives it back when it is closed.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button";
import { giveFocus } from "./focus";
import { TitleRow } from "./panel";

interface FrameProps<Kind extends string> {
  /** Which text is open, if one is. */
  open: Signal<Kind | null>;
  titles: Record<Kind, string>;
  notes: Record<Kind, string>;
  children(kind: Kind, close: () => void): ComponentChildren;
}

export function TextFrame<Kind extends string>({ open, titles, notes, children }: FrameProps<Kind>) {
  const { value: kind } = open;
  const panel = useRef<HTMLElement>(null);
  const before = useRef<Element | null>(null);
  useLayoutEffect(() => {
    if (!kind) return;
    before.current = (panel.current?.getRootNode() as Document | null)?.activeElement ?? null;
    giveFocus(panel.current?.querySelector<HTMLElement>(".nnw-text-body"));
  }, [kind]);
  if (!kind) return null;
  const close = () => {
    open.value = null;
    (before.current as HTMLElement | null)?.focus?.();
  };
  return (
    <section
      ref={panel}
      class="nnw-text"
      aria-label={titles[kind]}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <TitleRow title={titles[kind]} note={notes[kind]} />
      <Button
        class="nnw-btn nnw-btn--icon nnw-text-close"
        icon="close"
        label="Close"
        title="Close (Escape)"
        onClick={close}
      />
      {children(kind, close)}
    </section>
  );
}
