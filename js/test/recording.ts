// Writes recordings as Python does, of frames as the stand-ins for models make them.
import { deflateSync } from "node:zlib";
import type {
  FrameHeader,
  FramePart,
  RecordedPart,
  RecordedPast,
  RecordedRun,
} from "../src/generated/protocol";

const ARRAYS = {
  uint8: Uint8Array,
  int16: Int16Array,
  float32: Float32Array,
  float64: Float64Array,
};

export type RecordedFrame = readonly [header: FrameHeader, bytes: DataView, past?: number | null];

interface Options {
  stands?: number;
  pasts?: RecordedPast[];
  /** Names of parts that are kept as multiples of a number. */
  rounded?: readonly string[];
  /** What the recording says of itself, if not what is true. */
  about?: Partial<RecordedRun>;
}

/** The rows are those of the last frame. */
export function encode(frames: readonly RecordedFrame[], options: Options = {}): DataView {
  const { stands = frames.length - 1, pasts = [], rounded = [], about = {} } = options;
  const planes: Uint8Array[] = [];
  const stretches: RecordedRun["stretches"] = [];
  let first = 0;
  while (first < frames.length) {
    const kind = kindOf(frames[first] as RecordedFrame);
    const rest = frames.slice(first).findIndex((frame) => kindOf(frame) !== kind);
    const stretch = frames.slice(first, rest < 0 ? undefined : first + rest);
    first += stretch.length;
    const parts = curvesAside(stretch[0]?.[0] as FrameHeader).map((part, at): RecordedPart => {
      const values = stretch.map((frame) => bytesOf(frame, curvesAside(frame[0])[at] as FramePart));
      const scale = rounded.includes(part.name) ? scaleOf(values) : null;
      const multiples = values.map((bytes) => (scale === null ? bytes : multiplesOf(bytes, scale)));
      planes.push(byPlanes(multiples, scale === null ? ARRAYS[part.dtype].BYTES_PER_ELEMENT : 2));
      return { name: part.name, dtype: part.dtype, shape: part.shape, scale };
    });
    stretches.push({
      headers: stretch.map(([header]) => ({ ...header, parts: [] })),
      parts,
      past: stretch[0]?.[2] ?? null,
    });
  }
  const end = frames.at(-1) as RecordedFrame;
  const rows = end[0].parts
    .filter(({ name }) => name === "steps" || name === "epochs")
    .map((part): RecordedPart => {
      planes.push(byPlanes([bytesOf(end, part)], 8));
      return { name: part.name, dtype: part.dtype, shape: part.shape, scale: null };
    });
  return compress({ format: 1, stands, stretches, rows, pasts, ...about }, planes);
}

export function compress(about: unknown, planes: readonly Uint8Array[] = []): DataView {
  const text = new TextEncoder().encode(
    JSON.stringify(about, (_, value) =>
      value instanceof DataView
        ? { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") }
        : value,
    ),
  );
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  const zeros = Buffer.alloc((8 - ((4 + text.length) % 8)) % 8);
  const bytes = deflateSync(Buffer.concat([size, text, zeros, ...planes]));
  // As in a message: somewhere in a larger block.
  const block = new Uint8Array(bytes.length + 3);
  block.set(bytes, 3);
  return new DataView(block.buffer, 3);
}

const curvesAside = (header: FrameHeader) =>
  header.parts.filter(({ name }) => name !== "steps" && name !== "epochs");

const kindOf = ([header, , past = null]: RecordedFrame) =>
  JSON.stringify([past, curvesAside(header).map(({ name, dtype, shape }) => [name, dtype, shape])]);

function bytesOf([, block]: RecordedFrame, { dtype, shape, offset }: FramePart): Uint8Array {
  const size = shape.reduce((product, side) => product * side, ARRAYS[dtype].BYTES_PER_ELEMENT);
  return new Uint8Array(block.buffer, block.byteOffset + offset, size);
}

const floats = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer);

const scaleOf = (frames: readonly Uint8Array[]) =>
  Math.max(...frames.flatMap((bytes) => [...floats(bytes)].filter(Number.isFinite).map(Math.abs)), 0) /
    (2 ** 15 - 1) || 1;

const multiplesOf = (bytes: Uint8Array, scale: number) =>
  new Uint8Array(
    Int16Array.from(floats(bytes), (value) =>
      Number.isFinite(value) ? Math.round(value / scale) : -(2 ** 15),
    ).buffer,
  );

/** The differences from frame to frame: first the lowest bytes of all numbers, then the next higher ones. */
function byPlanes(frames: readonly Uint8Array[], size: number): Uint8Array {
  const numbers = (bytes: Uint8Array | undefined) =>
    Array.from({ length: (bytes?.length ?? 0) / size }, (_, index) => {
      let number = 0n;
      for (let byte = size - 1; byte >= 0; byte--)
        number = 256n * number + BigInt(bytes?.[index * size + byte] ?? 0);
      return number;
    });
  const most = 256n ** BigInt(size);
  const differences = frames.flatMap((bytes, at) => {
    const before = numbers(frames[at - 1]);
    return numbers(bytes).map((number, index) => (most + number - (before[index] ?? 0n)) % most);
  });
  return Uint8Array.from(
    Array.from({ length: size }, (_, byte) =>
      differences.map((number) => Number((number >> BigInt(8 * byte)) & 255n)),
    ).flat(),
  );
}
