// A recorded run as bytes, and what is in it. How they are laid out is said in Python, in `_recorded_types`; they may
// come from anywhere, so that whatever else they are is an error.
import type { FrameHeader, RecordedPart, RecordedPast, RecordedRun } from "../generated/protocol";
import { ARRAYS, length } from "./frames";
import { EPOCH, STEP } from "./history";

/** All moments of a run, in their order. */
export interface Recording {
  readonly headers: readonly FrameHeader[];
  /** The number of the moment where the run stands. */
  readonly stands: number;
  /** The curves of the whole run. */
  readonly rows: Rows;
  /** Network and data of a moment, where they are not those of the traits. */
  past(index: number): RecordedPast | null;
  /** A moment as a frame that has these rows. */
  frame(index: number, rows?: Rows): [header: FrameHeader, bytes: DataView<ArrayBuffer>];
}

export interface Rows {
  readonly steps: Float64Array;
  readonly epochs: Float64Array;
}

const FORMAT = 1;
/** More bytes are no recording of ours. */
const MOST_INFLATED = 2 ** 27;
const ALIGNMENT = 8;
const NO_NUMBER = -(2 ** 15);

const aligned = (size: number) => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

function refuse(): never {
  throw new Error("this is no recorded run");
}

export async function decode(data: DataView | ArrayBuffer, most = MOST_INFLATED): Promise<Recording> {
  const block = await inflate(data, most);
  const size = block.length < 4 ? refuse() : new DataView(block.buffer).getUint32(0, true);
  const text = new TextDecoder().decode(block.subarray(4, 4 + size));
  const run: RecordedRun = JSON.parse(text, (_, value) =>
    typeof value?.base64 === "string" ? bytesOf(value.base64) : value,
  );
  if (run.format !== FORMAT) refuse();
  return read(run, createTaker(block, aligned(4 + size)));
}

async function inflate(data: DataView | ArrayBuffer, most: number): Promise<Uint8Array<ArrayBuffer>> {
  let size = 0;
  const bounded = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      size += chunk.length;
      if (size > most) refuse();
      controller.enqueue(chunk);
    },
  });
  const stream = new Blob([data as ArrayBuffer])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"))
    .pipeThrough(bounded);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const bytesOf = (base64: string) =>
  new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);

/** The values of a part in each moment of its stretch. */
interface Plane extends Omit<RecordedPart, "scale"> {
  at(index: number): Uint8Array<ArrayBuffer>;
}

interface Taker {
  /** The next plane. */
  plane(part: RecordedPart, moments: number): Plane;
  /** Whether all of them were taken. */
  isDone(): boolean;
}

function createTaker(block: Uint8Array, start: number): Taker {
  let place = start;
  return {
    isDone: () => place === block.length,
    plane({ name, dtype, shape, scale }, moments) {
      const sides: readonly unknown[] = Array.isArray(shape) ? shape : [-1];
      const isKnown =
        dtype in ARRAYS && sides.every((side) => Number.isSafeInteger(side) && Number(side) >= 0);
      if (!isKnown || (scale !== null && !Number.isFinite(scale))) refuse();
      const size = (scale === null ? ARRAYS[dtype] : Int16Array).BYTES_PER_ELEMENT;
      const each = length(shape);
      const count = each * moments;
      if (!(count * size <= block.length - place)) refuse();
      const values = summed(block.subarray(place, place + count * size), size, each);
      place += count * size;
      return {
        ...{ name, dtype, shape },
        at(index) {
          const bytes = values.subarray(index * each * size, (index + 1) * each * size);
          if (scale === null) return bytes;
          const numbers = new Int16Array(bytes.slice().buffer);
          const scaled = Float32Array.from(numbers, (number) =>
            number === NO_NUMBER ? Number.NaN : number * scale,
          );
          return new Uint8Array(scaled.buffer);
        },
      };
    },
  };
}

/** Whole numbers from their bytes, lowest first: of the first moment as they are, of others as differences. */
function summed(planes: Uint8Array, size: number, each: number): Uint8Array<ArrayBuffer> {
  const count = planes.length / size;
  const values = new Uint8Array(planes.length);
  for (let number = 0; number < count; number++) {
    let sum = 0;
    for (let byte = 0; byte < size; byte++) {
      const before = number < each ? 0 : (values[(number - each) * size + byte] as number);
      sum += before + (planes[byte * count + number] as number);
      values[number * size + byte] = sum;
      sum >>= 8;
    }
  }
  return values;
}

function read({ stretches, rows, pasts, stands }: RecordedRun, take: Taker): Recording {
  const moments = stretches.flatMap(({ headers, parts, past }) => {
    const planes = parts.map((part) => take.plane(part, headers.length));
    if (past !== null && !pasts[past]) refuse();
    return headers.map((header, at) => {
      if (!Number.isFinite(header.epoch) || !Number.isFinite(header.step)) refuse();
      return { header, planes, at, past: past === null ? null : (pasts[past] as RecordedPast) };
    });
  });
  const curves = new Map(rows.map((part) => [part.name, take.plane(part, 1)]));
  if (!take.isDone()) refuse();
  if (!moments[stands]) refuse();
  const curve = (name: string) => {
    const plane = curves.get(name);
    return plane
      ? Float64Array.from(new ARRAYS[plane.dtype](plane.at(0).slice().buffer))
      : new Float64Array();
  };
  return {
    headers: moments.map(({ header }) => header),
    stands,
    rows: { steps: curve("steps"), epochs: curve("epochs") },
    past: (index) => moments[index]?.past ?? null,
    frame(index, brought) {
      const { header, planes, at } = moments[index] as (typeof moments)[number];
      const parts: Packed[] = planes.map((plane) => ({ ...plane, bytes: plane.at(at) }));
      for (const [name, width] of COLUMNS) {
        const bytes = new Uint8Array(Float64Array.from(brought?.[name] ?? []).buffer);
        const shape = [bytes.length / (width * Float64Array.BYTES_PER_ELEMENT), width];
        parts.push({ name, dtype: "float64", shape, bytes });
      }
      return pack(header, parts);
    },
  };
}

interface Versioned {
  readonly version: number;
}

/** Whether a moment is of this network and these data; `snapshot` is a picture of one, if there is any. */
export const isOf = (
  header: FrameHeader,
  network: Versioned,
  data: Versioned,
  snapshot: FrameHeader | null,
) =>
  header.network_version === network.version &&
  header.data_version === data.version &&
  (snapshot?.network_version !== network.version || weights(snapshot) === weights(header));

const weights = ({ parts }: FrameHeader) => parts.find(({ name }) => name === "parameters")?.shape[0];

const COLUMNS = [
  ["steps", Object.keys(STEP).length],
  ["epochs", Object.keys(EPOCH).length],
] as const;

interface Packed extends Omit<RecordedPart, "scale"> {
  readonly bytes: Uint8Array;
}

/** One block of all parts, as a frame has it. */
function pack(header: FrameHeader, packed: readonly Packed[]): [FrameHeader, DataView<ArrayBuffer>] {
  let offset = 0;
  const parts = packed.map(({ name, dtype, shape, bytes }) => {
    const part = { name, dtype, shape, offset };
    offset += aligned(bytes.length);
    return part;
  });
  const block = new Uint8Array(offset);
  packed.forEach(({ bytes }, index) => {
    block.set(bytes, parts[index]?.offset);
  });
  return [{ ...header, parts }, new DataView(block.buffer)];
}
