// What has the keyboard and goes away hands it over to something near, so that it does not start again at the page's top.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { giveFocus } from "./focus";
import { listen } from "./listen";

/**
 * For an element that comes and goes; `find` is asked before it goes. Where there is nothing, it is the view's root.
 * `known` is its reference where it has one already.
 */
export function useHandover<T extends HTMLElement>(
  find: (leaving: T) => HTMLElement | null | undefined = () => null,
  known?: RefObject<T>,
): RefObject<T | null> {
  const own = useRef<T>(null);
  const element = known ?? own;
  useLayoutEffect(() => {
    const leaving = element.current;
    return () => {
      const tree = leaving?.getRootNode() as Document | undefined;
      if (!leaving?.contains(tree?.activeElement ?? null)) return;
      giveFocus(find(leaving) ?? leaving.closest<HTMLElement>(".nnw"));
    };
  }, []);
  return element;
}

const FOCUSABLE = "button, input, select, summary, [tabindex='0']";
const isUsable = (element: HTMLElement) =>
  !element.matches(":disabled") &&
  (element.checkVisibility?.({ visibilityProperty: true }) ??
    getComputedStyle(element).visibility !== "hidden");

/** What is beside an element in its part of the view: in its group, else after it, else before it. */
function beside(element: HTMLElement): HTMLElement | undefined {
  const part = element.closest("section, [role=dialog]");
  const others = [...(part?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].filter(
    (other) => other === element || isUsable(other),
  );
  const at = others.indexOf(element);
  const near = [others[at + 1], others[at - 1]];
  return near.find((other) => other?.parentElement === element.parentElement) ?? near.find((other) => other);
}

/**
 * What can no longer be used while it has the keyboard hands it over, too; and has it again as soon as it can be used
 * again, if it was not for long: no key was pressed meanwhile.
 */
export function keepFocus(root: HTMLElement): () => void {
  let held: HTMLElement | null = null;
  let heir: HTMLElement | null | undefined;
  let left: HTMLElement | null = null;
  const observer = new MutationObserver(() => {
    if (left && held === heir && isUsable(left)) giveFocus(left);
    else if (held && !isUsable(held)) {
      left = held;
      heir = beside(held) ?? held.parentElement?.closest<HTMLElement>("[tabindex]");
      giveFocus(heir);
    }
  });
  const follow = ({ type, target }: Event) => {
    if (type === "keydown") left = null;
    else held = type === "focusin" ? (target as HTMLElement) : null;
    observer.disconnect();
    for (const each of [held, left])
      if (each) observer.observe(each, { attributeFilter: ["disabled", "class"] });
  };
  const endings = ["focusin", "focusout", "keydown"].map((name) => listen(root, name, follow, true));
  return () => {
    observer.disconnect();
    for (const end of endings) end();
  };
}
