// The front end of ActivationExplorer.
import { ActivationApp } from "../components/activation/app";
import { defineExplorer } from "../components/explorer/define";

export default defineExplorer(ActivationApp, { others: ["_samples"], size: [940, 680] });
