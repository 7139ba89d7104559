// A convolution: its feature maps, one of them, and one number of that one with all that it is made of.

import { type Signal, useSignal } from "@preact/signals";
import { largestOf } from "../../draw/picture";
import type { InsideTrait } from "../../generated/protocol";
import { Button } from "../button";
import { giveFocus } from "../focus";
import { px } from "../geometry";
import { Role } from "../images/role";
import { TitleRow } from "../panel";
import { cellAt, cellText, type Picture, type Place, pictureOf, readPicture, spanOf, tileOf } from "./arrays";
import { pagingOf, TILES } from "./paging";
import { Bound, type Mark, PictureView, placeUnder, Readout, Tile } from "./picture";
import { PixelView } from "./pixel";
import { marksOf, type Patch, readPixel } from "./pixels";
import type { Anatomy } from "./state";
import { Others } from "./tensors";
import { countText } from "./texts";
import { placeAfterKey, planTiles } from "./tiles";

interface Props {
  anatomy: Anatomy;
  inside: InsideTrait;
  width: number;
}

/** Another channel, and the page of maps that it is on. */
export function chooseChannel({ store, settings }: Anatomy, inside: InsideTrait, channel: number): void {
  const output = mapsOf(inside);
  const first = Math.floor(channel / TILES) * TILES;
  const isThere = !output || (settings.tensor === output.tensor ? settings.first : 0) === first;
  store.set({ channel, ...(isThere ? {} : { tensor: output.tensor, first, window: [] }) });
}

const mapsOf = (inside: InsideTrait) => {
  const maps = inside.pictures.find(({ role, tiles }) => role === "output" && tiles > 1);
  return maps ? readPicture(maps) : null;
};

export function Convolution({ anatomy, inside, width }: Props) {
  const { settings, there } = anatomy;
  const sent = anatomy.known("channel");
  const output = mapsOf(inside);
  const channel = Math.max(0, Math.min(inside.channels - 1, inside.asked.channel));
  const one = oneMap(inside, channel);
  const pixel = readPixel(inside.pixel);
  const kernels = pictureOf(inside, "weight");
  const input = pictureOf(inside, "input");
  const now = Math.min(Math.max(0, inside.channels - 1), settings.channel);
  const side = Math.min(224, Math.floor(width / 2));
  return (
    <>
      {output ? (
        <PictureView
          picture={output}
          title="Feature maps"
          note={`${countText(output.tiles)} of ${output.rows} × ${output.columns}; one each channel`}
          paging={pagingOf(anatomy, output)}
          width={width}
          height={212}
          most={64}
          chosen={now}
          word="channel"
          onChoose={
            there || sent.length > 1
              ? (next) => (there || sent.includes(next)) && chooseChannel(anatomy, inside, next)
              : undefined
          }
          n="output"
        />
      ) : null}
      <div class="nnw-in-channel">
        {kernels ? (
          <PictureView
            picture={kernels}
            title="Kernels"
            note={`${countText(kernels.tiles)} of ${kernels.rows} × ${kernels.columns}`}
            paging={pagingOf(anatomy, kernels)}
            width={width - side - 16}
            height={side}
            most={64}
            n="weight"
          />
        ) : null}
        {one ? (
          <OneMap
            anatomy={anatomy}
            picture={one.picture}
            tile={one.tile}
            channel={channel}
            pixel={pixel}
            side={side}
          />
        ) : null}
      </div>
      {pixel ? <PixelView anatomy={anatomy} pixel={pixel} input={input} width={width} /> : null}
      {input ? (
        <PictureView
          picture={input}
          title="Input maps"
          note={`${countText(input.tiles)} of ${input.rows} × ${input.columns}`}
          paging={pagingOf(anatomy, input)}
          width={width}
          height={180}
          most={96}
          marks={(tile) => (pixel ? marksOf(pixel, input, input.first + tile) : [])}
          n="input"
        />
      ) : null}
      <Others
        anatomy={anatomy}
        inside={inside}
        width={width}
        without={[output, one?.picture ?? null, kernels, input]}
        most={56}
      />
    </>
  );
}

/** A channel's own map: as it was sent by itself, or among the others. */
function oneMap(inside: InsideTrait, channel: number): { picture: Picture; tile: number } | null {
  const alone = inside.pictures.find(({ role, tiles, rows }) => role === "output" && tiles === 1 && rows > 1);
  if (alone) return { picture: readPicture(alone), tile: 0 };
  const all = mapsOf(inside);
  const tile = channel - (all?.first ?? 0);
  return all && tile >= 0 && tile < all.shown ? { picture: all, tile } : null;
}

interface OneMapProps {
  anatomy: Anatomy;
  picture: Picture;
  tile: number;
  channel: number;
  pixel: Patch | null;
  side: number;
}

