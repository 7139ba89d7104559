// Whether Python is there, for explorers whose numbers come from it: a view asks now and then, and is answered even
// while a cell runs.
import type { AnyModel } from "@anywidget/types";
import { type ReadonlySignal, signal } from "@preact/signals";
import { isSaved } from "./saved";

export interface Kernel {
  /** False as soon as nobody has answered for a while. */
  readonly there: ReadonlySignal<boolean>;
  tell(message: { readonly type: string }): void;
  /** A view is there to be told; returns how to leave. */
  watch(): () => void;
  dispose(): void;
}

/** How often a view asks, and the silence after which nobody is there. */
export const ASK_MS = 2000;
export const SILENT_MS = 4000;

export function createKernel(model: AnyModel): Kernel {
  const there = signal(!isSaved(model));
  let silence: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(silence);
    silence = undefined;
    there.value = true;
  };
  const lose = () => {
    there.value = false;
  };
  const tell = (message: { readonly type: string }) => {
    try {
      model.send(message);
    } catch {
      // A page without a kernel has nowhere to send to.
      lose();
    }
  };
  const ask = () => {
    if (document.hidden) return;
    tell({ type: "here" });
    silence ??= setTimeout(lose, SILENT_MS);
  };
  let views = 0;
  let asking: ReturnType<typeof setInterval> | undefined;
  const rest = () => {
    clearInterval(asking);
    clearTimeout(silence);
    silence = undefined;
  };
  return {
    there,
    tell,
    watch() {
      if (!views++) {
        model.on("msg:custom", heard);
        ask();
        asking = setInterval(ask, ASK_MS);
      }
      return () => {
        if (--views) return;
        model.off("msg:custom", heard);
        rest();
      };
    },
    dispose: rest,
  };
}
