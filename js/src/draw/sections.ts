// Where a line or a plane cuts a box: geometry of one to three dimensions.

export type Place = readonly number[];

/** A weighted sum with a constant, at a place. */
export const sumAt = (row: Place, place: Place) =>
  place.reduce((sum, value, index) => sum + value * (row[index] as number), row[place.length] as number);

const between = (from: Place, to: Place, share: number) =>
  from.map((value, index) => value + share * ((to[index] as number) - value));

/**
 * The part of the box [low, high]ⁿ where a weighted sum is zero: a place, the two ends of a line, or the corners of a
 * polygon in order; empty where there is none.
 */
export function section(row: Place, low: number, high: number): Place[] {
  const dimensions = row.length - 1;
  const places: Place[] = [];
  for (let corner = 0; corner < 1 << dimensions; corner++) {
    const from = Array.from({ length: dimensions }, (_, axis) => ((corner >> axis) & 1 ? high : low));
    const here = sumAt(row, from);
    for (let axis = 0; axis < dimensions; axis++) {
      if ((corner >> axis) & 1) continue;
      const to = from.map((value, index) => (index === axis ? high : value));
      const there = sumAt(row, to);
      if (here < 0 === there < 0 || !Number.isFinite(here - there)) continue;
      places.push(between(from, to, here / (here - there)));
    }
  }
  return dimensions > 2 ? inOrder(places, row) : places;
}

/** The corners of a flat convex polygon, one after the other around its middle. */
function inOrder(places: readonly Place[], normal: Place): Place[] {
  const [first] = places;
  if (!first) return [];
  const middle = first.map(
    (_, axis) => places.reduce((sum, place) => sum + (place[axis] as number), 0) / places.length,
  );
  const arm = (place: Place) => place.map((value, axis) => value - (middle[axis] as number));
  const along = arm(first);
  const across = cross(normal, along);
  const dot = (one: Place, other: Place) =>
    one.reduce((sum, value, axis) => sum + value * (other[axis] as number), 0);
  const scale = Math.sqrt(dot(normal.slice(0, 3), normal.slice(0, 3))) || 1;
  const angle = (place: Place) => Math.atan2(dot(arm(place), across) / scale, dot(arm(place), along));
  return places
    .map((place) => ({ place, at: angle(place) }))
    .sort((one, other) => one.at - other.at)
    .map(({ place }) => place);
}

function cross([a = 0, b = 0, c = 0]: Place, [x = 0, y = 0, z = 0]: Place): Place {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

/** The part of a line or polygon where a weighted sum is not negative. */
export function clip(shape: readonly Place[], row: Place): Place[] {
  if (shape.length === 1) return shape.filter((place) => sumAt(row, place) >= 0);
  const kept: Place[] = [];
  const edges = shape.length === 2 ? 1 : shape.length;
  shape.forEach((from, index) => {
    const here = sumAt(row, from);
    if (here >= 0) kept.push(from);
    if (index >= edges) return;
    const to = shape[(index + 1) % shape.length] as Place;
    const there = sumAt(row, to);
    if (here < 0 !== there < 0) kept.push(between(from, to, here / (here - there)));
  });
  return kept.length > 1 ? kept : [];
}
