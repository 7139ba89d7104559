// The front end of DescentExplorer.
import { DescentApp } from "../components/descent/app";
import { defineExplorer } from "../components/explorer/define";

export default defineExplorer(DescentApp, { others: ["_own", "_grid"], size: [992, 880] });
