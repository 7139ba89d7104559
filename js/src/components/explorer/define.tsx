// A widget out of a component: one store per model, which all its views share.
import { signal } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { readTheme } from "../../draw/colour";
import { createExplorer, type Explorer, type Settings } from "../../model/explorer";
import { bundle } from "../bundle";
import { keepFocus } from "../handover";
import { keepKeys } from "../keys";
import { createPresentation } from "../presentation";
import { sameTheme, watchTheme } from "../theme";
import { ExplorerContext } from "./view";

interface Options {
  /** Traits that are no settings. */
  readonly others?: readonly string[];
  /** What the view is laid out for in a presentation: the largest size at which nothing is missing. */
  readonly size?: readonly [width: number, height: number];
}

export const defineExplorer = (App: ComponentType, { others = [], size = [940, 640] }: Options = {}) =>
  bundle(
    (model) => createExplorer<Settings>(model, others),
    (store, element) => mount(App, store, element, size),
  );

/** Puts a view into `element`; returns how to take it away. */
function mount(
  App: ComponentType,
  store: Explorer<Settings>,
  element: HTMLElement,
  size: readonly [number, number],
): () => void {
  const root = document.createElement("div");
  root.className = "nnw";
  root.tabIndex = -1; // pressed anywhere, it has the keys
  element.append(root);
  element.classList.add("nnw-place");

  const theme = signal(readTheme(root));
  const look = () => {
    const now = readTheme(root);
    if (!sameTheme(now, theme.peek())) theme.value = now;
  };
  // A view can be made before it is part of a page.
  const observer = new ResizeObserver(look);
  observer.observe(root);
  const presentation = createPresentation(root, () => {}, size);
  const leave = (event: KeyboardEvent) => {
    if (event.key === "Escape" && presentation.on.peek() && !event.defaultPrevented) {
      presentation.leave();
      event.preventDefault();
    }
  };
  root.addEventListener("keydown", leave);
  const endings = [
    watchTheme(root, look),
    () => observer.disconnect(),
    () => root.removeEventListener("keydown", leave),
    presentation.dispose,
    keepFocus(root),
  ];
  const host = document.createElement("div");
  root.prepend(host);
  render(
    <ExplorerContext.Provider value={{ store, theme, presentation }}>
      <App />
    </ExplorerContext.Provider>,
    host,
  );
  endings.push(keepKeys(root)); // after the shortcuts: Escape leaves what has the keyboard only where none took it
  return () => {
    render(null, host);
    for (const end of endings.reverse()) end();
    root.remove();
  };
}
