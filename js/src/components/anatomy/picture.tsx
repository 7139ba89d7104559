// A tensor as small maps in the colours of the signs: whoever points at a number, or goes to it by keyboard, reads it.
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { luminance, parseColour, rampCss, type Theme } from "../../draw/colour";
import { fixed, scientific, signedSignificant, significant } from "../../draw/format";
import { inkOf, paintPixels } from "../../draw/picture";
import { useExplorer } from "../explorer/view";
import { px, spotIn } from "../geometry";
import { useId } from "../ids";
import { placeAfter } from "../images/hooks";
import { Role } from "../images/role";
import { TitleRow } from "../panel";
import { cellAt, cellText, isUnsigned, type Picture, type Place, tileOf } from "./arrays";
import { Pages, type Paging } from "./paging";
import { GAP, placeAfterKey, planTiles } from "./tiles";

/** How values are drawn: by their sign, or from nothing to much where that is all there can be. */
export type Palette = "sign" | "ink";

/** Values as pixels, one each; what is no finite number is left out, so that the hatching behind shows. */
export function paintValues(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  columns: number,
  bound: number,
  theme: Theme,
  palette: Palette = "sign",
): void {
  const by = bound > 0 ? (palette === "ink" ? 255 : 127) / bound : 0;
  const pixels = palette === "ink" ? inkOf(theme) : theme.tileRamp32;
  paintPixels(canvas, Math.max(1, columns), Math.max(1, Math.ceil(values.length / columns)), (cell) => {
    const value = values[cell] as number;
    if (!Number.isFinite(value)) return 0;
    const share = value * by;
    const at = palette === "ink" ? share : 128 + Math.max(-127, Math.min(127, share));
    return pixels[Math.max(0, Math.min(255, Math.round(at)))] as number;
  });
}

interface PixelsProps {
  values: Float32Array;
  columns: number;
  bound: number;
  palette?: Palette | undefined;
  /** Smaller than it is: then its pixels are averaged. */
  smooth?: boolean | undefined;
}

export function Pixels({ values, columns, bound, palette, smooth }: PixelsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useExplorer().theme.value;
  useLayoutEffect(() => {
    if (canvas.current) paintValues(canvas.current, values, columns, bound, theme, palette);
  }, [values, columns, bound, palette, theme]);
  return <canvas ref={canvas} class="nnw-in-pixels" data-smooth={smooth || undefined} />;
}

/** A part of a tile, in cells. */
export interface Mark {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly kind?: "now" | "hover" | "padding";
}

interface TileProps {
  values: Float32Array;
  /** Its cells. */
  grid: readonly [rows: number, columns: number];
  size: { readonly width: number; readonly height: number; readonly whole?: boolean };
  bound: number;
  palette?: Palette | undefined;
  /** Its number among the tiles of the picture. */
  tile?: number;
  marks?: readonly Mark[] | undefined;
  /** Names of the values that are written, where there is room for them. */
  n?: ((row: number, column: number) => string) | undefined;
}

const share = (part: number, whole: number) => `${(100 * part) / whole}%`;

export function Tile({ values, grid, size, bound, palette, tile = 0, marks = [], n }: TileProps) {
  const [rows, columns] = grid;
  return (
    <div class="nnw-in-tile" data-tile={tile} style={{ width: px(size.width), height: px(size.height) }}>
      <Pixels
        values={values}
        columns={columns}
        bound={bound}
        palette={palette}
        smooth={size.whole === false || size.width < columns || size.height < rows}
      />
      <Numbers values={values} grid={grid} size={size} bound={bound} palette={palette} n={n} />
      {marks.map((mark) => (
        <i
          key={`${mark.kind} ${mark.row} ${mark.column}`}
          class="nnw-in-mark"
          data-kind={mark.kind ?? "hover"}
          style={{
            left: share(mark.column, columns),
            top: share(mark.row, rows),
            width: share(mark.columns, columns),
            height: share(mark.rows, rows),
          }}
        />
      ))}
    </div>
  );
}

/** Room that a number takes. */
const [NUMBER, LINE] = [36, 16];
const MOST_NUMBERS = 400;

/** As short as a place of some 36 pixels asks for. */
export function shortNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 1e4) return significant(value, 2);
  if (size >= 100) return fixed(value, 0);
  if (Number.isInteger(value)) return fixed(value, 0);
  if (size < 0.0005) return scientific(value, 1);
  if (size < 0.005) return significant(value, 1);
  return fixed(value, size >= 10 ? 1 : 2);
}

