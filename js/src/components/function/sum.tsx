// Adds the neurons up: the bias, the first neuron, the second and so on, until the sum is the fit.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { plainControl } from "../../model/controls";
import { Button } from "../button";
import { useDerived } from "../context";
import { Slider } from "../fields";
import { linearScale } from "../scales";
import { useFunctions } from "./view";

/** How long adding up all of them takes, and the longest time for one of them. */
const ALL_MS = 8000;
const ONE_MS = 700;

export function Sum() {
  const { store, adding } = useFunctions();
  const units = useComputed(() => store.scene.value.frame?.pieces?.units ?? 0).value;
  const playing = useSignal(false);
  const runs = playing.value && units > 0;
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(
      () => {
        const next = (adding.peek() ?? 0) + 1;
        adding.value = next < units ? next : null;
        if (next >= units) playing.value = false;
      },
      Math.min(ONE_MS, ALL_MS / units),
    );
    return () => clearInterval(timer);
  }, [runs, units, adding, playing]);

  const scale = useDerived(
    () =>
      linearScale([0, Math.max(1, units)], 1, (count) =>
        count >= units ? `all ${units}: the fit` : count ? `first ${count} of ${units}` : "bias only",
      ),
    [units],
  ).value;
  const value = useDerived(() => adding.value ?? units, [adding, units]);
  const control = useMemo(
    () =>
      plainControl(value, (count) => {
        playing.value = false;
        adding.value = count >= units ? null : count;
      }),
    [value],
  );
  return (
    <div class="nnw-sum" data-replays>
      <Button
        icon={runs ? "pause" : "plus"}
        class="nnw-btn nnw-btn--line"
        aria-pressed={runs}
        disabled={!units}
        onClick={() => {
          if (!runs) adding.value = 0;
          playing.value = !runs;
        }}
      >
        {runs ? "Hold" : "Add up"}
      </Button>
      <Slider
        label="Neurons added up"
        word="Sum of bias and neurons"
        control={control}
        scale={scale}
        disabled={!units}
      />
    </div>
  );
}
