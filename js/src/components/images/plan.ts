// How far a run is, and how far it is to go. Pure functions.
import type { FrameHeader } from "../../generated/protocol";

export type Moment = Pick<
  FrameHeader,
  "status" | "epoch" | "step" | "batch" | "steps_per_epoch" | "run_target_epoch" | "steps_per_second"
>;

/** The very first steps take many times as long as those that follow: what is made for a run is made in them. */
const WARM = 20;

/** Batches per second; null where nothing runs, or nothing can be said yet. */
export const paceOf = ({ status, step, steps_per_second }: Moment) =>
  status === "running" && step >= WARM ? steps_per_second : null;

/** Batches of the epoch that has begun: after its last one the epoch has been counted. */
export const begun = ({ batch, steps_per_epoch }: Moment) => (steps_per_epoch ? batch % steps_per_epoch : 0);

/** The epoch with its fraction. */
export const reached = (moment: Moment) =>
  moment.epoch + (moment.steps_per_epoch ? begun(moment) / moment.steps_per_epoch : 0);

/** The epoch that is under way, counted from 1; of a run that stands between two the one that is done. */
export const current = (moment: Moment) =>
  moment.epoch + (begun(moment) || moment.status === "running" ? 1 : 0);

/** The batch that was made last, counted from 1 within its epoch; 0 before the first. */
export const batchOf = (moment: Moment) =>
  begun(moment) || (moment.epoch && moment.status !== "running" ? moment.steps_per_epoch : 0);

/** The epoch at which the run ends: its target, or where Play would end it, a whole number of runs; null for no end. */
export function plannedEnd(moment: Moment, epochs: number | null): number | null {
  if (moment.run_target_epoch !== null) return moment.run_target_epoch;
  if (moment.status === "running" || epochs === null) return null;
  return Math.max(1, Math.ceil(reached(moment) / epochs - 1e-9)) * epochs;
}

/** Seconds until the end; null where there is none, or no pace yet. */
export function secondsLeft(moment: Moment, end: number | null): number | null {
  const pace = paceOf(moment);
  if (end === null || !pace) return null;
  return Math.max(0, (end - reached(moment)) * moment.steps_per_epoch) / pace;
}

/** "42 s", "3 min", "1 h 20 min": as much as is worth knowing. */
export function durationText(seconds: number): string {
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
