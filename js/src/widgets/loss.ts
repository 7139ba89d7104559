// The front end of LossExplorer.
import { defineExplorer } from "../components/explorer/define";
import { LossApp } from "../components/loss/app";

export default defineExplorer(LossApp, { size: [1380, 740] });
