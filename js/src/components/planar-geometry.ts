// The sizes that a view of a trainer of the plane needs.
import { measured } from "./geometry";
import type { PlanarGeometry } from "./planar";

/** Room for the ticks of the vertical axis, left of the decision map. */
export const PLOT_MARGIN = 28;

export const TYPICAL: PlanarGeometry = {
  narrow: false,
  tile: 48,
  inputTile: 40,
  gap: 24,
  stage: 516,
  plot: 276,
  thumbnail: 48,
  ratio: 1,
};

export const measure = (root: HTMLElement, last: PlanarGeometry): PlanarGeometry =>
  measured(root, last, (app, content, narrow, size) => {
    const gap = size("--nnw-zone-gap", TYPICAL.gap);
    const output = size("--nnw-zone-output", TYPICAL.plot + PLOT_MARGIN);
    const hidden = app.dataset.hidden?.split(" ") ?? [];
    const data = narrow || hidden.includes("data") ? 0 : size("--nnw-zone-data", 168) + gap;
    const map = hidden.includes("output") ? 0 : gap + output;
    return {
      tile: size("--nnw-tile", TYPICAL.tile),
      inputTile: size("--nnw-tile-input", TYPICAL.inputTile),
      gap,
      stage: content - data - map,
      plot: output - PLOT_MARGIN,
      thumbnail: size("--nnw-thumb", TYPICAL.thumbnail),
    };
  });

/** Height of the layers' names and activations, and of the colour legend beside them. */
export const HEAD = 44;
const STEPPERS = 28;

/** The network and the decision map share one vertical centre. */
export const stageHeight = (plot: number) => HEAD + plot + STEPPERS;
