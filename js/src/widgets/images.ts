// The front end of ImageTrainer and FashionTrainer: a store for each model, which all of its views share.
import { bundle } from "../components/bundle";
import { mountImages } from "../components/images/mount";
import { createImageStore } from "../model/image-store";

export default bundle(createImageStore, mountImages);
