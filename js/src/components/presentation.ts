// Presentation: the view fills the screen, in type that can be read from the last row.

import { type Signal, signal } from "@preact/signals";
import { giveFocus } from "./focus";

export interface Presentation {
  readonly on: Signal<boolean>;
  /** Whether the list of keys is shown. */
  readonly help: Signal<boolean>;
  enter(): void;
  leave(): void;
  dispose(): void;
}

/** What the view is laid out for before it is enlarged: text of 13 px becomes 1/50 of the screen's height. */
const SIZE = [1140, 680] as const;

export function createPresentation(
  root: HTMLElement,
  resized: () => void,
  [width, height]: readonly [number, number] = SIZE,
): Presentation {
  const on = signal(false);
  const help = signal(false);

  function enlarge(): void {
    const { innerWidth, innerHeight } = globalThis;
    const zoom = Math.max(1, Math.min(innerWidth / width, innerHeight / height));
    root.style.setProperty("--nnw-zoom", String(zoom));
    root.style.setProperty("--nnw-screen", `${innerHeight / zoom}px`);
    resized();
  }
  function follow(): void {
    if (on.peek() && !document.fullscreenElement) leave();
  }
  /** Above everything, wherever the page has put the view; a popover leaves the boxes that the page has around it. */
  function fill(shown: boolean): void {
    if (shown && "popover" in root) {
      root.popover = "manual";
      root.showPopover?.();
    } else if (root.popover) {
      root.hidePopover?.();
      root.popover = null;
    }
  }

  function windowed(): void {
    if (document.fullscreenElement) document.exitFullscreen?.().catch(() => {});
  }

  function enter(): void {
    on.value = true;
    root.dataset.presentation = "";
    addEventListener("resize", enlarge);
    enlarge();
    giveFocus(root);
    const asked = root.requestFullscreen?.();
    if (!asked) fill(true);
    else
      asked.then(
        () => {
          if (on.peek()) document.addEventListener("fullscreenchange", follow);
          else windowed();
        },
        () => on.peek() && fill(true),
      );
  }
  function leave(): void {
    if (!on.peek()) return;
    on.value = false;
    help.value = false;
    delete root.dataset.presentation;
    removeEventListener("resize", enlarge);
    document.removeEventListener("fullscreenchange", follow);
    root.style.removeProperty("--nnw-zoom");
    root.style.removeProperty("--nnw-screen");
    windowed();
    fill(false);
    resized();
  }
  // The keys are for the presentation, also where the button that had the focus is gone.
  const stay = ({ relatedTarget }: FocusEvent) => {
    if (!on.peek() || relatedTarget) return;
    queueMicrotask(() => {
      // Of a window that goes to the back it is still the same.
      const { activeElement } = root.getRootNode() as Document;
      if (on.peek() && !root.contains(activeElement)) giveFocus(root);
    });
  };
  root.addEventListener("focusout", stay);
  return {
    on,
    help,
    enter,
    leave,
    dispose() {
      leave();
      root.removeEventListener("focusout", stay);
    },
  };
}
