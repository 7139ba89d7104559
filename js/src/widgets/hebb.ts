// The front end of HebbExplorer.
import { defineExplorer } from "../components/explorer/define";
import { HebbApp } from "../components/hebb/app";

export default defineExplorer(HebbApp, { size: [992, 824] });
