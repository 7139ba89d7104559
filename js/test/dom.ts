// What a browser has and the test environment lacks: canvases that can be drawn on, and observers that fire.
import { vi } from "vitest";

/** A context that swallows every call; property reads of geometry give something to compute with. */
function blankContext(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const state: Record<string | symbol, unknown> = { canvas };
  const answers: Record<string, (...values: number[]) => unknown> = {
    createImageData: (width = 1, height = 1) => ({
      data: new Uint8ClampedArray(4 * width * height),
      width,
      height,
    }),
    getTransform: () => ({ a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 }),
    measureText: () => ({ width: 20, actualBoundingBoxAscent: 8, actualBoundingBoxDescent: 2 }),
  };
  return new Proxy(state, {
    get: (target, name) => target[name] ?? answers[String(name)] ?? (() => undefined),
    set(target, name, value) {
      target[name] = value;
      return true;
    },
  }) as unknown as CanvasRenderingContext2D;
}

const contexts = new WeakMap<HTMLCanvasElement, CanvasRenderingContext2D>();

type Intersecting = (entries: { isIntersecting: boolean }[]) => void;
const watchers = new Set<Intersecting>();

/** Scrolls all views out of sight, or back. */
export function setOnScreen(isIntersecting: boolean): void {
  for (const watcher of watchers) watcher([{ isIntersecting }]);
}

/** The number of observers that nobody has disconnected. */
export const observers = { intersection: watchers, size: new Set<object>() };

export function installDom(): void {
  watchers.clear();
  observers.size.clear();
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(private readonly callback: Intersecting) {}
      observe() {
        watchers.add(this.callback);
      }
      disconnect() {
        watchers.delete(this.callback);
      }
    },
  );
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {
        observers.size.add(this);
      }
      unobserve() {
        observers.size.delete(this);
      }
      disconnect() {
        observers.size.delete(this);
      }
    },
  );
  vi.stubGlobal(
    "Path2D",
    class {
      moveTo() {}
      lineTo() {}
      bezierCurveTo() {}
      rect() {}
      roundRect() {}
      arc() {}
      closePath() {}
      addPath() {}
    },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement) {
    const known = contexts.get(this) ?? blankContext(this);
    contexts.set(this, known);
    return known as never;
  });
}
