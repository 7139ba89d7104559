// A perceptron on screen, in a browser that is made up.
import { afterEach, beforeEach, vi } from "vitest";
import perceptron from "../../src/widgets/perceptron";
import type { FakePerceptron } from "../fake-perceptron";
import { nextFrame, start, useFakeBrowser } from "../view";

let trainer: ReturnType<typeof start> | null = null;

beforeEach(useFakeBrowser);
afterEach(() => {
  trainer?.end.abort();
  vi.advanceTimersByTime(100);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Opens a view, and shows the model's first frame in it. */
export async function perceptronOf(model: FakePerceptron) {
  trainer = start(model as never, perceptron());
  const view = await trainer.open();
  model.step(0, { full: true });
  await nextFrame();
  return { model, view };
}
