// The front end of ImageTrainer and FashionTrainer: a store for each model, which all of its views share.
import type { AnyWidget } from "@anywidget/types";
import { mountImages } from "../components/images/mount";
import type { ImageTraits } from "../generated/protocol";
import { createImageStore, type ImageStore } from "../model/image-store";

function images(): Exclude<AnyWidget<ImageTraits>, () => unknown> {
  let store: ImageStore | undefined;
  return {
    initialize({ model, signal }) {
      store = createImageStore(model);
      signal.addEventListener("abort", () => store?.dispose());
    },
    render({ el, signal }) {
      if (!store) throw new Error("render was called before initialize");
      const unmount = mountImages(store, el);
      signal.addEventListener("abort", unmount);
    },
  };
}

export default images;
