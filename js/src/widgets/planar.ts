// The front end of PlanarTrainer. The widget is a function, so that each model gets a store of its own and
// all its views share it, whether or not the module itself is shared.
import type { AnyWidget } from "@anywidget/types";
import { mount } from "../components/mount";
import type { Traits } from "../generated/protocol";
import { createStore, type Store } from "../model/store";

function planar(): Exclude<AnyWidget<Traits>, () => unknown> {
  let store: Store | undefined;
  return {
    initialize({ model, signal }) {
      store = createStore(model);
      signal.addEventListener("abort", () => store?.dispose());
    },
    render({ el, signal }) {
      if (!store) throw new Error("render was called before initialize");
      const unmount = mount(store, el);
      signal.addEventListener("abort", unmount);
    },
  };
}

export default planar;
