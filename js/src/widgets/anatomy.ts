// The front end of NetworkAnatomy.
import { AnatomyApp } from "../components/anatomy/app";
import { SLOTS } from "../components/anatomy/state";
import { defineExplorer } from "../components/explorer/define";

export default defineExplorer(AnatomyApp, {
  others: ["status", "_anatomy", "_numbers", "_trouble", ...SLOTS],
  size: [1280, 800],
});
