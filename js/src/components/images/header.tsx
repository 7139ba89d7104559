// The header of an image trainer: a run takes minutes, so that how far it is stands in the place of its speed.
import { type Signal, useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { percent, thousands } from "../../draw/format";
import { Figure } from "../head-parts";
import { Head } from "../header";
import type { OpenText } from "../texts";
import {
  batchOf,
  current,
  durationText,
  type Moment,
  paceOf,
  plannedEnd,
  reached,
  secondsLeft,
} from "./plan";
import { useImages } from "./view";

export function ImageHeader({ text }: { text: Signal<OpenText> }) {
  const { moment, end } = useMoment();
  const { store } = useImages();
  // The run that was planned stands at its end: nothing is wrong, and nothing is left to be done.
  const isDone = useComputed(() => store.status.value === "idle" && end() === reached(moment())).value;
  return <Head text={text} pace={<Progress />} epoch={<Epoch />} word={isDone ? "done" : undefined} />;
}

/** The moment on screen; the traits stand in until there is a picture. */
export function useMoment() {
  const { store, easel } = useImages();
  return useMemo(() => {
    const { traits } = store;
    const moment = (): Moment => {
      const shown: Moment = easel.shown.value ?? {
        status: traits.status.value,
        epoch: traits.epoch.value,
        step: traits.step_count.value,
        batch: 0,
        steps_per_epoch: store.network.value.steps_per_epoch,
        run_target_epoch: null,
        steps_per_second: null,
      };
      // Whether a run goes on is known before its first picture.
      if (store.status.value === "running") return { ...shown, status: "running" };
      return shown.status === "running" ? { ...shown, status: "paused" } : shown;
    };
    return { moment, end: () => plannedEnd(moment(), store.controls.epochs.value.value) };
  }, [store, easel]);
}

function Epoch() {
  const { moment, end } = useMoment();
  return (
    <Figure
      value={useComputed(() => thousands(current(moment())))}
      under={useComputed(() => (end() === null ? "" : `of ${thousands(end() as number)}`))}
    />
  );
}

/** More epochs would leave less of the track than of the gaps. */
const MOST_GAPS = 40;

function Progress() {
  const { moment, end } = useMoment();
  const batch = useComputed(() => {
    const { steps_per_epoch } = moment();
    return `batch ${thousands(batchOf(moment()))} of ${thousands(steps_per_epoch)}`;
  });
  const share = useComputed(() => (end() ? Math.min(1, reached(moment()) / (end() as number)) : null));
  const ofRun = useComputed(() => (share.value === null ? "" : percent(share.value, 0)));
  const left = useComputed(() => {
    const seconds = secondsLeft(moment(), end());
    return seconds === null ? "" : `${durationText(seconds)} left`;
  });
  const pace = useComputed(() => {
    const rate = paceOf(moment());
    return rate ? `${thousands(rate)} batches/s` : "";
  });
  // Announced in whole per cents, not with each batch.
  const whole = useComputed(() => Math.floor(100 * (share.value ?? 0))).value;
  const epochs = useComputed(() => end()).value;
  const style = useComputed(() => `--done: ${share.value ?? 0}`);
  const known = epochs !== null;
  return (
    <div
      class="nnw-progress"
      role="progressbar"
      aria-label="Run"
      aria-valuemin={0}
      aria-valuemax={100}
      {...(known ? { "aria-valuenow": whole } : {})}
      aria-valuetext={known ? `${whole} % of ${thousands(epochs)} epochs` : "no end planned"}
    >
      <div class="nnw-progress-line">
        <b>{batch}</b>
        <b>{left}</b>
      </div>
      <div class="nnw-progress-track" style={style} data-endless={!known || undefined}>
        <i />
        {known && epochs <= MOST_GAPS
          ? Array.from({ length: epochs - 1 }, (_, index) => (
              <u key={index} style={{ left: `${(100 * (index + 1)) / epochs}%` }} />
            ))
          : null}
        {known ? <s /> : null}
      </div>
      <div class="nnw-progress-line">
        <span>
          {ofRun}
          {known ? <span class="nnw-hide-mid"> of the run</span> : null}
        </span>
        <span>{pace}</span>
      </div>
    </div>
  );
}
