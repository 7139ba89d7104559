// The state of an image trainer: what all trainers have, which images are shown, and what the network makes of them.
import type { AnyModel } from "@anywidget/types";
import { computed, type ReadonlySignal } from "@preact/signals";
import type {
  ChosenTrait,
  GalleryTrait,
  ImageDataTrait,
  ImageFrameHeader,
  ImageLookMessage,
  ImageMessage,
  ImageSettings,
  ImageTraits,
  WayTrait,
} from "../generated/protocol";
import type { CommonStore, ControlsOf, SignalsOf } from "./common-store";
import { createCore } from "./core";
import {
  type ImageFrame,
  NO_PARTS,
  type Part,
  type PartArrays,
  type Parts,
  partsOf,
  readImageFrame,
} from "./image-frames";
import { IMAGE_OTHER_NAMES, IMAGE_SETTING_NAMES } from "./image-traits";
import type { SceneOf } from "./scene";

export type { Part } from "./image-frames";

/** What one picture is made of. The parts about a gallery or an image are those of the ones beside them. */
export interface ImageScene extends SceneOf<ImageDataTrait, ImageFrame> {
  readonly way: WayTrait | null;
  readonly gallery: GalleryTrait | null;
  readonly chosen: ChosenTrait | null;
  readonly parts: Parts;
}

export interface ImageStore extends CommonStore {
  readonly traits: SignalsOf<ImageTraits>;
  readonly controls: ControlsOf<ImageSettings>;
  readonly scene: ReadonlySignal<ImageScene>;
  readonly data: ReadonlySignal<ImageDataTrait>;
  /** Those of the scene, which change more seldom. */
  readonly way: ReadonlySignal<WayTrait | null>;
  readonly gallery: ReadonlySignal<GalleryTrait | null>;
  readonly chosen: ReadonlySignal<ChosenTrait | null>;
  /** Other images are looked at. */
  show(message: ImageMessage): void;
  look(message: ImageLookMessage): void;
}

/** The newest array of a part; none where it is not known for what is on screen. */
export function partOf<Name extends keyof PartArrays>(
  scene: Pick<ImageScene, "parts">,
  name: Name,
): Part<PartArrays[Name]> | null {
  return (scene.parts.get(name) as Part<PartArrays[Name]> | undefined) ?? null;
}

export function createImageStore(model: AnyModel<ImageTraits>): ImageStore {
  // A frame that has no place in the scene yet still has parts that stand.
  let newest: ImageFrame | null = null;
  const core = createCore<ImageSettings, ImageTraits, ImageDataTrait, ImageFrame>(
    model,
    IMAGE_SETTING_NAMES,
    IMAGE_OTHER_NAMES,
    {
      read(header, bytes) {
        newest = readImageFrame(header as ImageFrameHeader, bytes, newest);
        return newest;
      },
    },
  );
  const { traits } = core;

  // The way of a network that no frame has come of yet waits with it.
  let lastWay: WayTrait | null = traits._way.peek();
  const way = computed(() => {
    const { version } = core.network.value;
    if (traits._network.value.version === version) lastWay = traits._way.value;
    return lastWay;
  });
  const gallery = computed(() => traits._gallery.value);
  const chosen = computed(() => traits._chosen.value);
  const known = computed(() => core.scene.value.frame?.parts ?? NO_PARTS);
  // The same object while nothing of it changes, although the figures do.
  const parts = computed(() => partsOf(known.value, gallery.value?.version, chosen.value?.version));
  core.start();
  return {
    ...core,
    scene: computed(() => ({
      ...core.scene.value,
      way: way.value,
      gallery: gallery.value,
      chosen: chosen.value,
      parts: parts.value,
    })),
    way,
    gallery,
    chosen,
    show: core.say,
  };
}
