// What any view of a trainer stands on: its root element, what can be seen of it, and how all of it ends.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type ComponentChildren, h, render } from "preact";
import type { CommonFrame, CommonStore } from "../model/common-store";
import { announce, type Sight, type Watched } from "../model/presence";
import { type Geometry, type View, ViewContext } from "./context";
import { createEasel, type Easel } from "./easel";
import { keepFocus } from "./handover";
import { takeHotkeys } from "./hotkeys";
import { keepKeys } from "./keys";
import { listen } from "./listen";
import { createPresentation, type Presentation } from "./presentation";
import { sayWhy } from "./replaying";

/** A view before it is known what it shows. */
export interface Ground<Scene, G extends Geometry> {
  readonly root: HTMLElement;
  readonly easel: Easel<Scene>;
  readonly geometry: ReadonlySignal<G>;
  readonly presentation: Presentation;
  remeasure(): void;
  readonly id: string;
  readonly visible: ReadonlySignal<boolean>;
  /** What is done, last things first, when the view is taken away. */
  readonly endings: (() => void)[];
}

export function createGround<Scene extends { readonly frame: CommonFrame | null }, G extends Geometry>(
  store: Pick<CommonStore, "acknowledge"> & { readonly scene: ReadonlySignal<Scene> },
  element: HTMLElement,
  measure: (root: HTMLElement, last: G) => G,
  typical: G,
): Ground<Scene, G> {
  const root = document.createElement("div");
  root.className = "nnw";
  root.tabIndex = -1; // pressed anywhere, it has the keys
  element.append(root);
  element.classList.add("nnw-place");

  const endings: (() => void)[] = [() => root.remove()];
  const visible = watchVisibility(root, endings);
  const geometry = signal(typical);
  const remeasure = () => {
    geometry.value = measure(root, geometry.peek());
  };
  const easel = createEasel({ root, scene: store.scene, visible, onDrawn: store.acknowledge });
  endings.push(easel.dispose);
  const presentation = createPresentation(root, remeasure);
  endings.push(presentation.dispose);
  const id = Math.random().toString(36).slice(2);
  return { root, easel, geometry, presentation, remeasure, id, visible, endings };
}

/** Puts the view on screen and says so to Python; returns how to take it away. */
export function show<Want>(
  view: View & Pick<Ground<unknown, Geometry>, "root" | "endings">,
  store: CommonStore & Watched<Want>,
  app: ComponentChildren,
  sight: Omit<Sight<Want>, "visible">,
): () => void {
  const { root, endings, visible } = view;
  endings.push(takeHotkeys(root, view), keepKeys(root), keepFocus(root), ...sayWhy(root, store));
  endings.push(
    store.status.subscribe((status) => {
      root.dataset.status = status;
    }),
  );
  const host = document.createElement("div");
  root.prepend(host);
  render(h(ViewContext.Provider, { value: view }, app), host);
  endings.push(() => render(null, host));
  watchSize(root, view.remeasure, view.easel.refreshTheme, endings);
  endings.push(announce(store, view.id, { visible, ...sight }));
  store.requestFull();
  return () => {
    for (const end of endings.splice(0).reverse()) end();
  };
}

function watchVisibility(root: HTMLElement, endings: (() => void)[]): ReadonlySignal<boolean> {
  const onScreen = signal(true);
  const pageVisible = signal(!document.hidden);
  const observer = new IntersectionObserver((entries) => {
    onScreen.value = entries.at(-1)?.isIntersecting ?? true;
  });
  observer.observe(root);
  const follow = () => {
    pageVisible.value = !document.hidden;
  };
  endings.push(() => observer.disconnect(), listen(document, "visibilitychange", follow));
  return computed(() => onScreen.value && pageVisible.value);
}

/** The first size comes when the view has become part of a page. */
function watchSize(
  root: HTMLElement,
  remeasure: () => void,
  attached: () => void,
  endings: (() => void)[],
): void {
  let width = 0;
  const follow = () => {
    if (!width && root.clientWidth) attached();
    width = root.clientWidth;
    remeasure();
  };
  const observer = new ResizeObserver(follow);
  observer.observe(root);
  follow();
  endings.push(() => observer.disconnect());
}
