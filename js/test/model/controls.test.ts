import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createControl, partOf } from "../../src/model/controls";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A control of a setting that is one number for all layers or one each, and what it sends. */
function dropout(value: number | number[]) {
  const sent: (number | number[])[] = [];
  const control = createControl(signal<number | number[]>(value), (next) => sent.push(next));
  return { control, sent };
}

describe("partOf", () => {
  it("reads the value of its layer, and the first where it is for all", () => {
    const { control } = dropout([0.1, 0.2]);
    expect([0, 1, null].map((index) => partOf(control, index, 2).value.value)).toEqual([0.1, 0.2, 0.1]);
    expect(partOf(dropout(0.3).control, 1, 2).value.value).toBe(0.3);
  });

  it("sets its layer, and says one value where all are alike", () => {
    const { control, sent } = dropout(0.1);
    partOf(control, 1, 3).set(0.5);
    partOf(control, 1, 3).set(0.1);
    partOf(control, null, 3).set(0.4);
    expect(sent).toEqual([[0.1, 0.5, 0.1], 0.1, 0.4]);
  });

  it("leaves what Python said as it is", () => {
    const values = [0.1, 0.2];
    partOf(dropout(values).control, 0, 2).set(0.9);
    expect(values).toEqual([0.1, 0.2]);
  });

  it("knows a layer that was added before Python knows its value: it is as the last one's", () => {
    const { control, sent } = dropout([0.1, 0.2]);
    partOf(control, 2, 3).set(0.5);
    expect(sent).toEqual([[0.1, 0.2, 0.5]]);
    partOf(control, 4, 5).set(0.6);
    expect(sent.at(-1)).toEqual([0.1, 0.2, 0.5, 0.5, 0.6]);
  });
});
