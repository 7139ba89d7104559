// The theme of the page: when it is another one.
import type { Theme } from "../draw/colour";

/** The same text for themes that look the same. */
const themeKey = (theme: Theme) =>
  Object.values(theme)
    .filter((value) => typeof value !== "object")
    .join(";") + theme.tileRamp.join();

export const sameTheme = (first: Theme, second: Theme) => themeKey(first) === themeKey(second);

/** What says which theme a page has, in one place or another. */
const THEMED = ["class", "data-jp-theme-light", "data-theme", "theme"];

/**
 * A theme changes when an attribute of the page does, and again when its stylesheet has arrived: the second
 * shows as a transition of a probe that wears the theme's colours.
 */
export function watchTheme(root: HTMLElement, changed: () => void): () => void {
  const probe = document.createElement("i");
  probe.className = "nnw-probe";
  probe.setAttribute("aria-hidden", "true");
  root.append(probe);
  probe.ontransitionend = changed;
  const said = [document.documentElement, document.body];
  const system = matchMedia("(prefers-color-scheme: dark)");
  function follow(): void {
    // A page may leave it to the browser: a stylesheet would have to say all colours twice.
    const isOpen = said.some(({ dataset }) => dataset.theme === "auto");
    root.classList.toggle("nnw-dark", isOpen && system.matches);
    changed();
  }
  follow();
  system.onchange = follow;
  const observer = new MutationObserver(follow);
  for (const element of said) observer.observe(element, { attributeFilter: THEMED });
  return () => {
    observer.disconnect();
    system.onchange = null;
    probe.remove();
  };
}
