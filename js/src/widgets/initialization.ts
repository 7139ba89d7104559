// The front end of InitializationExplorer.
import { defineExplorer } from "../components/explorer/define";
import { InitializationApp } from "../components/initialization/app";

export default defineExplorer(InitializationApp, {
  others: ["_measured", "_training"],
  size: [992, 1080],
});
