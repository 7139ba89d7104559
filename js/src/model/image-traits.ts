// The traits of an image trainer that the browser follows. A name that Python has and that is missing does not compile.
import type { ImageSettings, ImageTraits } from "../generated/protocol";
import { COMMON_OTHERS, COMMON_SETTINGS } from "./common-traits";

/** A reader can set these. */
export const IMAGE_SETTING_NAMES = Object.keys({
  ...COMMON_SETTINGS,
  epochs: true,
  shuffle: true,
} satisfies Record<keyof ImageSettings, true>) as (keyof ImageSettings)[];

export const IMAGE_OTHER_NAMES = Object.keys({
  ...COMMON_OTHERS,
  device_name: true,
  _data: true,
  _way: true,
  _gallery: true,
  _chosen: true,
  _snapshot: true,
  _past: true,
} satisfies Record<Exclude<keyof ImageTraits, keyof ImageSettings>, true>) as Exclude<
  keyof ImageTraits,
  keyof ImageSettings
>[];
