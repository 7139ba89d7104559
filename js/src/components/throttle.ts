// What is read and not watched, such as curves and tables, is drawn ten times a second: nobody reads it faster.
const REDRAW_MS = 100;

export interface Throttle {
  now(): void;
  /** At once or as soon as it is due again: the last of a row of wishes is always met. Says whether it has to wait. */
  soon(): boolean;
  stop(): void;
}

export function createThrottle(draw: () => void): Throttle {
  let last = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const now = () => {
    stop();
    last = performance.now();
    draw();
  };
  return {
    now,
    soon() {
      const wait = last + REDRAW_MS - performance.now();
      if (wait <= 0) now();
      else timer ??= setTimeout(now, wait);
      return timer !== undefined;
    },
    stop,
  };
}
