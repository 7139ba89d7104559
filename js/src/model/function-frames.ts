// A frame of a trainer of functions: the fit over the domain, and what each neuron gives to it.
import type { FrameHeader, FunctionFrameHeader } from "../generated/protocol";
import { aligned, type Bytes, length } from "./frames";

/** What a fit is the sum of: a constant, and the output weight × the activation of each neuron. */
export interface Pieces {
  readonly units: number;
  /** Values over the domain, neuron after neuron. */
  readonly values: Float32Array;
  readonly bias: number;
  /** The x at which the neuron's own sum is 0; NaN where there is none. */
  readonly places: Float32Array;
}

export interface FunctionFrame {
  readonly header: FunctionFrameHeader;
  readonly parameters: Float32Array;
  /** The output over the domain. */
  readonly fit: Float32Array;
  /** None of networks whose output is no sum over neurons, and until they have come. */
  readonly pieces: Pieces | null;
  /** Prediction − y of the training samples that are shown. */
  readonly residuals: Float32Array | null;
  /** What an open panel shows beside the picture; null where nobody wants it. */
  readonly inside: { readonly gradients: Float32Array | null; readonly activations: Float32Array | null };
  /** New rows of the curves (all rows if `header.full`). */
  readonly steps: Float64Array;
  readonly epochs: Float64Array;
}

/** `before` is the frame on screen. */
export function readFunctionFrame(
  header: FrameHeader,
  bytes: Bytes,
  before: FunctionFrame | null = null,
): FunctionFrame {
  const block = aligned(bytes);
  const parts = new Map(header.parts.map((part) => [part.name, part]));
  const at = (name: string): [ArrayBuffer, number, number] | null => {
    const part = parts.get(name);
    return part ? [block.buffer as ArrayBuffer, block.byteOffset + part.offset, length(part.shape)] : null;
  };
  const float32 = (name: string) => {
    const place = at(name);
    return place && new Float32Array(...place);
  };
  const rows = (name: string) => {
    const place = at(name);
    return place ? new Float64Array(...place) : new Float64Array();
  };
  const values = float32("contributions");
  const kept = before && goesOn(before.header, header) ? before : null;
  return {
    header,
    parameters: float32("parameters") ?? new Float32Array(),
    fit: float32("fit") ?? new Float32Array(),
    pieces: values
      ? {
          units: parts.get("contributions")?.shape[0] ?? 0,
          values,
          bias: float32("bias")?.[0] ?? 0,
          places: float32("places") ?? new Float32Array(),
        }
      : (kept?.pieces ?? null),
    residuals: float32("residuals") ?? kept?.residuals ?? null,
    inside: {
      gradients: float32("gradients") ?? kept?.inside.gradients ?? null,
      activations: float32("activations") ?? kept?.inside.activations ?? null,
    },
    steps: rows("steps"),
    epochs: rows("epochs"),
  };
}

/** On a slow link not each frame brings all: what came before stands while the same network learns the same. */
const goesOn = (before: FrameHeader, now: FrameHeader) =>
  !now.full &&
  now.status === "running" &&
  now.step >= before.step &&
  now.network_version === before.network_version &&
  now.data_version === before.data_version;
