// What has the keyboard and goes away hands it over to something near, so that it does not start again at the page's top.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** For an element that comes and goes; `find` is asked before it goes. Where there is nothing, it is the view's root. */
export function useHandover<T extends HTMLElement>(
  find: (leaving: T) => HTMLElement | null | undefined,
): RefObject<T | null> {
  const element = useRef<T>(null);
  useLayoutEffect(() => {
    const leaving = element.current;
    return () => {
      const tree = leaving?.getRootNode() as Document | undefined;
      if (!leaving?.contains(tree?.activeElement ?? null)) return;
      (find(leaving) ?? leaving.closest<HTMLElement>(".nnw"))?.focus({ preventScroll: true });
    };
  }, []);
  return element;
}
