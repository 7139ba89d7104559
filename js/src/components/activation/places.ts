// Where the words of a drawing go, so that none lies on another. Pure functions of pixels.

export interface Name {
  readonly text: string;
  readonly y: number;
  /** The function that is shown, and its derivative. */
  readonly strong: boolean;
}

/** About the width of a text of 12 px. */
export const textWidth = (text: string) => 6.7 * text.length;

const LINE = 16;

/** Names at the ends of their curves, one below the other: pushed apart, and back into the picture. */
export function apart(names: readonly Name[], top: number, bottom: number): Name[] {
  const sorted = [...names].sort(
    (one, other) => one.y - other.y || Number(other.strong) - Number(one.strong),
  );
  const placed = sorted.map((name) => ({ ...name }));
  let next = top;
  for (const name of placed) {
    name.y = Math.max(name.y, next);
    next = name.y + LINE;
  }
  let last = bottom;
  for (const name of placed.reverse()) {
    name.y = Math.min(name.y, last);
    last = name.y - LINE;
  }
  return placed.reverse();
}

export interface Exit {
  readonly text: string;
  /** Where the curve leaves the picture. */
  readonly x: number;
  readonly edge: "top" | "bottom";
}

/** Names of curves that leave through the top or the bottom, on the left of where they do, in as few rows as go. */
export function besideExits(exits: readonly Exit[], left: number): (Exit & { row: number })[] {
  const taken: { edge: string; row: number; from: number; to: number }[] = [];
  return [...exits]
    .sort((one, other) => one.x - other.x)
    .map((exit) => {
      const to = Math.max(exit.x - 6, left + textWidth(exit.text));
      const from = to - textWidth(exit.text) - 6;
      let row = 0;
      const collides = () =>
        taken.some((each) => each.edge === exit.edge && each.row === row && each.from < to && each.to > from);
      while (collides()) row++;
      taken.push({ edge: exit.edge, row, from, to });
      return { ...exit, x: to, row };
    });
}

/** The height, of those from top to bottom, at which so high a text is farthest from all curves. */
export function freest(
  heights: readonly (readonly number[])[],
  [top, bottom]: readonly [number, number],
): number {
  let best = (top + bottom) / 2;
  let most = -1;
  for (let y = top; y <= bottom; y += 8) {
    const room = Math.min(...heights.flat().map((height) => Math.abs(height - y)), 64);
    if (room <= most) continue;
    most = room;
    best = y;
  }
  return best;
}
