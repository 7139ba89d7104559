// The frame of a trainer's picture: the header, a lesson and a text above, the zones below, and the list of keys.
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, FunctionComponent } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { useView } from "./context";
import { KeyList } from "./hotkeys";
import { Lesson } from "./lesson";
import { type OpenText, TextPanel } from "./texts";

interface ShellProps {
  /** Of the class that its styles go by. */
  name: string;
  label: string;
  head: FunctionComponent<{ text: Signal<OpenText> }>;
  /** Zones that are left out: others may take their place. */
  hidden: readonly string[];
  style?: Record<string, string>;
  notice?: ComponentChildren;
  children: ComponentChildren;
}

export function Shell({ name, label, head: Head, hidden, style, notice, children }: ShellProps) {
  const { remeasure } = useView();
  const text = useSignal<OpenText>(null);
  const key = hidden.join(" ");
  useLayoutEffect(remeasure, [key]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div
      class={`nnw-app nnw-app--${name}`}
      role="group"
      aria-label={label}
      data-hidden={key || undefined}
      style={style}
    >
      <Head text={text} />
      <Lesson />
      <TextPanel open={text} />
      {notice}
      <div class="nnw-body">{children}</div>
      <KeyList />
    </div>
  );
}
