// The front end of FunctionTrainer: a store for each model, which all of its views share.
import { bundle } from "../components/bundle";
import { mountFunction } from "../components/function/mount";
import { createFunctionStore } from "../model/function-store";

export default bundle(createFunctionStore, mountFunction);
