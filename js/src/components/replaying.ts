// What is said where no kernel is connected, and a recording of the run is shown.
import type { CommonStore } from "../model/core";

export const RECORDED = {
  title: "Recorded run:",
  text: "no kernel is connected. Play, single epochs, the timeline and pointing work. To change or train something, run the notebook’s cells.",
};

/** Whether what is shown is a recording. */
export const replays = ({ plays, enabled }: CommonStore) => plays.value && !enabled.value;
