// Names beside lines, which must not lie over each other.

/**
 * Moves labels apart until each has `distance` from the next, as little as possible (least squares), between
 * `low` and `high`. The answer is in the order of the question; equal positions keep their order.
 */
export function placeLabels(
  positions: readonly number[],
  distance: number,
  low: number,
  high: number,
): number[] {
  const order = positions.map((_, index) => index);
  order.sort(
    (first, second) => (positions[first] as number) - (positions[second] as number) || first - second,
  );
  // With the distances taken out, the labels only have to be in ascending order: a run that is not becomes its mean.
  const runs: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    let run = { sum: (positions[index] as number) - rank * distance, count: 1 };
    for (let last = runs.at(-1); last && last.sum / last.count >= run.sum / run.count; last = runs.at(-1)) {
      run = { sum: last.sum + run.sum, count: last.count + run.count };
      runs.pop();
    }
    runs.push(run);
  });
  const highest = high - (positions.length - 1) * distance;
  const placed: number[] = [];
  let rank = 0;
  for (const { sum, count } of runs) {
    const mean = Math.max(low, Math.min(highest, sum / count));
    for (let member = 0; member < count; member++, rank++)
      placed[order[rank] as number] = mean + rank * distance;
  }
  return placed;
}

export interface EndLabel {
  /** Where its line ends. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The heights of labels that stand right of their points: only those that would touch are moved apart. */
export function placeEnds(
  labels: readonly EndLabel[],
  distance: number,
  low: number,
  high: number,
): number[] {
  const order = labels.map((_, index) => index);
  order.sort((first, second) => (labels[first] as EndLabel).x - (labels[second] as EndLabel).x);
  const placed: number[] = [];
  let group: number[] = [];
  let end = Number.NEGATIVE_INFINITY;
  const settle = () => {
    const heights = group.map((index) => (labels[index] as EndLabel).y);
    placeLabels(heights, distance, low, high).forEach((height, rank) => {
      placed[group[rank] as number] = height;
    });
  };
  for (const index of order) {
    const { x, width } = labels[index] as EndLabel;
    if (x > end) {
      settle();
      group = [];
    }
    group.push(index);
    end = Math.max(end, x + width);
  }
  settle();
  return placed;
}