/** Ink, or the page where that is easier to read on what lies under it. */
export function textOn(theme: Theme, value: number, bound: number): string {
  const ground = parseColour(rampCss(theme.tileRamp, bound > 0 ? value / bound : 0)) ?? [0, 0, 0];
  const contrast = (colour: string) => {
    const [one, other] = [luminance(parseColour(colour) ?? [0, 0, 0]), luminance(ground)];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  return contrast(theme.ink) >= contrast(theme.bg) ? theme.ink : theme.bg;
}

/** The numbers themselves, where there are few. */
function Numbers({ values, grid: [rows, columns], size, bound, palette, n }: Omit<TileProps, "tile">) {
  const theme = useExplorer().theme.value;
  const [width, height] = [size.width / columns, size.height / rows];
  if (width < NUMBER || height < LINE || palette === "ink" || values.length > MOST_NUMBERS) return null;
  return (
    <span
      class="nnw-in-numbers"
      style={{ gridTemplateColumns: `repeat(${columns}, 1fr)`, gridTemplateRows: `repeat(${rows}, 1fr)` }}
    >
      {Array.from(values, (value, cell) => (
        <span
          key={cell}
          style={{ color: Number.isFinite(value) ? textOn(theme, value, bound) : theme.ink }}
          data-n={n?.(Math.floor(cell / columns), cell % columns)}
        >
          {shortNumber(value)}
        </span>
      ))}
    </span>
  );
}

/** Which number a pointer is at. */
export function placeUnder(event: PointerEvent, [rows = 1, columns = 1]: readonly number[]): Place | null {
  const element = (event.target as Element | null)?.closest?.<HTMLElement>("[data-tile]");
  if (!element) return null;
  const { x, y } = spotIn(element, event);
  const within = (at: number, cells: number) => Math.max(0, Math.min(cells - 1, Math.floor(at * cells)));
  return {
    tile: Number(element.dataset.tile),
    row: within(y / (element.offsetHeight || 1), rows),
    column: within(x / (element.offsetWidth || 1), columns),
  };
}

const markAt = ({ row, column }: Place): Mark => ({ row, column, rows: 1, columns: 1 });

interface TilesProps {
  picture: Picture;
  label: string;
  width: number;
  height?: number | undefined;
  most?: number | undefined;
  palette?: Palette | undefined;
  cursor: Signal<Place | null>;
  /** The tile that is chosen, counted from the tensor's first. */
  chosen?: number | undefined;
  onChoose?: ((tile: number) => void) | undefined;
  marks?: ((tile: number) => readonly Mark[]) | undefined;
  /** What a tile is called, where one can be chosen: "channel". */
  word?: string | undefined;
}

/** All tiles that are here. Where one of them can be chosen, the arrow keys do that; else they go from number to number. */
export function Tiles(props: TilesProps) {
  const { picture, label, width, height, most, palette, cursor, chosen, onChoose, word = "map" } = props;
  const plan = planTiles(picture, width, {
    ...(height === undefined ? {} : { height }),
    ...(most === undefined ? {} : { most }),
  });
  const id = useId();
  const place = cursor.value;
  const grid = [picture.grid[0] ?? 1, picture.grid[1] ?? 1] as const;
  const at = chosen === undefined ? -1 : chosen - picture.first;
  const point = (event: PointerEvent) => {
    cursor.value = placeUnder(event, grid) ?? cursor.peek();
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onChoose) {
      const next = placeAfter(event.key, Math.max(0, at), plan.columns, picture.shown);
      if (next === null) return;
      onChoose(picture.first + next);
    } else {
      const next = placeAfterKey(event.key, cursor.peek(), picture, plan.columns);
      if (!next) return;
      cursor.value = next;
    }
    event.preventDefault();
  };
  return (
    <Role
      class="nnw-in-tiles"
      role={onChoose ? "listbox" : "application"}
      tabIndex={0}
      aria-label={label}
      {...(onChoose && at >= 0 && at < picture.shown ? { "aria-activedescendant": `${id}-${at}` } : {})}
      style={{ gridTemplateColumns: `repeat(${plan.columns}, ${plan.size.width}px)`, gap: px(GAP) }}
      onKeyDown={keyed}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={({ pointerType }) => {
        if (pointerType !== "touch") cursor.value = null;
      }}
      onBlur={() => {
        cursor.value = null;
      }}
    >
      {Array.from({ length: picture.shown }, (_, tile) => (
        <Role
          key={tile}
          id={`${id}-${tile}`}
          class="nnw-in-option"
          {...(onChoose
            ? {
                role: "option",
                "aria-selected": tile === at,
                "aria-label": `${word} ${picture.first + tile}`,
                onClick: () => onChoose(picture.first + tile),
              }
            : {})}
        >
          <Tile
            values={tileOf(picture, tile)}
            grid={grid}
            size={plan.size}
            bound={picture.bound ?? 0}
            palette={palette}
            tile={tile}
            marks={[
              ...(props.marks?.(tile) ?? []),
              ...(place?.tile === tile && !onChoose ? [markAt(place)] : []),
            ]}
          />
        </Role>
      ))}
    </Role>
  );
}

