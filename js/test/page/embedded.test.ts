import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { embed } from "../../src/page/embedded";
import { createTheme } from "../../src/page/theme";

const around = { postMessage: vi.fn() };
let grow: () => void = () => {};
let choose: (choice: unknown) => void;
let listening: AbortController;

function tell(data: unknown, source: unknown = around): void {
  window.dispatchEvent(Object.assign(new Event("message"), { data, source }));
}

beforeEach(() => {
  listening = new AbortController();
  const listen = window.addEventListener.bind(window);
  vi.spyOn(window, "addEventListener").mockImplementation(
    (type: string, listener: EventListenerOrEventListenerObject) =>
      listen(type, listener, { signal: listening.signal }),
  );
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(changed: () => void) {
        grow = changed;
      }
      observe() {}
    },
  );
  vi.spyOn(window, "parent", "get").mockReturnValue(around as unknown as Window & typeof globalThis);
  delete document.documentElement.dataset.nnwEmbedded;
  choose = createTheme(document.body);
});
afterEach(() => {
  listening.abort();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  around.postMessage.mockClear();
  location.hash = "";
});

test("a page that is not asked to be part of another one stays as it is", () => {
  embed(choose);
  expect(document.documentElement.dataset.nnwEmbedded).toBeUndefined();
});

test("an embedded page tells its height, once for each that there is", () => {
  location.hash = "#embedded";
  const box = vi.spyOn(document.body, "getBoundingClientRect");
  box.mockReturnValue({ height: 480.2 } as DOMRect);
  embed(choose);
  grow();
  grow();
  expect(around.postMessage.mock.calls).toEqual([[{ type: "nnwidgets-height", height: 481 }, "*"]]);
  box.mockReturnValue({ height: 300 } as DOMRect);
  grow();
  expect(around.postMessage).toHaveBeenLastCalledWith({ type: "nnwidgets-height", height: 300 }, "*");
  expect(document.documentElement.dataset.nnwEmbedded).toBe("");
});

test("who tells it a theme hears its height again, for it may not have listened before", () => {
  location.hash = "#embedded";
  vi.spyOn(document.body, "getBoundingClientRect").mockReturnValue({ height: 300 } as DOMRect);
  embed(choose);
  grow();
  tell({ type: "nnwidgets-theme", theme: "dark" });
  expect(around.postMessage).toHaveBeenCalledTimes(2);
});

test("it is as light or dark as the page around says, and nobody else is heard", () => {
  location.hash = "#embedded";
  embed(choose);
  const theme = () => document.documentElement.dataset.theme;
  expect(theme()).toBe("light");
  tell({ type: "nnwidgets-theme", theme: "dark" });
  expect(theme()).toBe("dark");
  tell({ type: "nnwidgets-theme", theme: "light" }, window);
  for (const strange of [
    null,
    3,
    "dark",
    { type: "nnwidgets-theme", theme: "<b>" },
    { type: "nnwidgets-theme" },
  ])
    tell(strange);
  expect(theme()).toBe("dark");
  tell({ type: "nnwidgets-theme", theme: "as the system" });
  expect(theme()).toBe("light");
});
