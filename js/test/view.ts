// Views of a trainer on a fake model, and how a test reaches into them.
import { afterEach, beforeEach, vi } from "vitest";
import functions from "../src/widgets/function";
import images from "../src/widgets/images";
import planar from "../src/widgets/planar";
import { installDom } from "./dom";
import { type FakeFunctionModel, fakeFunctionModel } from "./fake-function-model";
import { type FakeImageModel, fakeImageModel } from "./fake-image-model";
import { type FakeModel, fakeModel } from "./fake-model";

export interface OpenView {
  readonly root: HTMLElement;
  readonly close: AbortController;
  button(name: string): HTMLButtonElement;
  field<T extends HTMLElement = HTMLInputElement>(label: string): T;
  text(selector: string): string;
}

/** What a browser does until the next picture is on screen. */
export async function nextFrame(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  vi.advanceTimersToNextFrame();
  await vi.advanceTimersByTimeAsync(0);
}

export function useFakeBrowser(): void {
  vi.useFakeTimers();
  installDom();
  document.body.innerHTML = "";
}

/** What both kinds of trainer are to the notebook. */
interface Widget {
  initialize?: (props: never) => unknown;
  render?: (props: never) => unknown;
}

export function start(model: FakeModel | FakeImageModel | FakeFunctionModel, widget: Widget = planar()) {
  const end = new AbortController();
  widget.initialize?.({ model, signal: end.signal } as never);
  return {
    end,
    async open(): Promise<OpenView> {
      const el = document.createElement("div");
      document.body.append(el);
      const close = new AbortController();
      widget.render?.({
        model,
        el,
        signal: AbortSignal.any([close.signal, end.signal]),
      } as never);
      const root = el.querySelector<HTMLElement>(".nnw");
      if (!root) throw new Error("nothing was rendered");
      await nextFrame();
      const named = (label: string) => {
        const found = root.querySelector<HTMLElement>(`[aria-label="${label}"]`);
        if (!found) throw new Error(`there is no "${label}"`);
        return found;
      };
      return {
        root,
        close,
        button: (name) => named(name) as HTMLButtonElement,
        field: <T extends HTMLElement>(label: string) => named(label) as T,
        text: (selector) => root.querySelector(selector)?.textContent ?? "",
      };
    },
  };
}

export function type(input: HTMLInputElement | HTMLSelectElement, value: string, ...events: string[]): void {
  input.value = value;
  for (const name of events) input.dispatchEvent(new Event(name, { bubbles: true }));
}

/** The trainer of `useTrainer`, and its first view. */
export let model: FakeModel;
export let trainer: ReturnType<typeof start>;
export let view: OpenView;

/** Each test of a file begins with a trainer on screen. */
export function useTrainer(): void {
  beforeEach(async () => {
    useFakeBrowser();
    model = fakeModel();
    trainer = start(model);
    view = await trainer.open();
  });
  afterEach(end);
}

function end(): void {
  trainer.end.abort();
  // Effects that one test leaves undone would hold up those of the next.
  vi.advanceTimersByTime(100);
  vi.useRealTimers();
  vi.unstubAllGlobals();
}

/** The image trainer of `useImageTrainer`; `view` is its first view. */
export let imageModel: FakeImageModel;

/** Each test of a file begins with an image trainer on screen; nothing has come from Python yet but its traits. */
export function useImageTrainer(): void {
  beforeEach(async () => {
    useFakeBrowser();
    imageModel = fakeImageModel();
    trainer = start(imageModel, images());
    view = await trainer.open();
  });
  afterEach(end);
}

/** The trainer of functions of `useFunctionTrainer`; `view` is its first view. */
export let functionModel: FakeFunctionModel;

/** Each test of a file begins with a trainer of functions on screen, and its first picture. */
export function useFunctionTrainer(): void {
  beforeEach(async () => {
    useFakeBrowser();
    functionModel = fakeFunctionModel();
    trainer = start(functionModel, functions());
    view = await trainer.open();
    functionModel.frame({ full: true });
    await nextFrame();
  });
  afterEach(end);
}
