// The rows that say how samples are made and dealt out; the data zones of several trainers have them.
import { useMemo } from "preact/hooks";
import { fixed } from "../draw/format";
import type { Control } from "../model/controls";
import { SeedField, Slider } from "./fields";
import { batchScale, linearScale } from "./scales";
import { Only } from "./shown";

export const noiseText = (noise: number) => fixed(noise, 2);
export const shareText = (share: number) => `${Math.round(100 * share)}\u2009%`;

interface RowProps {
  control: Control<number>;
  disabled: boolean;
}

interface WordedProps extends RowProps {
  /** What is said in place of every value, where the samples were not made by these rows. */
  instead?: string | undefined;
}

export function NoiseRow({ range, instead, ...rest }: WordedProps & { range: readonly number[] }) {
  const [quietest = 0, noisiest = 0] = range;
  const scale = useMemo(
    () => linearScale([quietest, noisiest], 0.01, instead === undefined ? noiseText : () => instead),
    [quietest, noisiest, instead],
  );
  return (
    <Only control="noise">
      <Slider label="Noise" scale={scale} {...rest} />
    </Only>
  );
}

export function ShareRow({ instead, ...rest }: WordedProps) {
  const scale = useMemo(() => linearScale([0, 0.9], 0.05, (share) => instead ?? shareText(share)), [instead]);
  return (
    <Only control="test_share">
      <Slider label="Test share" word="Test" scale={scale} {...rest} />
    </Only>
  );
}

/** The data may have changed since the limits were stated: the largest batch has all training samples. */
export function BatchRow({ smallest, most, ...rest }: RowProps & { smallest: number; most: number }) {
  const scale = useMemo(() => batchScale([smallest, most]), [smallest, most]);
  return (
    <Only control="batch_size">
      <Slider label="Batch size" word="Batch" scale={scale} {...rest} />
    </Only>
  );
}

export function SeedRow({ dice, ...rest }: RowProps & { dice: string }) {
  return (
    <Only control="data_seed">
      <div class="nnw-seedrow">
        <span class="nnw-2nd nnw-s">Data seed</span>
        <SeedField label="Data seed" dice={dice} {...rest} />
      </div>
    </Only>
  );
}