/** One feature map, as large as there is room: whoever presses a number sees what it is made of. */
function OneMap({ anatomy, picture, tile, channel, pixel, side }: OneMapProps) {
  const cursor = useSignal<Place | null>(null);
  const { store, there } = anatomy;
  const grid = [picture.grid[0] ?? 1, picture.grid[1] ?? 1] as const;
  const { size } = planTiles({ shown: 1, window: picture.window }, side, { height: side, most: side });
  const [gridRows, gridColumns] = grid;
  const place = cursor.value;
  const cell = place && cellAt(picture, { ...place, tile });
  const values = tileOf(picture, tile);
  // By itself it has colours of its own: beside a channel of large numbers it would be pale.
  const bound = largestOf(values);
  const take = (row: number, column: number) => {
    const next = [
      Math.max(0, Math.min(picture.rows - 1, row)),
      Math.max(0, Math.min(picture.columns - 1, column)),
    ];
    store.set({ pixel: next });
  };
  const takeAt = ({ row, column }: Place) => {
    const middle = ([from, to]: readonly [number, number]) => Math.floor((from + to - 1) / 2);
    take(
      middle(spanOf(row, 0, picture.rows, gridRows)),
      middle(spanOf(column, 0, picture.columns, gridColumns)),
    );
  };
  const held = useSignal(false);
  const own = pixel && pixel.channel === channel ? pixel : null;
  const marks: Mark[] = [
    ...(place ? [{ row: place.row, column: place.column, rows: 1, columns: 1 }] : []),
    ...(own
      ? [
          {
            row: (own.row * gridRows) / picture.rows,
            column: (own.column * gridColumns) / picture.columns,
            rows: Math.max(1, gridRows / picture.rows),
            columns: Math.max(1, gridColumns / picture.columns),
            kind: "now" as const,
          },
        ]
      : []),
  ];
  const [bottom, right] = strongest(values, gridColumns);
  return (
    <section class="nnw-in-picture" aria-label={`Channel ${channel}`} style={{ width: px(side) }}>
      <TitleRow title={`Channel ${channel}`} level="h4">
        {there && !own ? (
          <span class="nnw-end">
            <Button kind="text" onClick={() => takeAt({ tile, row: bottom, column: right })}>
              Take one apart
            </Button>
          </span>
        ) : null}
        {own ? (
          <span class="nnw-end">
            <Button kind="text" onClick={() => store.set({ pixel: [] })}>
              Close
            </Button>
          </span>
        ) : null}
      </TitleRow>
      <Role
        class="nnw-in-onemap"
        role="application"
        tabIndex={0}
        aria-label={`Channel ${channel}: arrow keys go from number to number, Enter takes one apart`}
        style={{ width: px(size.width) }}
        data-able={there || undefined}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === "Enter" || event.key === " ") {
            const spot = cursor.peek();
            if (spot && there) takeAt(spot);
          } else {
            const from = cursor.peek() ?? (own ? placeOf(own, picture) : null);
            const next = placeAfterKey(event.key, from, { grid: picture.grid, shown: 1 }, 1);
            if (!next) return;
            cursor.value = next;
            if (own && there) takeAt(next);
          }
          event.preventDefault();
        }}
        onPointerDown={(event) => {
          const spot = placeUnder(event, grid);
          if (!spot || event.button) return;
          cursor.value = spot;
          if (!there) return;
          held.value = true;
          giveFocus(event.currentTarget);
          takeAt(spot);
        }}
        onPointerMove={(event) => {
          const spot = placeUnder(event, grid);
          if (!spot) return;
          const last = cursor.peek();
          cursor.value = spot;
          if (held.peek() && there && (last?.row !== spot.row || last.column !== spot.column)) takeAt(spot);
        }}
        onPointerUp={() => release(held)}
        onPointerCancel={() => release(held)}
        onPointerLeave={({ pointerType }) => {
          release(held);
          if (pointerType !== "touch") cursor.value = null;
        }}
        onBlur={() => {
          cursor.value = null;
        }}
      >
        <Tile values={values} grid={grid} size={size} bound={picture.bound ?? 0} tile={0} marks={marks} />
      </Role>
      <div class="nnw-in-foot">
        <Readout n="map">
          {cell ? (
            cellText(cell)
          ) : own ? null : (
            <span class="nnw-2nd">
              {there ? "press a number to take it apart" : "taking one apart needs Python"}
            </span>
          )}
        </Readout>
      </div>
      <div class="nnw-in-foot nnw-in-foot--end">
        <Bound picture={{ bound, values, lows: null }} n="map" />
      </div>
    </section>
  );
}

const release = (held: Signal<boolean>) => {
  held.value = false;
};

const placeOf = ({ row, column }: Patch, { rows, columns, grid: [tall = 1, wide = 1] }: Picture): Place => ({
  tile: 0,
  row: Math.floor((row * tall) / rows),
  column: Math.floor((column * wide) / columns),
});

/** Where the largest number stands, whatever its sign. */
function strongest(values: Float32Array, columns: number): readonly [row: number, column: number] {
  let best = 0;
  values.forEach((value, at) => {
    const isMore = Math.abs(value) > Math.abs(values[best] ?? 0);
    if (isMore && Number.isFinite(value)) best = at;
  });
  return [Math.floor(best / Math.max(1, columns)), best % Math.max(1, columns)];
}
