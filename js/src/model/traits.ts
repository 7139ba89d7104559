// The traits of a planar trainer that the browser follows. A name that Python has and that is missing does not compile.
import type { Settings, Traits } from "../generated/protocol";
import { COMMON_OTHERS, COMMON_SETTINGS } from "./common-traits";

/** A reader can set these. */
export const SETTING_NAMES = Object.keys({
  ...COMMON_SETTINGS,
  n_samples: true,
  noise: true,
  test_share: true,
  data_seed: true,
  n_classes: true,
  features: true,
  standardise: true,
  axes: true,
} satisfies Record<keyof Settings, true>) as (keyof Settings)[];

export const OTHER_NAMES = Object.keys({
  ...COMMON_OTHERS,
  _data: true,
  _snapshot: true,
  _past: true,
} satisfies Record<Exclude<keyof Traits, keyof Settings>, true>) as Exclude<keyof Traits, keyof Settings>[];
