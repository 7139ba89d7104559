// What is said where no kernel is connected, and a recording of the run is shown.
import type { CommonStore } from "../model/core";
import { listen } from "./listen";

export const RECORDED = {
  title: "Recorded run:",
  text: "no kernel is connected. Play, single epochs, the timeline and pointing work. To change or train something, run the notebook’s cells.",
};

/** Whether what is shown is a recording. */
export const replays = ({ plays, enabled }: CommonStore) => plays.value && !enabled.value;

const OFF = "off: no kernel is connected";

/** What is off says why to whoever points at it, unless a recording could do it at another moment. */
export const sayWhy = (root: HTMLElement, { status, enabled }: CommonStore) =>
  listen<PointerEvent>(root, "pointerover", ({ target }) => {
    const off = (target as Element).closest<HTMLElement>(":disabled, label:has(:disabled), [data-disabled]");
    if (!off || off.title === OFF || off.dataset.replays || enabled.peek() || status.peek() === "closed")
      return;
    const { title } = off;
    off.title = OFF;
    off.addEventListener("pointerleave", () => Object.assign(off, { title }), { once: true });
  });
