// From the rows of a history, and from pinned runs, to what one chart draws.
import type { CurveData, CurveKind } from "../draw/curves";
import { EPOCH, type History, STEP } from "../model/history";
import { curveOf, type Pin } from "./curve-view";

export function curveData(
  { steps, epochs, anchors }: History,
  kind: CurveKind,
  stepsPerEpoch: number,
  pins: readonly Pin[],
): CurveData {
  const accuracy = kind === "accuracy";
  return {
    stepsPerEpoch,
    anchors,
    steps: {
      step: steps.column(STEP.step),
      mean: steps.column(accuracy ? STEP.accuracy : STEP.loss),
      min: steps.column(accuracy ? STEP.accuracyMin : STEP.lossMin),
      max: steps.column(accuracy ? STEP.accuracyMax : STEP.lossMax),
    },
    epochs: {
      epoch: epochs.column(EPOCH.epoch),
      train: epochs.column(accuracy ? EPOCH.accuracy : EPOCH.loss),
      test: epochs.column(accuracy ? EPOCH.testAccuracy : EPOCH.testLoss),
    },
    pins: pins.filter(({ shown }) => shown).map((pin) => curveOf(pin, kind)),
  };
}
