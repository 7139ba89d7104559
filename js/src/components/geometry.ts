// The sizes that drawings need, as the stylesheet decides them for the width of the container.
import type { Geometry } from "./context";

/** A length, or a number, that the stylesheet has by a name; `typical` where it has none. */
export type Size = (name: string, typical: number) => number;

/** The same object as `last` if nothing changed, so that nothing is laid out again. `read` is for what differs. */
export function measured<G extends Geometry>(
  root: HTMLElement,
  last: G,
  read: (app: HTMLElement, content: number, narrow: boolean, size: Size) => Omit<G, keyof Geometry>,
): G {
  const app = root.querySelector<HTMLElement>(".nnw-app");
  // A view that is hidden or not in the page yet has no width.
  if (!app?.clientWidth) return last;
  const style = getComputedStyle(app);
  const size: Size = (name, typical) => Number.parseFloat(style.getPropertyValue(name)) || typical;
  const narrow = size("--nnw-narrow", 0) === 1;
  const padding = (Number.parseFloat(style.paddingLeft) || 0) + (Number.parseFloat(style.paddingRight) || 0);
  const content = Math.max(app.clientWidth - padding, size("--nnw-least", 0));
  const now = {
    narrow,
    ratio: globalThis.devicePixelRatio * ((root as { currentCSSZoom?: number }).currentCSSZoom ?? 1),
    ...read(app, content, narrow, size),
  } as G;
  const keys = Object.keys(now) as (keyof G)[];
  return keys.every((key) => now[key] === last[key]) ? last : now;
}

/** Where in an element a pointer is, in CSS pixels of its own: a presentation has larger ones than the page. */
export function spotIn(element: HTMLElement, { clientX, clientY }: MouseEvent): { x: number; y: number } {
  const { left, top, width } = element.getBoundingClientRect();
  const zoom = width / element.offsetWidth || 1;
  return { x: (clientX - left) / zoom, y: (clientY - top) / zoom };
}

export const px = (length: number) => `${length}px`;
