// The traits of a trainer of functions that the browser follows. A name that Python has and that is missing does not
// compile.
import type { FunctionSettings, FunctionTraits } from "../generated/protocol";
import { COMMON_OTHERS, COMMON_SETTINGS } from "./common-traits";

/** A reader can set these. */
export const FUNCTION_SETTING_NAMES = Object.keys({
  ...COMMON_SETTINGS,
  function: true,
  domain: true,
  n_samples: true,
  noise: true,
  test_share: true,
  data_seed: true,
  standardise: true,
} satisfies Record<keyof FunctionSettings, true>) as (keyof FunctionSettings)[];

export const FUNCTION_OTHER_NAMES = Object.keys({
  ...COMMON_OTHERS,
  _data: true,
  _sweep: true,
  _snapshot: true,
  _past: true,
} satisfies Record<Exclude<keyof FunctionTraits, keyof FunctionSettings>, true>) as Exclude<
  keyof FunctionTraits,
  keyof FunctionSettings
>[];
