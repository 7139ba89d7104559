// A frame of a perceptron: what all trainers of the plane send, and what the rule does with the next sample.

import type { Weights } from "../draw/halves";
import type { PerceptronFrameHeader } from "../generated/protocol";
import { type Bytes, doubles, type Frame, readFrame } from "./frames";

/** The next sample of the epoch. */
export interface Hand {
  /** Among the training samples. */
  readonly index: number;
  readonly x: readonly [number, number];
  readonly target: number;
  readonly z: number;
  readonly output: number;
  /** y − y′. */
  readonly error: number;
  /** What the rule adds to w1, w2 and b, and what they are after that. */
  readonly change: Weights;
  readonly after: Weights;
}

export interface PerceptronFrame extends Frame {
  readonly weights: Weights | null;
  readonly hand: Hand | null;
  /** Since the beginning. */
  readonly updates: number;
  /** Of the epoch that has begun. */
  readonly mistakes: number;
  readonly seen: number;
  /** Epochs and the mistakes of each, one pair after the other. */
  readonly epochMistakes: Float64Array;
  /** The last other weights of this run. */
  readonly trace: Weights | null;
}

function readHand(values: Float64Array): Hand | null {
  const [index, x1, x2, target, z, output, error, ...rest] = values;
  if (rest.length < 6) return null;
  const [w1 = 0, w2 = 0, b = 0, after1 = 0, after2 = 0, afterB = 0] = rest;
  return {
    index: index as number,
    x: [x1 as number, x2 as number],
    target: target as number,
    z: z as number,
    output: output as number,
    error: error as number,
    change: [w1, w2, b],
    after: [after1, after2, afterB],
  };
}

const isSame = (first: Weights | null, second: Weights | null) =>
  first?.every((value, index) => value === second?.[index]) ?? false;

/** What is left to see of the line before: that of the frame on screen, if the run went on from there. */
function traceOf(now: Weights, header: PerceptronFrameHeader, before: PerceptronFrame | null) {
  if (!before?.weights) return null;
  const last = before.header;
  const isOther =
    last.network_version !== header.network_version ||
    last.data_version !== header.data_version ||
    last.preview !== header.preview ||
    header.step < last.step ||
    header.preview;
  if (isOther) return null;
  return isSame(now, before.weights) ? before.trace : before.weights;
}

/** `before` is the frame on screen. */
export function readPerceptronFrame(
  header: PerceptronFrameHeader,
  bytes: Bytes,
  before: PerceptronFrame | null,
): PerceptronFrame {
  const frame = readFrame(header, bytes, before);
  const part = doubles(header.parts, bytes);
  const [updates = 0, mistakes = 0, seen = 0] = part("counts");
  const [w1, w2, b] = frame.parameters;
  const weights: Weights | null =
    w1 === undefined || w2 === undefined || b === undefined ? null : [w1, w2, b];
  return {
    ...frame,
    weights,
    hand: readHand(part("hand")),
    updates,
    mistakes,
    seen,
    epochMistakes: part("mistakes"),
    trace: weights && traceOf(weights, header, before),
  };
}
