// What is said where no kernel is connected, and a recording of the run is shown.
import type { CommonStore } from "../model/common-store";
import { listen } from "./listen";

export const RECORDED = {
  title: "Recorded run:",
  text: "no kernel is connected. Play, single epochs, the timeline and pointing work. To change or train something, run the notebook’s cells.",
};

export const GONE = {
  title: "No kernel is connected:",
  text: "this is the last picture. If no other comes, run this cell again.",
};

/** Whether what is shown is a recording. */
export const replays = ({ plays, enabled }: CommonStore) => plays.value && !enabled.value;

const OFF = "off: no kernel is connected";

/** What can be off, as HTML says it. */
const IS_OFF = ":disabled, :is(label, .nnw-field):has(:disabled), [aria-disabled=true]";

/** What is off says why to whoever points at it, unless it needs no kernel, and as long as that is why. */
export function sayWhy(root: HTMLElement, { status, enabled, plays }: CommonStore): (() => void)[] {
  let unsay = () => {};
  return [
    // What is off changes with each of them.
    ...[status, enabled, plays].map((each) => each.subscribe(() => unsay())),
    listen(root, "pointerleave", () => unsay()),
    listen<PointerEvent>(root, "pointerover", ({ target }) => {
      unsay();
      const off = (target as Element).closest<HTMLElement>(IS_OFF);
      if (!off || off.closest("[data-replays]") || enabled.peek() || status.peek() === "closed") return;
      const title = off.getAttribute("title");
      off.title = OFF;
      unsay = () => {
        // Meanwhile it may have been given another.
        if (off.title !== OFF) return;
        if (title === null) off.removeAttribute("title");
        else off.title = title;
      };
    }),
  ];
}
