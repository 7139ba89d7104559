// The drawing loop of one view: at most one drawing per animation frame, always of the newest scene.
// Preact has no part in it; what is drawn here changes thirty times a second.
import { batch, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { readZoom } from "../draw/canvas";
import { readTheme, type Theme } from "../draw/colour";
import type { FrameHeader } from "../generated/protocol";
import type { CommonFrame } from "../model/common-store";
import { sameTheme, watchTheme } from "./theme";

export type Painter<Scene> = (scene: Scene, theme: Theme) => void;

export interface Easel<Scene> {
  readonly theme: ReadonlySignal<Theme>;
  /** The frame on screen, for the figures beside the pictures. */
  readonly shown: ReadonlySignal<FrameHeader | null>;
  /** Calls the painter at every drawing; returns how to stop. */
  onPaint(painter: Painter<Scene>): () => void;
  /** Asks for a drawing although the scene is the same. */
  invalidate(): void;
  /** Looks again at the colours of the page: a view can be made before it is part of one. */
  refreshTheme(): void;
  dispose(): void;
}

export interface EaselOptions<Scene> {
  readonly root: HTMLElement;
  readonly scene: ReadonlySignal<Scene>;
  readonly visible: ReadonlySignal<boolean>;
  /** Called after a frame was drawn for the first time, with the milliseconds of script it took. */
  onDrawn(header: FrameHeader, script: number): void;
}

/** Dispatched on the root after each drawn frame. */
export const DRAWN_EVENT = "nnw:drawn";

export function createEasel<Scene extends { readonly frame: CommonFrame | null }>({
  root,
  scene,
  visible,
  onDrawn,
}: EaselOptions<Scene>): Easel<Scene> {
  const theme = signal(readTheme(root));
  const shown = signal<FrameHeader | null>(null);
  const painters = new Set<Painter<Scene>>();
  let request = 0;
  let drawn: FrameHeader | null = null;

  function paint(): void {
    request = 0;
    const current = scene.peek();
    const header = current.frame?.header ?? null;
    const start = performance.now();
    readZoom(root);
    batch(() => {
      shown.value = header;
      for (const painter of painters) painter(current, theme.peek());
    });
    if (!header || header === drawn) return;
    const script = performance.now() - start;
    drawn = header;
    root.dataset.frame = String(header.number);
    root.dataset.epoch = String(header.epoch);
    root.dispatchEvent(new CustomEvent(DRAWN_EVENT, { detail: { number: header.number, script } }));
    onDrawn(header, script);
  }

  function invalidate(): void {
    if (visible.peek()) request ||= requestAnimationFrame(paint);
  }

  const stop = effect(() => {
    scene.value;
    if (visible.value) untracked(invalidate);
  });
  function refreshTheme(): void {
    const now = readTheme(root);
    if (sameTheme(now, theme.peek())) return;
    theme.value = now;
    invalidate();
  }
  const stopTheme = watchTheme(root, refreshTheme);
  const stopLooking = effect(() => {
    if (visible.value) untracked(refreshTheme);
  });

  return {
    theme,
    shown,
    onPaint(painter) {
      painters.add(painter);
      invalidate();
      return () => painters.delete(painter);
    },
    invalidate,
    refreshTheme,
    dispose() {
      stop();
      stopTheme();
      stopLooking();
      cancelAnimationFrame(request);
      painters.clear();
    },
  };
}