interface FrameProps {
  title: ComponentChildren;
  note?: ComponentChildren;
  /** What stands at the end of its head. */
  tools?: ComponentChildren;
  /** Whose colours are explained. */
  picture: Picture;
  palette?: Palette | undefined;
  /** What is read where the pointer is, or what the picture says without one. */
  read: ComponentChildren;
  n: string;
  children: ComponentChildren;
}

/** A picture with its head, and below it what is read and what its colours mean. */
export const Frame = ({ title, note, tools, picture, palette, read, n, children }: FrameProps) => (
  <section class="nnw-in-picture">
    <TitleRow title={title as string} note={note} level="h4">
      {tools ? <span class="nnw-end">{tools}</span> : null}
    </TitleRow>
    {children}
    <div class="nnw-in-foot">
      <Readout n={n}>{read}</Readout>
      <Bound picture={picture} palette={palette} n={n} />
    </div>
  </section>
);

/** What is read: it has its place before there is anything. */
export const Readout = ({ n, children }: { n: string; children: ComponentChildren }) => (
  <output class="nnw-in-read" data-n={`${n}.read`}>
    {children}
  </output>
);

const STOPS = 17;

interface BoundProps {
  picture: Pick<Picture, "bound" | "values" | "lows">;
  palette?: Palette | undefined;
  n: string;
}

/** The colours of the signs, or the inks, from one end to the other. */
export function Bound({ picture, palette = "sign", n }: BoundProps) {
  const theme = useExplorer().theme.value;
  const { bound } = picture;
  if (bound === null || bound === 0)
    return (
      <span class="nnw-in-bound" data-n={`${n}.bound`}>
        {bound === null ? "no finite number" : "all 0"}
      </span>
    );
  const half = palette === "ink" || isUnsigned(picture);
  const colours = Array.from({ length: STOPS }, (_, stop) => {
    const at = stop / (STOPS - 1);
    return rampCss(theme.tileRamp, half ? at : 2 * at - 1);
  });
  const background =
    palette === "ink"
      ? `linear-gradient(to right, ${theme.bg}, ${theme.ink})`
      : `linear-gradient(to right, ${colours.join(", ")})`;
  return (
    <span class="nnw-in-bound">
      <span>{half ? "0" : significant(-bound, 2)}</span>
      <i style={{ background }} data-half={half || undefined} />
      <span data-n={`${n}.bound`}>
        {palette === "ink" ? significant(bound, 2) : signedSignificant(bound, 2)}
      </span>
    </span>
  );
}

interface PictureViewProps extends Omit<TilesProps, "cursor" | "label"> {
  title: ComponentChildren;
  note?: ComponentChildren;
  tools?: ComponentChildren;
  paging?: Paging | null;
  n: string;
}

/** A tensor by its tiles. */
export function PictureView({ title, note, tools, paging, n, ...rest }: PictureViewProps) {
  const { picture, palette } = rest;
  const cursor = useSignal<Place | null>(null);
  const cell = cursor.value && cellAt(picture, cursor.value);
  const label = `${picture.name}: ${picture.shown} of ${picture.tiles} maps of ${picture.rows} × ${picture.columns}`;
  return (
    <Frame
      title={title}
      note={note}
      tools={
        <>
          {tools}
          {paging ? <Pages picture={picture} {...paging} /> : null}
        </>
      }
      picture={picture}
      palette={palette}
      read={cell ? cellText(cell) : null}
      n={n}
    >
      <Tiles {...rest} label={label} cursor={cursor} />
    </Frame>
  );
}
