// What opens over the rest, and goes away by itself: a menu, a panel of options, fields to type into.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { giveFocus } from "./focus";
import { useHandover } from "./handover";
import { useId } from "./ids";
import { listen } from "./listen";

/**
 * While it is open: the keyboard is where `first` is found, Escape leads back to where it was before, and whatever is
 * pressed or takes the focus elsewhere closes it.
 */
export function useOverlay<Panel extends HTMLElement>(open: boolean, close: () => void, first: string) {
  /** What opens it, if there is something; that closes it, too. */
  const door = useRef<HTMLButtonElement>(null);
  const before = useRef<HTMLElement | null>(null);
  const panel = useHandover<Panel>((leaving) =>
    leaving.closest(".nnw")?.contains(before.current) ? before.current : null,
  );
  useLayoutEffect(() => {
    // Some notebooks put a widget into a shadow tree, and no focus that moves inside of it is heard of outside.
    const tree = panel.current?.getRootNode() as Document | undefined;
    if (!open || !tree) return;
    before.current = door.current ?? (tree.activeElement as HTMLElement | null);
    const look = (event: Event) => {
      const path = event.composedPath();
      if (![door, panel].some(({ current }) => current && path.includes(current))) close();
    };
    const endings = [listen(document, "pointerdown", look, true), listen(tree, "focusin", look)];
    giveFocus(panel.current?.querySelector<HTMLElement>(first));
    return () => {
      for (const end of endings) end();
    };
  }, [open]);
  const leave = () => {
    giveFocus(before.current);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return;
    // Else the key would also take the focus away.
    event.stopPropagation();
    leave();
  };
  return { panel, door, leave, onKeyDown };
}

/** One behind a button: what the button and the panel get besides their own. */
export function useDoor<Panel extends HTMLElement>(first: string) {
  const open = useSignal(false);
  const id = useId();
  const close = () => {
    open.value = false;
  };
  const { panel, door, leave, onKeyDown } = useOverlay<Panel>(open.value, close, first);
  return {
    isOpen: open.value,
    leave,
    button: {
      ref: door,
      "aria-expanded": open.value,
      "aria-controls": id,
      onKeyDown,
      onClick: () => {
        open.value = !open.peek();
      },
    },
    panel: { ref: panel, id, onKeyDown },
  };
}
