// A frame of an image trainer. Most of its parts come less often than its figures: each stands until a newer one of it
// comes, or until what it was taken from is no more.
import type { FramePart, ImageFrameHeader } from "../generated/protocol";
import { ARRAYS, aligned, type Bytes, length } from "./frames";

type Cells = Uint8Array | Float32Array | Int16Array | Float64Array;

/** Which arrays there are; `ImageFrameHeader` in Python says what is in them. */
export interface PartArrays {
  confusion: Float32Array;
  answers: Uint8Array;
  confidence: Float32Array;
  logits: Float32Array;
  probabilities: Float32Array;
  /** Numbers of units, or maps as bytes. */
  [stage: `stage${number}`]: Float32Array | Uint8Array;
  [range: `stage${number}_range`]: Float32Array;
  [edges: `edges${number}`]: Float32Array;
  saliency: Float32Array;
  first: Uint8Array;
  first_scale: Float32Array;
  first_kind: Uint8Array;
  first_bias: Float32Array;
  first_on: Float32Array;
  first_class: Uint8Array;
  histograms: Float32Array;
}

/** An array as it came: the same object until a newer one comes. */
export interface Part<Values = Cells> {
  readonly values: Values;
  readonly shape: readonly number[];
  /** The step at whose weights it was made. */
  readonly step: number;
  /** The gallery and the chosen image that were there then. */
  readonly gallery: number;
  readonly chosen: number;
}

export type Parts = ReadonlyMap<string, Part>;

export interface ImageFrame {
  readonly header: ImageFrameHeader;
  /** The newest of each part. */
  readonly parts: Parts;
  /** New rows of the curves (all rows if `header.full`). */
  readonly steps: Float64Array;
  readonly epochs: Float64Array;
}

const OF_GALLERY = /^(answers|confidence)$/;
const OF_CHOSEN = /^(logits|probabilities|saliency|stage\d+(_range)?|edges\d+)$/;
const CURVES = new Set(["steps", "epochs"]);
const NO_ROWS = new Float64Array();
export const NO_PARTS: Parts = new Map();

/** `before` is the frame that came before this one. */
export function readImageFrame(
  header: ImageFrameHeader,
  bytes: Bytes,
  before: ImageFrame | null,
): ImageFrame {
  const block = aligned(bytes);
  const read = ({ dtype, offset, shape }: FramePart): Cells =>
    new ARRAYS[dtype](block.buffer as ArrayBuffer, block.byteOffset + offset, length(shape));
  const rows = (name: string) => {
    const part = header.parts.find((each) => each.name === name);
    return part ? (read(part) as Float64Array) : NO_ROWS;
  };
  const fresh = header.parts.filter(({ name }) => !CURVES.has(name));
  const kept = before && goesOn(before.header, header) ? before.parts : NO_PARTS;
  const { step, gallery_version: gallery, chosen_version: chosen } = header;
  const parts = fresh.length
    ? new Map([
        ...kept,
        ...fresh.map((part): [string, Part] => [
          part.name,
          { values: read(part), shape: part.shape, step, gallery, chosen },
        ]),
      ])
    : kept;
  return { header, parts, steps: rows("steps"), epochs: rows("epochs") };
}

/** Whether a frame shows a later moment of the same run. */
const goesOn = (before: ImageFrameHeader, now: ImageFrameHeader) =>
  !now.full &&
  now.preview === before.preview &&
  now.step >= before.step &&
  now.network_version === before.network_version &&
  now.data_version === before.data_version;

/** What is about these images; what was answered for others says nothing of them. */
export function partsOf(parts: Parts, gallery: number | undefined, chosen: number | undefined): Parts {
  return new Map(
    [...parts].filter(
      ([name, part]) =>
        (!OF_GALLERY.test(name) || part.gallery === gallery) &&
        (!OF_CHOSEN.test(name) || part.chosen === chosen),
    ),
  );
}
