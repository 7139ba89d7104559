// What a network may be given of a point, and what it is given: with names, and with maps that can be drawn.
import { labelParts } from "../draw/formula";
import type { DataTrait, FeatureTrait } from "../generated/protocol";
import type { Field } from "../model/frames";

export interface Feature {
  readonly name: string;
  /** For the stage and for formulas: "x₁", "sin x₁". */
  readonly label: string;
  /** For the tooltip and for screen readers: of a column, what the data call it. */
  readonly title: string;
  /** Whether the data call this column something else than x₁, x₂, … */
  readonly named: boolean;
  readonly field: Field | null;
}

const SIDE = 32;
const known = new WeakMap<DataTrait, readonly Feature[]>();

export function featuresOf(data: DataTrait): readonly Feature[] {
  const found = known.get(data) ?? data.features.map((feature) => describe(data, feature));
  known.set(data, found);
  return found;
}

function describe({ feature_names }: DataTrait, { name, label, tile }: FeatureTrait): Feature {
  const column = /^x(\d+)$/.exec(name)?.[1];
  const title = (column && feature_names[Number(column) - 1]) || name;
  const cells = new Uint8Array(tile.buffer, tile.byteOffset, tile.byteLength);
  return { name, label, title, named: title !== name, field: { cells, columns: SIDE, rows: SIDE } };
}

const given = new WeakMap<DataTrait, readonly Feature[]>();

/** The inputs of the network, in order: the same array for the same data, so that nothing is laid out again. */
export function inputsOf(data: DataTrait): readonly Feature[] {
  const found =
    given.get(data) ??
    data.inputs.map(
      (name) =>
        featuresOf(data).find((feature) => feature.name === name) ?? {
          name,
          label: name,
          title: name,
          named: false,
          field: null,
        },
    );
  given.set(data, found);
  return found;
}

/** Widths of letters in a wide typeface: a label may be narrower than this, hardly wider. */
const LETTER = 8;
const SPACE = 4;
const INDEX = 6.5;
const CHARACTERS = { var: LETTER, text: LETTER, sub: INDEX, pos: LETTER, neg: LETTER };

/** About how wide a label is on screen. */
export function labelWidth(label: string): number {
  let width = 0;
  for (const { kind, text } of labelParts(label)) {
    for (const character of text) width += character === " " ? SPACE : CHARACTERS[kind];
  }
  return width;
}
