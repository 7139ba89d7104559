// The frame of a drawing: what it is called, and its measures.
import type { ComponentChildren } from "preact";

/** A sheet in which every cell can be pressed, and nothing else is. */
export const EDITOR = 125;
export const TARGET = 25;
/** A sheet with room for lines between the cells. */
export const OPEN = 206;
export const OPEN_GAP = 0.38;

interface ZoneProps {
  area: string;
  title: ComponentChildren;
  /** What is measured, or can be pressed, at the right end of the head. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

export const Zone = ({ area, title, aside, children }: ZoneProps) => (
  <section class={`nnw-hebb-${area}`}>
    <div class="nnw-hebb-head">
      <span>{title}</span>
      {aside ? <span>{aside}</span> : null}
    </div>
    {children}
  </section>
);
