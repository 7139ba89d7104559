// The data zone: which points, how many, how noisy, and how they are dealt out to training and test.
import { useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { thousands } from "../draw/format";
import { drawThumbnail, shrink } from "../draw/points";
import type { DatasetChoice } from "../generated/protocol";
import { readTriples } from "../model/binary";
import { Button } from "./button";
import { Slider } from "./fields";
import { Fold } from "./fold";
import { Icon } from "./icon";
import { TitleRow } from "./panel";
import { usePlane } from "./planar";
import { BatchRow, NoiseRow, noiseText, SeedRow, ShareRow, shareText } from "./sample-rows";
import { linearScale } from "./scales";
import { Only } from "./shown";

/** Data with values to predict have no classes, and those of a user no noise that is known. */
const NONE = "\u2013";

interface DataProps {
  /** Samples come one at a time, and are of two classes, whatever is chosen. */
  single?: boolean;
}

export function DataZone({ single = false }: DataProps) {
  const { store } = usePlane();
  const { traits, controls } = store;
  const data = traits._data.value;
  const { limits, datasets } = traits._choices.value;
  const enabled = store.enabled.value;
  const generated = enabled && data.generated;
  const [fewest, most] = limits.n_samples;
  // Of data that were not generated the sliders say how they are; nothing can be moved there.
  const all = data.n_train + data.n_test;
  const own = data.generated ? null : { all: thousands(all), share: shareText(data.n_test / all) };
  const samples = useMemo(
    () => linearScale([fewest, most], 10, (count) => own?.all ?? thousands(count)),
    [fewest, most, own?.all],
  );
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
  const summary = useComputed(() => {
    const { label, n_train, n_test, generated } = traits._data.value;
    const made = generated ? `, noise ${noiseText(traits.noise.value)}` : "";
    const batches = single ? "" : `, batch size ${traits.batch_size.value}`;
    return `${label}, ${thousands(n_train + n_test)} samples${made}${batches}`;
  });

  return (
    <Fold class="nnw-fold--data" title="Data" summary={summary}>
      <section class="nnw-data" aria-label="Data">
        <TitleRow
          title="Data"
          note={`${thousands(data.n_train)} train${data.n_test ? `, ${thousands(data.n_test)} test` : ""}`}
        />
        <Only control="dataset draw">
          <div class="nnw-thumbs">
            <Only control="dataset">
              {datasets.map((choice) => (
                <Thumbnail key={choice.name} choice={choice} disabled={!enabled} />
              ))}
            </Only>
            <Only control="draw">
              <DrawThumbnail disabled={!enabled} />
            </Only>
          </div>
        </Only>
        <div class="nnw-sliders">
          <div class="nnw-pair">
            {single ? null : (
              <Only control="n_classes">
                <Slider
                  label="Classes"
                  control={controls.n_classes}
                  scale={classes}
                  disabled={!generated || !choosable}
                />
              </Only>
            )}
            <NoiseRow
              control={controls.noise}
              range={limits.noise}
              instead={own ? NONE : undefined}
              disabled={!generated}
            />
          </div>
          <Only control="n_samples">
            <Slider label="Samples" control={controls.n_samples} scale={samples} disabled={!generated} />
          </Only>
          <div class="nnw-pair">
            <ShareRow control={controls.test_share} instead={own?.share} disabled={!generated} />
            {single ? null : (
              <BatchRow
                control={controls.batch_size}
                smallest={limits.batch_size[0]}
                most={data.n_train}
                disabled={!enabled}
              />
            )}
          </div>
          <SeedRow control={controls.data_seed} dice="Draw other points" disabled={!generated} />
        </div>
      </section>
    </Fold>
  );
}

const BORDER = 4;

function Thumbnail({ choice, disabled }: { choice: DatasetChoice; disabled: boolean }) {
  const { store, drawing } = usePlane();
  const points = useMemo(() => readTriples(choice.points), [choice]);
  const { generated } = store.traits._data.value;
  const chosen = generated && store.controls.dataset.value.value === choice.name && !drawing.on.value;
  return (
    <Button
      class="nnw-thumb"
      aria-pressed={chosen}
      data-current={chosen || undefined}
      disabled={disabled}
      onClick={() => {
        drawing.leave();
        store.controls.dataset.set(choice.name);
      }}
    >
      <span class="nnw-thumb-pic">
        <Picture points={points} classes={choice.classes[1]} />
      </span>
      <span class="nnw-thumb-name">{choice.label}</span>
    </Button>
  );
}

/** More would run into each other in so small a picture. */
const MOST_POINTS = 150;

/** Leads into drawing one's own data and out of it; shows the drawing once there is one. */
function DrawThumbnail({ disabled }: { disabled: boolean }) {
  const { store, drawing } = usePlane();
  const data = store.traits._data.value;
  const on = drawing.on.value;
  const points = useMemo(
    () =>
      data.drawn
        ? shrink(readTriples(data.points), { xRange: data.x_range, yRange: data.y_range }, MOST_POINTS)
        : null,
    [data],
  );
  return (
    <Button
      ref={drawing.door}
      class="nnw-thumb"
      title="Draw your own data"
      aria-pressed={on}
      data-current={on || data.drawn || undefined}
      disabled={disabled}
      onClick={on ? drawing.leave : drawing.enter}
    >
      <span class="nnw-thumb-pic">
        {points?.length ? (
          <Picture points={points} classes={data.class_names.length} />
        ) : (
          <Icon name="pencil" />
        )}
      </span>
      <span class="nnw-thumb-name">draw</span>
    </Button>
  );
}

function Picture({ points, classes }: { points: Float32Array; classes: number }) {
  const { easel, geometry } = usePlane();
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = geometry.value.thumbnail - BORDER;
  const theme = easel.theme.value;
  useEffect(() => {
    if (!canvas.current) return;
    const labels = { classes, range: [-1, 1] } as const;
    drawThumbnail(canvas.current, points, size, theme, labels, size > 50 ? 1.5 : 1.3);
  }, [points, classes, size, theme]);
  return <canvas ref={canvas} />;
}
