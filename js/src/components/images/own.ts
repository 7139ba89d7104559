// Images of the reader's own: drawn, or loaded from a file, dropped or pasted.
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { contextOf, scratchCanvas } from "../../draw/canvas";
import { bytesOf } from "../../draw/picture";
import type { ChosenTrait } from "../../generated/protocol";
import { bytesIn } from "../../model/binary";
import type { ImageStore } from "../../model/image-store";
import { type Bitmap, fitImage, hasDarkGround, stroke, toBase64 } from "../../model/own-image";
import { createThrottle } from "../throttle";
import { useImages } from "./view";

export type Spot = readonly [x: number, y: number];

/** The pen is so wide in images of 28 pixels. */
const PEN = 1.1 / 28;
const ERASER = 2 * PEN;
/** Larger images are made smaller by the browser before they are averaged. */
const MOST_PIXELS = 1024;

export interface OwnImage {
  /** Whether the picture is drawn on. */
  readonly drawing: ReadonlySignal<boolean>;
  readonly erasing: Signal<boolean>;
  /** What is drawn; another object after each change. */
  readonly sketch: ReadonlySignal<Uint8Array>;
  begin(): void;
  /** A line with the pen or the eraser, whichever is chosen, or with the eraser. */
  draw(from: Spot, to: Spot, erases?: boolean): void;
  clear(): void;
  /** Where nothing was drawn, the image from before is looked at again. */
  done(): void;
  /** Why a file could not be shown. */
  readonly failure: ReadonlySignal<string | null>;
  /** The file that was shown last, and whether dark and bright were exchanged. */
  readonly loaded: ReadonlySignal<{ name: string; inverted: boolean } | null>;
  load(file: Blob | null | undefined, name?: string): Promise<void>;
  /** Shows the last file as it was. */
  keep(): void;
  dispose(): void;
}

/** Whatever the browser can show as an image, as pixels. */
async function decode(file: Blob): Promise<Bitmap> {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    // A drawing of lines may have no size of its own.
    const [across, down] = [image.naturalWidth || MOST_PIXELS, image.naturalHeight || MOST_PIXELS];
    const scale = Math.min(1, MOST_PIXELS / Math.max(across, down));
    const [width, height] = [across, down].map((side) => Math.max(1, Math.round(side * scale))) as [
      number,
      number,
    ];
    const context = contextOf(scratchCanvas(width, height), true);
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } finally {
    URL.revokeObjectURL(address);
  }
}

export function createOwnImage(store: ImageStore): OwnImage {
  const drawing = signal(false);
  const erasing = signal(false);
  const sketch = signal<Uint8Array>(new Uint8Array());
  const failure = signal<string | null>(null);
  const loaded = signal<{ name: string; inverted: boolean } | null>(null);
  let bitmap: Bitmap | null = null;
  /** What was looked at before something was drawn. */
  let before: ChosenTrait | null = null;
  /** Which file was asked for last: a larger one before it may be decoded later. */
  let asked = 0;

  const sending = createThrottle(() => {
    const pixels = toBase64(sketch.peek());
    store.show({ type: "show_image", source: "drawn", name: "", pixels });
  });

  function change(paint: (pixels: Uint8Array) => void): void {
    const pixels = sketch.peek().slice();
    paint(pixels);
    sketch.value = pixels;
    sending.soon();
  }

  /** What was looked at before, if nothing was drawn, and another view shows nothing else meanwhile. */
  function showBefore(): void {
    const now = store.chosen.peek();
    if (!before || !now || sketch.peek().some(Boolean)) return;
    const isEmpty = now.source === "drawn" && !bytesIn(now.pixels).some(Boolean);
    if (!isEmpty && now.version !== before.version) return;
    const { source, image, name, pixels } = before;
    sending.stop();
    if (source !== "test")
      store.show({ type: "show_image", source, name, pixels: toBase64(bytesIn(pixels)) });
    else if (image !== null) store.show({ type: "choose", image });
  }

  function take(name: string, keep: boolean): void {
    if (!bitmap) return;
    const data = store.data.peek();
    const dark = hasDarkGround(bytesIn(store.gallery.peek()?.pixels ?? null), data);
    const { pixels, inverted } = fitImage(bitmap, data, dark, keep);
    loaded.value = { name, inverted };
    store.show({ type: "show_image", source: "file", name, pixels: toBase64(pixels) });
  }

  return {
    drawing,
    erasing,
    sketch,
    failure,
    loaded,
    begin() {
      const bytes = bytesOf(store.data.peek());
      const chosen = store.chosen.peek();
      const known = chosen?.source === "drawn" ? bytesIn(chosen.pixels).slice() : null;
      before = chosen?.source === "drawn" ? null : chosen;
      [failure.value, erasing.value, drawing.value] = [null, false, true];
      if (known?.length === bytes) sketch.value = known;
      // Also while it is empty it is what the network answers to.
      else {
        sketch.value = new Uint8Array(bytes);
        sending.soon();
      }
    },
    draw(from, to, erases = erasing.peek()) {
      const data = store.data.peek();
      const reach = (erases ? ERASER : PEN) * Math.max(data.width, data.height);
      change((pixels) => stroke(pixels, data, from, to, Math.max(0.5, reach), !erases));
    },
    clear: () => change((pixels) => pixels.fill(0)),
    done() {
      drawing.value = false;
      showBefore();
    },
    async load(file, name = file instanceof File ? file.name : "") {
      if (!file) return;
      const own = ++asked;
      const called = name || "pasted image";
      const wasDrawing = drawing.peek();
      [failure.value, drawing.value] = [null, false];
      try {
        const found = await decode(file);
        if (own !== asked) return;
        bitmap = found;
        take(called, false);
      } catch {
        if (own !== asked) return;
        failure.value = `${called} is no image that this browser can read`;
        if (wasDrawing) showBefore();
      }
    },
    keep: () => take(loaded.peek()?.name ?? "", true),
    dispose() {
      asked++;
      sending.stop();
    },
  };
}

export function useOwnImage(): OwnImage {
  const { store } = useImages();
  const own = useMemo(() => createOwnImage(store), [store]);
  useEffect(() => own.dispose, [own]);
  return own;
}
