// The header of a perceptron: samples are its steps, and what counts is how many of them are on the wrong side.
import { type Signal, useComputed } from "@preact/signals";
import { percent, thousands } from "../../draw/format";
import { Figure } from "../head-parts";
import { Head, MetricsTable, Speed } from "../header";
import { Only } from "../shown";
import type { OpenText } from "../texts";
import { usePerceptron } from "./view";

export function PerceptronHeader({ text }: { text: Signal<OpenText> }) {
  const { store } = usePerceptron();
  const samples = useComputed(() => store.network.value.steps_per_epoch).value;
  return (
    <Head
      text={text}
      pace={
        <Only control="speed">
          <Speed samples={samples} />
        </Only>
      }
      epoch={<Epoch />}
      metrics={<Metrics />}
    />
  );
}

function Epoch() {
  const { picture, store } = usePerceptron();
  return (
    <Figure
      value={useComputed(() => thousands(picture.value.frame?.header.epoch ?? store.traits.epoch.value))}
      under={useComputed(() => {
        const { frame, network } = picture.value;
        const steps = frame?.header.step ?? store.traits.step_count.value;
        const seen = steps % network.steps_per_epoch;
        return `sample ${thousands(seen + 1)} of ${thousands(network.steps_per_epoch)}`;
      })}
    />
  );
}

/** How many of so many are wrong, where such a share of them is right. */
const wrongOf = (accuracy: number | null, count: number) =>
  accuracy === null ? "–" : thousands((1 - accuracy) * count);

function Metrics() {
  const { picture, store } = usePerceptron();
  const figures = useComputed(() => picture.value.frame?.header ?? null);
  const accuracy = useComputed(() => figures.value?.accuracy ?? store.traits.accuracy.value);
  const tested = useComputed(() => figures.value?.test_accuracy ?? store.traits.test_accuracy.value);
  return (
    <MetricsTable
      first="wrong"
      train={[
        useComputed(() => wrongOf(accuracy.value, picture.value.data.n_train)),
        useComputed(() => percent(accuracy.value)),
      ]}
      test={[
        useComputed(() => wrongOf(tested.value, picture.value.data.n_test)),
        useComputed(() => percent(tested.value)),
      ]}
    />
  );
}
