// The front end of PlanarTrainer: a store for each model, which all of its views share.
import { bundle } from "../components/bundle";
import { mount } from "../components/mount";
import { createStore } from "../model/store";

export default bundle(createStore, mount);
