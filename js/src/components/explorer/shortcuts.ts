// Keys of an explorer that work wherever nothing else takes them.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { freeKey } from "../keys";

export type Shortcuts = Partial<Record<string, () => void>>;

/** What each key does now, by its name; those of `held` go on while they are held down. For an element of the view. */
export function useShortcuts<T extends HTMLElement>(
  place: RefObject<T | null>,
  actions: Shortcuts,
  held: readonly string[] = [],
): void {
  const latest = useRef(actions);
  latest.current = actions;
  useLayoutEffect(() => {
    const root = place.current?.closest<HTMLElement>(".nnw");
    if (!root) return;
    const take = (event: KeyboardEvent) => {
      const name = freeKey(root, event);
      const act = name && latest.current[name];
      if (!act) return;
      if (!event.repeat || held.includes(name)) act();
      event.preventDefault();
    };
    root.addEventListener("keydown", take);
    return () => root.removeEventListener("keydown", take);
  }, []);
}
