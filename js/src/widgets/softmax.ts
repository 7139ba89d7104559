// The front end of SoftmaxExplorer.
import { defineExplorer } from "../components/explorer/define";
import { SoftmaxApp } from "../components/softmax/app";

export default defineExplorer(SoftmaxApp, { size: [992, 700] });
