// The front end of BackpropExplorer.
import { BackpropApp } from "../components/backprop/app";
import { defineExplorer } from "../components/explorer/define";

export default defineExplorer(BackpropApp, {
  others: ["_pass", "_trouble"],
  size: [1060, 760],
});
