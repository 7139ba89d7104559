// What the components of an image trainer may use beside what all views have.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ImageWant } from "../../generated/protocol";
import type { ImageScene, ImageStore } from "../../model/image-store";
import { type Geometry, useView, type View } from "../context";
import type { Easel } from "../easel";

export interface ImageGeometry extends Geometry {
  readonly wide: boolean;
  /** Of the content, without the padding of the view, in CSS pixels. */
  readonly width: number;
}

export interface ImageView extends View {
  readonly store: ImageStore;
  readonly easel: Easel<ImageScene>;
  readonly geometry: ReadonlySignal<ImageGeometry>;
  /** The unit of the first layer that is looked at; none before one was chosen. */
  readonly unit: Signal<number | null>;
  readonly wants: Wants;
}

/** Views of an image trainer have no others in them. */
export const useImages = () => useView() as ImageView;

/** What is on screen and open in a view, and therefore has to be sent. */
export interface Wants {
  readonly names: ReadonlySignal<ImageWant[]>;
  /** Something is on screen; returns how to say that it is no more. */
  hold(name: ImageWant): () => void;
}

export function createWants(): Wants {
  const held = signal<readonly ImageWant[]>([]);
  return {
    names: computed(() => [...new Set(held.value)].sort()),
    hold(name) {
      held.value = [...held.peek(), name];
      return () => {
        const at = held.peek().indexOf(name);
        held.value = held.peek().filter((_, index) => index !== at);
      };
    },
  };
}

/** Wants a part of the frames for as long as the component is there and `open`. */
export function useWant(name: ImageWant, open = true): void {
  const { wants } = useImages();
  useEffect(() => (open ? wants.hold(name) : undefined), [wants, name, open]);
}
