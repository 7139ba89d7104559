// One view of an image trainer.
import { signal } from "@preact/signals";
import type { ImageStore } from "../../model/image-store";
import { measured } from "../geometry";
import { createGround, show } from "../ground";
import { ImageApp } from "./app";
import { createWants, type ImageGeometry, type ImageView } from "./view";

const TYPICAL: ImageGeometry = { narrow: false, wide: false, ratio: 1, width: 1028 };
/** Nothing of an image trainer is drawn as a field over the plane: this is the least that may be asked for. */
const SIZE = 8;

const measure = (root: HTMLElement, last: ImageGeometry): ImageGeometry =>
  measured(root, last, (_, width, __, size) => ({ width, wide: size("--nnw-wide", 0) === 1 }));

/** Puts a view of the trainer into `element`; returns how to take it away. */
export function mountImages(store: ImageStore, element: HTMLElement): () => void {
  const ground = createGround(store, element, measure, TYPICAL);
  const wants = createWants();
  const view: ImageView & typeof ground = {
    ...ground,
    store,
    wants,
    unit: signal<number | null>(null),
    locks: true,
    keys: [
      ["Arrows", "through images, cells and units", "choose"],
      ["Enter", "look at an image; a cell’s images", "choose"],
    ],
  };
  return show(view, store, <ImageApp />, {
    focus: signal(null),
    mapSize: signal(SIZE),
    tileSize: signal(SIZE),
    wants: wants.names,
  });
}
