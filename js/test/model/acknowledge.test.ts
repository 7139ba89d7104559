import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AckMessage } from "../../src/generated/protocol";
import { type Acknowledger, createAcknowledger } from "../../src/model/acknowledge";
import { defaultTraits, makeFrame } from "../fake-model";

const RARE = 0.1;
let sent: AckMessage[];
let acknowledger: Acknowledger;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  sent = [];
  acknowledger = createAcknowledger((message) => sent.push(message));
});

afterEach(() => {
  acknowledger.dispose();
  vi.useRealTimers();
});

type Header = Parameters<Acknowledger["drawn"]>[0];
const draw = (number: number, values: Partial<Header> = {}) =>
  acknowledger.drawn(
    { ...makeFrame(defaultTraits(), {})[0], number, status: "running", interval: RARE, ...values },
    1,
  );
const numbers = () => sent.map((ack) => ack.number);

describe("acknowledging", () => {
  it("says each frame at once at the full rate", () => {
    for (const number of [1, 2, 3]) draw(number, { interval: 0.029 });
    expect(numbers()).toEqual([1, 2, 3]);
  });

  it("says rare frames two at a time", () => {
    for (const number of [1, 2, 3, 4]) {
      draw(number);
      vi.advanceTimersByTime(1000 * RARE);
    }
    expect(numbers()).toEqual([2, 4]);
  });

  it("says a rare frame alone when the next is late, and since when it is drawn", () => {
    draw(1);
    vi.advanceTimersByTime(1400 * RARE);
    expect(numbers()).toEqual([]);
    vi.advanceTimersByTime(200 * RARE);
    expect(numbers()).toEqual([1]);
    expect(sent[0]?.held).toBeCloseTo(1500 * RARE);
    vi.advanceTimersByTime(10_000);
    expect(numbers()).toEqual([1]);
  });

  it("counts frames that were never drawn: two are under way at most", () => {
    draw(1);
    draw(2);
    draw(4);
    expect(numbers()).toEqual([2, 4]);
  });

  it("does not wait where the run stands still", () => {
    draw(1, { status: "paused" });
    expect(numbers()).toEqual([1]);
  });

  it("says a frame once, though several views draw it, and no older one after it", () => {
    draw(3, { interval: 0.029 });
    draw(3, { interval: 0.029 });
    draw(2, { interval: 0.029 });
    expect(numbers()).toEqual([3]);
  });

  it("begins anew with a kernel that counts from one again", () => {
    draw(7, { interval: 0.029 });
    draw(1, { interval: 0.029, full: true });
    expect(numbers()).toEqual([7, 1]);
  });

  it("says nothing after its end", () => {
    draw(1);
    acknowledger.dispose();
    vi.advanceTimersByTime(10_000);
    expect(numbers()).toEqual([]);
  });
});
