// The front end of NeuronExplorer.
import { defineExplorer } from "../components/explorer/define";
import { NeuronApp } from "../components/neuron/app";

export default defineExplorer(NeuronApp, { size: [992, 744] });
