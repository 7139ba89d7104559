// The front end of PerceptronTrainer: a store for each model, which all of its views share.
import { bundle } from "../components/bundle";
import { mountPerceptron } from "../components/perceptron/mount";
import { createPerceptronStore } from "../model/perceptron-store";

export default bundle(createPerceptronStore, mountPerceptron);
