// One step in slow motion, as it arrives and as it is used.
import type { TraceMessage } from "../generated/protocol";
import { type Bytes, floatParts } from "./frames";

export interface Trace extends TraceMessage {
  /** Flat arrays by their names; what has not come is empty. */
  part(name: string): Float32Array;
}

const NOTHING = new Float32Array();

export function readTrace(message: TraceMessage, bytes: Bytes): Trace {
  const parts = floatParts(message.parts, bytes);
  return { ...message, part: (name) => parts[name] ?? NOTHING };
}
