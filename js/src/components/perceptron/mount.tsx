// One view of a perceptron, and what the reader does in it.
import { signal } from "@preact/signals";
import type { PerceptronStore } from "../../model/perceptron-store";
import { createDrawing } from "../drawing";
import { measured } from "../geometry";
import { createGround, show } from "../ground";
import type { PlaneGeometry } from "../planar";
import { PLOT_MARGIN } from "../planar-geometry";
import { PerceptronApp } from "./app";
import type { Marks, PerceptronView } from "./view";

const TYPICAL: PlaneGeometry = { narrow: false, ratio: 1, plot: 384, thumbnail: 48 };
/** No map is asked for: a line and two colours are made of three numbers. */
const SIZE = 8;
const CLASSES = 2;
const LEAST_PLOT = 240;

const measure = (root: HTMLElement, last: PlaneGeometry): PlaneGeometry =>
  measured(root, last, (app, content, narrow, size) => {
    const gap = size("--nnw-zone-gap", 24);
    const hidden = app.dataset.hidden?.split(" ") ?? [];
    const data = narrow || hidden.includes("data") ? 0 : size("--nnw-zone-data", 168) + gap;
    const beside = hidden.includes("weights") && (narrow || hidden.includes("rule"));
    const side = beside ? 0 : size("--nnw-side", 400) + gap;
    const room = Math.min(content - data - side, size("--nnw-plane", 412));
    return {
      plot: Math.max(LEAST_PLOT, Math.floor(room) - PLOT_MARGIN),
      thumbnail: size("--nnw-thumb", TYPICAL.thumbnail),
    };
  });

/** Puts a view of the trainer into `element`; returns how to take it away. */
export function mountPerceptron(store: PerceptronStore, element: HTMLElement): () => void {
  const ground = createGround(store, element, measure, TYPICAL);
  const { easel, endings } = ground;
  const drawing = createDrawing(store, easel.invalidate, CLASSES);
  endings.push(drawing.dispose);
  const picture = signal(store.scene.peek());
  endings.push(
    easel.onPaint((scene) => {
      picture.value = scene;
    }),
  );
  const view: PerceptronView & typeof ground = {
    ...ground,
    store,
    drawing,
    picture,
    marks: signal<Marks>({ margin: false, crossing: true }),
    batch: "sample",
    moves: [
      { label: "Next mistake", word: "next mistake", icon: "mistake", key: "m", press: store.toMistake },
    ],
  };
  return show(view, store, <PerceptronApp />, {
    focus: signal(null),
    mapSize: signal(SIZE),
    tileSize: signal(SIZE),
    wants: signal([]),
  });
}
