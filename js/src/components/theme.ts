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

/** What a page says that leaves the choice to the browser: a rule of ours would have to be written down twice. */
const LEFT_OPEN = "auto";

/**
 * A theme changes when an attribute of the page does, and again when its stylesheet has arrived: the second
 * shows as a transition of a probe that wears the theme's colours.
 */
export function watchTheme(root: HTMLElement, changed: () => void): () => void {
  const probe = document.createElement("i");
  probe.className = "nnw-probe";
  probe.setAttribute("aria-hidden", "true");
  root.append(probe);
  probe.addEventListener("transitionend", changed);
  const said = [document.documentElement, document.body];
  const system = matchMedia("(prefers-color-scheme: dark)");
  let isOurs = false;
  function choose(): void {
    const isDark = system.matches && said.some(({ dataset }) => dataset.theme === LEFT_OPEN);
    if (isDark) root.dataset.theme = "dark";
    else if (isOurs) delete root.dataset.theme;
    isOurs = isDark;
  }
  function follow(): void {
    choose();
    changed();
  }
  choose();
  system.addEventListener("change", follow);
  const observer = new MutationObserver(follow);
  for (const element of said) observer.observe(element, { attributeFilter: THEMED });
  return () => {
    observer.disconnect();
    system.removeEventListener("change", follow);
    probe.remove();
  };
}
