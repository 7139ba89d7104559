// The sizes that drawings need, as the stylesheet decides them for the width of the container.
import type { Geometry } from "./context";

/** Room for the ticks of the vertical axis, left of the decision map. */
export const PLOT_MARGIN = 28;

const TYPICAL: Geometry = {
  narrow: false,
  tile: 48,
  inputTile: 40,
  gap: 24,
  stage: 516,
  plot: 276,
  thumbnail: 48,
  ratio: 1,
};

/** The same object as `before` if nothing changed, so that nothing is laid out again. */
export function measure(root: HTMLElement, before: Geometry | null): Geometry {
  const last = before ?? TYPICAL;
  const app = root.querySelector<HTMLElement>(".nnw-app");
  // A view that is hidden or not in the page yet has no width.
  if (!app?.clientWidth) return last;
  const style = getComputedStyle(app);
  const size = (name: string, typical: number) => Number.parseFloat(style.getPropertyValue(name)) || typical;
  const narrow = size("--nnw-narrow", 0) === 1;
  const gap = size("--nnw-zone-gap", TYPICAL.gap);
  const output = size("--nnw-zone-output", TYPICAL.plot + PLOT_MARGIN);
  const padding = (Number.parseFloat(style.paddingLeft) || 0) + (Number.parseFloat(style.paddingRight) || 0);
  const content = Math.max(app.clientWidth - padding, size("--nnw-least", 0));
  const hidden = app.dataset.hidden?.split(" ") ?? [];
  const data = narrow || hidden.includes("data") ? 0 : size("--nnw-zone-data", 168) + gap;
  const map = hidden.includes("output") ? 0 : gap + output;
  const now: Geometry = {
    narrow,
    tile: size("--nnw-tile", TYPICAL.tile),
    inputTile: size("--nnw-tile-input", TYPICAL.inputTile),
    gap,
    stage: content - data - map,
    plot: output - PLOT_MARGIN,
    thumbnail: size("--nnw-thumb", TYPICAL.thumbnail),
    ratio: globalThis.devicePixelRatio * ((root as { currentCSSZoom?: number }).currentCSSZoom ?? 1),
  };
  const keys = Object.keys(now) as (keyof Geometry)[];
  return keys.every((key) => now[key] === last[key]) ? last : now;
}

/** Height of the layers' names and activations, and of the colour legend beside them. */
export const HEAD = 44;
const STEPPERS = 28;

/** The network and the decision map share one vertical centre. */
export const stageHeight = (plot: number) => HEAD + plot + STEPPERS;

/** Where in an element a pointer is, in CSS pixels of its own: a presentation has larger ones than the page. */
export function spotIn(element: HTMLElement, { clientX, clientY }: MouseEvent): { x: number; y: number } {
  const { left, top, width } = element.getBoundingClientRect();
  const zoom = width / element.offsetWidth || 1;
  return { x: (clientX - left) / zoom, y: (clientY - top) / zoom };
}

export const px = (length: number) => `${length}px`;
