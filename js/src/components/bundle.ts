// What the module of a widget gives to the notebook: a function, so that each model gets a store of its own and all its
// views share it, whether or not the module itself is shared.
import type { AnyModel, AnyWidget } from "@anywidget/types";
import { hearLate } from "../model/late";

type Widget<T extends Record<string, unknown>> = Exclude<AnyWidget<T>, () => unknown>;

export function bundle<T, Store extends { dispose(): void }>(
  create: (model: AnyModel<T & Record<string, unknown>>) => Store,
  mount: (store: Store, element: HTMLElement) => () => void,
): () => Widget<T & Record<string, unknown>> {
  return () => {
    let store: Store | undefined;
    return {
      initialize({ model, signal }) {
        store = create(model);
        hearLate(model);
        signal.addEventListener("abort", () => store?.dispose());
      },
      render({ el, signal }) {
        if (!store) throw new Error("render was called before initialize");
        signal.addEventListener("abort", mount(store, el));
      },
    };
  };
}
