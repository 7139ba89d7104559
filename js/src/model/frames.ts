// A frame as it arrives (a header and one block of bytes) and as it is used (typed arrays).
import type { FrameHeader, FramePart } from "../generated/protocol";
import { readSpaces, type SpaceParts } from "./space";

/** One picture: values over the plane as bytes, row 0 at the top; value = (cell - 128) / 127 * scale. */
export interface Field {
  readonly cells: Uint8Array;
  readonly columns: number;
  readonly rows: number;
}

/** What open panels show beside the picture; null where nobody wants it, or it is not known. */
export interface Inside {
  /** Of the loss over the training set, and what the last step changed: flat, as the parameters are. */
  readonly gradients: Float32Array | null;
  readonly changes: Float32Array | null;
  /** Rows of bound, mean, deviation and counts, one a layer. */
  readonly activations: Float32Array | null;
  /** Rows are true classes, columns what they are taken for. */
  readonly confusion: { readonly train: Float32Array | null; readonly test: Float32Array | null };
  /** Predictions for the points on the map; for both sets the RMSE, the largest residual and where it is. */
  readonly fitted: Float32Array | null;
  readonly residuals: Float64Array | null;
  readonly spaces: ReadonlyMap<number, SpaceParts>;
  /** How many frames ago they came: on a slow link not each frame brings them. */
  readonly age: number;
}

export interface Frame {
  readonly header: FrameHeader;
  readonly inside: Inside;
  readonly parameters: Float32Array;
  /** The decision map: 2p - 1; of more than two classes the margin (cell / 255)² of the likeliest of them. */
  readonly map: Field | null;
  /** Of more than two classes, the likeliest. */
  readonly classes: Field | null;
  /** One square tile per hidden neuron, in the order of the layers; then, of several outputs, P = cell / 255. */
  readonly tiles: readonly Field[];
  readonly tileScales: Float32Array;
  /** The map of the neuron that `header.focus` names. */
  readonly focusMap: Field | null;
  readonly focusScale: number;
  /** Bit i % 8 of byte i >> 3: point i is misclassified. */
  readonly wrong: Uint8Array;
  /** New rows of the curves (all rows if `header.full`). */
  readonly steps: Float64Array;
  readonly epochs: Float64Array;
}

export type Bytes = ArrayBuffer | DataView<ArrayBufferLike>;

const ALIGNMENT = 8;

/** What the numbers of a part are. */
export const ARRAYS = {
  uint8: Uint8Array,
  int16: Int16Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** The bytes as an aligned array: a message may place its parts anywhere in a larger block. */
export function aligned(bytes: Bytes): Uint8Array<ArrayBufferLike> {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.byteOffset % ALIGNMENT === 0 ? view : view.slice();
}

/** Arrays of 64-bit floats by the names of their parts; those that a frame does not have are empty. */
export function doubles(parts: readonly FramePart[], bytes: Bytes): (name: string) => Float64Array {
  const block = aligned(bytes);
  return (name) => {
    const part = parts.find((each) => each.name === name);
    return part
      ? new Float64Array(block.buffer, block.byteOffset + part.offset, length(part.shape))
      : new Float64Array();
  };
}

/** Arrays of 32-bit floats by the names of their parts. */
export function floatParts(parts: readonly FramePart[], bytes: Bytes): Partial<Record<string, Float32Array>> {
  const block = aligned(bytes);
  return Object.fromEntries(
    parts.map(({ name, shape, offset }) => [
      name,
      new Float32Array(block.buffer, block.byteOffset + offset, length(shape)),
    ]),
  );
}

export const length = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** Parts that come only where a panel wants them. */
const WANTED = new Set([
  "gradients",
  "changes",
  "activations",
  "confusion_train",
  "confusion_test",
  "fitted",
  "residuals",
]);
/** Python sends them at least with every fourth frame. */
const OLDEST = 3;

/** What came with an earlier frame of the same run stands until the next one that brings it. */
function kept(header: FrameHeader, before: Frame | null): Inside | null {
  if (!before || header.full || header.parts.some(({ name }) => WANTED.has(name) || name.startsWith("space")))
    return null;
  const { header: last, inside } = before;
  const same = last.network_version === header.network_version && last.data_version === header.data_version;
  const running = header.status === "running" && header.step >= last.step;
  return same && running && inside.age < OLDEST ? { ...inside, age: inside.age + 1 } : null;
}

/** `before` is the frame on screen. */
export function readFrame(header: FrameHeader, bytes: Bytes, before: Frame | null = null): Frame {
  const block = aligned(bytes);
  const parts = new Map(header.parts.map((part) => [part.name, part]));
  const at = (part: FramePart) => block.byteOffset + part.offset;

  const uint8 = (name: string) => {
    const part = parts.get(name);
    return part ? new Uint8Array(block.buffer, at(part), length(part.shape)) : new Uint8Array();
  };
  const float32 = (name: string) => {
    const part = parts.get(name);
    return part ? new Float32Array(block.buffer, at(part), length(part.shape)) : new Float32Array();
  };
  const int16 = (name: string) => {
    const part = parts.get(name);
    return part ? new Int16Array(block.buffer, at(part), length(part.shape)) : new Int16Array();
  };
  const float64 = doubles(header.parts, bytes);
  const field = (name: string): Field | null => {
    const [rows, columns] = parts.get(name)?.shape ?? [];
    return rows && columns ? { cells: uint8(name), columns, rows } : null;
  };

  const wanted = (name: string) => (parts.has(name) ? float32(name) : null);

  return {
    header,
    inside: kept(header, before) ?? {
      gradients: wanted("gradients"),
      changes: wanted("changes"),
      activations: wanted("activations"),
      confusion: { train: wanted("confusion_train"), test: wanted("confusion_test") },
      fitted: wanted("fitted"),
      residuals: parts.has("residuals") ? float64("residuals") : null,
      spaces: readSpaces(parts, int16, float32),
      age: 0,
    },
    parameters: float32("parameters"),
    map: field("map"),
    classes: field("classes"),
    tiles: splitTiles(uint8("tiles"), parts.get("tiles")?.shape ?? []),
    tileScales: float32("tile_scales"),
    focusMap: field("focus_map"),
    focusScale: float32("focus_scale")[0] ?? 1,
    wrong: uint8("wrong"),
    steps: float64("steps"),
    epochs: float64("epochs"),
  };
}

function splitTiles(cells: Uint8Array, shape: readonly number[]): Field[] {
  const [count = 0, rows = 0, columns = 0] = shape;
  const size = rows * columns;
  return Array.from({ length: count }, (_, tile) => ({
    cells: cells.subarray(tile * size, (tile + 1) * size),
    columns,
    rows,
  }));
}
