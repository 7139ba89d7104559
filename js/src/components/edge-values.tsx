// What the lines of the network show: weights at their absolute size, or gradients relative to the largest of them.
import { useComputed } from "@preact/signals";
import { significant } from "../draw/format";
import type { Frame } from "../model/frames";
import { Segmented } from "./fields";
import { type EdgeValues, usePlanar } from "./planar";

export interface EdgeNumbers {
  /** As they are drawn: the largest gradient is drawn as a large weight. */
  readonly drawn: Float32Array;
  /** As they are. */
  readonly numbers: Float32Array;
  readonly largest: number;
}

/** The weight that the largest gradient is drawn like. */
const LIKE = 4;
const known = new WeakMap<Float32Array, EdgeNumbers>();

/** Nothing until they have arrived. */
export function edgeNumbers(frame: Frame | null, edges: EdgeValues): EdgeNumbers | null {
  if (!frame?.parameters.length) return null;
  if (edges === "weights") return { drawn: frame.parameters, numbers: frame.parameters, largest: Number.NaN };
  const numbers = frame.inside.gradients;
  if (!numbers) return null;
  const found = known.get(numbers) ?? relative(numbers);
  known.set(numbers, found);
  return found;
}

function relative(numbers: Float32Array): EdgeNumbers {
  let largest = 0;
  for (const number of numbers) largest = Math.max(largest, Math.abs(number) || 0);
  return { drawn: numbers.map((number) => (largest ? (LIKE * number) / largest : 0)), numbers, largest };
}

const CHOICES = [
  { name: "weights", label: "weights" },
  { name: "gradients", label: "gradients" },
];

/** It stays in its place while a formula takes that of the legend, so that the keyboard can reach it from there. */
export function EdgeSwitch() {
  const { edges } = usePlanar();
  return (
    <Segmented
      label="Lines"
      choices={CHOICES}
      chosen={[edges.value]}
      onChoose={(name) => {
        edges.value = name as EdgeValues;
      }}
    />
  );
}

/** What the width of a line means. */
export function WidthMeaning() {
  const { store, easel, edges } = usePlanar();
  const text = useComputed(() => {
    easel.shown.value;
    if (edges.value === "weights") return "width = |weight|";
    const found = edgeNumbers(store.scene.peek().frame, "gradients");
    return `widest = ${significant(found?.largest, 2)}`;
  });
  return <>{text}</>;
}
