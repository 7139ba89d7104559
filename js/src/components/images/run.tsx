// How a run of few, long epochs has gone: its curves, and its timeline, over all epochs that are planned.
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { thousands } from "../../draw/format";
import { curveData } from "../curve-data";
import { Curves } from "../curves";
import { Timeline } from "../timeline";
import { useMoment } from "./header";
import { longRun, trainLine, WINDOW } from "./long-run";
import { begun, current, reached } from "./plan";
import { useImages } from "./view";

const NOTE = `, mean of ${WINDOW} batches`;

export function ImageCurves() {
  const { end } = useMoment();
  return <Curves planned={useComputed(end)} extend={longRun} note={NOTE} />;
}

export function ImageTimeline() {
  const { store } = useImages();
  const { moment, end } = useMoment();
  const planned = useComputed(end);
  const at = useComputed(() => reached(moment()));
  const where = useComputed(() => {
    const now = moment();
    const isLive = now.status === "running";
    if (!isLive && !begun(now)) return "";
    const end = planned.value === null ? "" : ` of ${thousands(planned.value)}`;
    return `${isLive ? "live, in" : "in"} epoch ${thousands(current(now))}${end}`;
  });
  const live = useMemo(
    () => ({
      reached: at,
      end: planned,
      where,
      line: () => trainLine(curveData(store.history, "loss", store.network.peek().steps_per_epoch, [])),
    }),
    [store, at, planned, where],
  );
  return <Timeline live={live} />;
}
