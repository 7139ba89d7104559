// Where a tensor has more maps than are sent at once: the ones before, and the ones after.

import { Button } from "../button";
import type { Picture } from "./arrays";
import type { Anatomy } from "./state";
import { countText } from "./texts";

/** The most tiles that Python sends of a picture. */
export const TILES = 64;

export interface Paging {
  /** Whether Python is there to send others. */
  readonly able: boolean;
  onPage(first: number): void;
}

export const pagingOf = ({ store, there }: Anatomy, { tensor }: Picture): Paging => ({
  able: there,
  onPage: (first) => store.set({ tensor, first, window: [] }),
});

export function Pages({ picture, able, onPage }: Paging & { picture: Picture }) {
  const { first, shown, tiles, name } = picture;
  if (shown >= tiles) return null;
  const step = Math.min(TILES, Math.max(1, shown));
  const turn = (to: number) => onPage(Math.max(0, Math.min(to, tiles - 1)));
  return (
    <span class="nnw-in-pages">
      <Button
        kind="icon"
        icon="left"
        label={`${name}: the maps before`}
        disabled={!able || first <= 0}
        {...(able ? {} : { title: "needs Python" })}
        onClick={() => turn(first - step)}
      />
      <span class="nnw-s" data-n={`${name}.page`}>
        {countText(first)}–{countText(first + shown - 1)} of {countText(tiles)}
      </span>
      <Button
        kind="icon"
        icon="right"
        label={`${name}: the maps after`}
        disabled={!able || first + shown >= tiles}
        {...(able ? {} : { title: "needs Python" })}
        onClick={() => turn(first + step)}
      />
    </span>
  );
}
