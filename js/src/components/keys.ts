// A key pressed in a widget is for the widget. JupyterLab would take single keys for commands: "a" inserts a
// cell, and Shift+Enter runs the one that the widget is in.

const EDITING = new Set(["a", "c", "v", "x", "y", "z"]);

/** Where text is typed, which has an undo of its own. */
const TEXT = "input:not([type=range], [type=radio], [type=checkbox]), textarea";
export const isText = (target: EventTarget | null) => target instanceof Element && target.matches(TEXT);

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
    // Unless it has left something else already.
    if (event.key === "Escape" && !event.defaultPrevented && event.target instanceof HTMLElement)
      event.target.blur();
  };
  root.addEventListener("keydown", keep);
  return () => root.removeEventListener("keydown", keep);
}
