// The data zone: which points, how many, how noisy, and how they are dealt out to training and test.
import { useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { fixed, thousands } from "../draw/format";
import { drawThumbnail } from "../draw/points";
import type { DatasetChoice } from "../generated/protocol";
import { readTriples } from "../model/binary";
import { useView } from "./context";
import { SeedField, Slider } from "./fields";
import { Fold } from "./fold";
import { batchScale, linearScale } from "./scales";

const noiseText = (noise: number) => fixed(noise, 2);
/** Data with values to predict have no classes. */
const NONE = "\u2013";
const shareText = (share: number) => `${Math.round(100 * share)}\u2009%`;
const SHARE_SCALE = linearScale([0, 0.9], 0.05, shareText);

export function DataZone() {
  const { store } = useView();
  const { traits, controls } = store;
  const data = traits._data.value;
  const { limits, datasets } = traits._choices.value;
  const enabled = store.enabled.value;
  const generated = enabled && data.generated;
  const [fewest, most] = limits.n_samples;
  const samples = useMemo(() => linearScale([fewest, most], 10, thousands), [fewest, most]);
  const [quietest, noisiest] = limits.noise;
  const chosen = data.generated ? datasets.find(({ name }) => name === data.name) : undefined;
  const [fewestClasses = 2, , mostClasses = 2] = chosen?.classes ?? [];
  const choosable = fewestClasses < mostClasses;
  const classes = useMemo(
    () =>
      linearScale(choosable ? [fewestClasses, mostClasses] : [2, 8], 1, (count) =>
        count ? String(count) : NONE,
      ),
    [choosable, fewestClasses, mostClasses],
  );
  const noise = useMemo(() => linearScale([quietest, noisiest], 0.01, noiseText), [quietest, noisiest]);
  // The data may have changed since the limits were stated.
  const [smallest] = limits.batch_size;
  const batches = useMemo(() => batchScale([smallest, data.n_train]), [smallest, data.n_train]);
  const summary = useComputed(() => {
    const { label, n_train, n_test, generated } = traits._data.value;
    const made = generated ? `, noise ${noiseText(traits.noise.value)}` : "";
    return `${label}, ${thousands(n_train + n_test)} samples${made}, batch size ${traits.batch_size.value}`;
  });

  return (
    <Fold class="nnw-fold--data" title="Data" summary={summary}>
      <section class="nnw-data" aria-label="Data">
        <div class="nnw-titlerow">
          <h3 class="nnw-h">Data</h3>
          <span class="nnw-2nd nnw-s">
            {thousands(data.n_train)} train{data.n_test ? `, ${thousands(data.n_test)} test` : ""}
          </span>
        </div>
        <div class="nnw-thumbs">
          {datasets.map((choice) => (
            <Thumbnail key={choice.name} choice={choice} disabled={!enabled} />
          ))}
        </div>
        <div class="nnw-sliders">
          <div class="nnw-pair">
            <Slider
              label="Classes"
              control={controls.n_classes}
              scale={classes}
              disabled={!generated || !choosable}
            />
            <Slider label="Noise" control={controls.noise} scale={noise} disabled={!generated} />
          </div>
          <Slider label="Samples" control={controls.n_samples} scale={samples} disabled={!generated} />
          <div class="nnw-pair">
            <Slider
              label="Test share"
              word="Test"
              control={controls.test_share}
              scale={SHARE_SCALE}
              disabled={!generated}
            />
            <Slider
              label="Batch size"
              word="Batch"
              control={controls.batch_size}
              scale={batches}
              disabled={!enabled}
            />
          </div>
          <div class="nnw-seedrow">
            <span class="nnw-2nd nnw-s">Data seed</span>
            <SeedField
              label="Data seed"
              dice="Draw other points"
              control={controls.data_seed}
              disabled={!generated}
            />
          </div>
        </div>
      </section>
    </Fold>
  );
}

const BORDER = 4;

function Thumbnail({ choice, disabled }: { choice: DatasetChoice; disabled: boolean }) {
  const { store, easel, geometry } = useView();
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = geometry.value.thumbnail - BORDER;
  const theme = easel.theme.value;
  useEffect(() => {
    if (canvas.current) {
      const labels = { classes: choice.classes[1], range: [-1, 1] } as const;
      drawThumbnail(canvas.current, readTriples(choice.points), size, theme, labels, size > 50 ? 1.5 : 1.3);
    }
  }, [choice, size, theme]);
  const chosen = store.traits._data.value.generated && store.controls.dataset.value.value === choice.name;
  return (
    <button
      type="button"
      class="nnw-thumb"
      aria-pressed={chosen}
      disabled={disabled}
      onClick={() => store.controls.dataset.set(choice.name)}
    >
      <span class="nnw-thumb-pic">
        <canvas ref={canvas} />
      </span>
      <span class="nnw-thumb-name">{choice.label}</span>
    </button>
  );
}
