// Layers as Python opens them: what it has recorded of some small models, and how a view shows one of them.
import { readFileSync } from "node:fs";
import { SLOTS } from "../src/components/anatomy/state";
import type { AnatomyTrait, InsideTrait, NumbersTrait, PictureTrait } from "../src/generated/protocol";
import { DEFAULTS, floats, withArrays } from "./anatomy-fixture";
import { model } from "./explorer";
import { nextFrame } from "./view";

interface Recorded {
  readonly anatomy: AnatomyTrait;
  readonly insides: readonly InsideTrait[];
  readonly numbers: NumbersTrait | null;
}

const recorded: Record<string, unknown> = JSON.parse(
  readFileSync("../tests/vectors/anatomy_inside.json", "utf8"),
);

export function recordedInside(name: string, selected: string, at = 0): Recorded & { inside: InsideTrait } {
  const found = withArrays<Recorded>(structuredClone(recorded[name]));
  const inside = found.insides.filter(({ asked }) => asked.selected === selected)[at];
  if (!inside) throw new Error(`"${selected}" was not opened in "${name}"`);
  return { ...found, inside };
}

let version = 1000;

/** Shows an open layer, as it is when Python has answered. */
export async function open({ anatomy, numbers, inside }: ReturnType<typeof recordedInside>): Promise<void> {
  for (const name of SLOTS) model.update(name, null);
  model.update("_anatomy", { ...anatomy, version: ++version });
  model.update("_numbers", numbers);
  for (const [name, value] of Object.entries({ ...DEFAULTS, ...inside.asked })) model.update(name, value);
  await answer(inside);
}

/** Python sends another version of a layer. */
export async function answer(inside: InsideTrait, slot = 0): Promise<void> {
  model.update(SLOTS[slot] as string, { ...inside, version: ++version });
  await nextFrame();
}

/** A picture of one matrix, or of maps: (tiles, rows, columns). */
export function pictureTrait(
  values: readonly (readonly (readonly (number | null)[])[])[],
  changes: Partial<PictureTrait> = {},
): PictureTrait {
  const [rows, columns] = [values[0]?.length ?? 0, values[0]?.[0]?.length ?? 0];
  const tiles = values.length;
  const all = values.flat(2).filter((each): each is number => each !== null);
  return {
    role: "weight",
    name: "weight",
    shape: tiles > 1 ? [tiles, rows, columns] : [rows, columns],
    dtype: "float32",
    index: tiles > 1 ? [null, null, null] : [null, null],
    axes: [tiles > 1 ? "channel" : "", "row", "column"],
    tiles,
    first: 0,
    shown: tiles,
    rows,
    columns,
    window: [0, rows, 0, columns],
    grid: [rows, columns],
    values: floats(values.flat(2)),
    lows: null,
    highs: null,
    bound: all.length ? Math.max(...all.map(Math.abs)) : null,
    row_labels: [],
    ...changes,
  };
}
