// A key pressed in a widget is for the widget. JupyterLab would take single keys for commands: "a" inserts a
// cell, and Shift+Enter runs the one that the widget is in.

import { giveFocus } from "./focus";
import { listen } from "./listen";

const EDITING = new Set(["a", "c", "v", "x", "y", "z"]);

/** Where text is typed, which has an undo of its own. */
const TEXT = "input:not([type=range], [type=radio], [type=checkbox]), textarea";
export const isText = (target: EventTarget | null) => target instanceof Element && target.matches(TEXT);

/** Here keys write, choose, or scroll something. */
const FIELDS = [
  "select, [contenteditable]",
  "[role=application], [role=menu], [tabindex='0']:not(button, [role=slider], [role=button], [role=row])",
].join();
/** Space presses these. */
const PRESSED = "button, summary, a, [type=radio], [type=checkbox], [role=button]";
/** These keys move these. */
const MOVING = /^(Arrow|Page|Home|End)/;
const MOVED = "input, [role=slider]";

/** The name of a key that has nothing else to do where it was pressed, such as "r" or "Shift ArrowRight". */
export function freeKey(root: HTMLElement, event: KeyboardEvent): string | null {
  const { key, target, shiftKey } = event;
  // Many keyboards have brackets only together with a modifier.
  const bracket = (key === "[" || key === "]") && event.altKey;
  if (event.defaultPrevented || event.metaKey) return null;
  if ((event.ctrlKey || event.altKey) && !bracket) return null;
  if (!(target instanceof Element)) return null;
  // Only what is in the view counts: JupyterLab gives the active cell around it a tabindex.
  const on = (selectors: string) => root.contains(target.closest(selectors));
  if (isText(target) || on(FIELDS) || (key === " " && on(PRESSED)) || (MOVING.test(key) && on(MOVED)))
    return null;
  if (key.length === 1) return key.toLowerCase();
  return shiftKey ? `Shift ${key}` : key;
}

/** Shortcuts with a modifier (save, palette) stay the page's, except those that edit the text being typed. */
function isOurs(event: KeyboardEvent): boolean {
  if (event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return isText(event.target) && EDITING.has(event.key.toLowerCase());
  return true;
}

export function keepKeys(root: HTMLElement): () => void {
  const keep = (event: KeyboardEvent) => {
    if (!isOurs(event)) return;
    event.stopPropagation();
    // Unless it has left something else already. Around a widget is a cell, where the keys of the notebook work.
    if (event.key !== "Escape" || event.defaultPrevented) return;
    (event.target as HTMLElement).blur();
    giveFocus(root.parentElement?.closest<HTMLElement>("[tabindex]"));
  };
  return listen(root, "keydown", keep);
}
