// A tensor by what it is: numbers in a row, a matrix, or maps; and the layers that are nothing else than their tensors.
import { type Signal, useSignal } from "@preact/signals";
import type { InsideTrait } from "../../generated/protocol";
import { Button } from "../button";
import { isExact, type Picture, pictureOf, readPicture } from "./arrays";
import { Matrix } from "./matrix";
import { pagingOf } from "./paging";
import { type Palette, PictureView } from "./picture";
import type { Anatomy } from "./state";
import { counted, countText } from "./texts";

interface TensorProps {
  anatomy: Anatomy;
  picture: Picture;
  width: number;
  title?: string;
  rows?: readonly number[] | undefined;
  /** The row that is chosen. */
  now?: number | undefined;
  onChoose?: ((row: number) => void) | undefined;
  most?: number;
  /** The most that a matrix is high. */
  height?: number | undefined;
}

/** "64 neurons × 784 inputs", as far as its axes have names of their own. */
export function sizeText({ axes, tiles, rows, columns }: Picture): string {
  const part = (count: number, name: string | undefined) =>
    name ? (/^axis/.test(name) ? countText(count) : `${countText(count)} ${plural(name, count)}`) : "";
  const [many, down, across] = axes;
  const texts = [part(tiles, many), part(rows, down), part(columns, across)].filter(Boolean);
  return texts.join(" × ");
}

/** "units" stays as it is. */
const plural = (name: string, count: number) =>
  count === 1 || /s$/.test(name) ? name : /[^aeo]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;

export function Tensor({ anatomy, picture, width, title, rows, now, onChoose, most, height }: TensorProps) {
  // Indices have no sign.
  const palette: Palette = /int|bool/.test(picture.dtype) ? "ink" : "sign";
  const shared = {
    picture,
    title: title ?? (picture.role === "gradient" ? `gradient of ${picture.name}` : picture.name),
    note: sizeText(picture),
    width,
    palette,
    n: picture.role === "gradient" ? `gradient.${picture.name}` : picture.name,
  };
  if (!picture.values.length)
    return (
      <p class="nnw-2nd nnw-s">
        {shared.title}: {picture.shape.includes(0) ? "empty" : "its values are not known"}
      </p>
    );
  if (picture.tiles > 1)
    return (
      <PictureView
        {...shared}
        paging={pagingOf(anatomy, picture)}
        {...(most === undefined ? {} : { most })}
        height={240}
      />
    );
  return <Matrix anatomy={anatomy} {...shared} rows={rows} now={now} onChoose={onChoose} height={height} />;
}

interface KindProps {
  anatomy: Anatomy;
  inside: InsideTrait;
  width: number;
}

interface OthersProps extends KindProps {
  without: readonly (Picture | null)[];
  most?: number;
  /** What comes first: the least. */
  rank?: (picture: Picture) => number;
}

/** So many are shown at once, and none of them is very high. */
const MANY = 4;
const LOW = 200;

/** All that was sent of it but what is shown elsewhere. */
export function Others({ inside, without, rank = () => 0, ...rest }: OthersProps) {
  const open = useSignal(false);
  const pictures = inside.pictures
    .map(readPicture)
    .filter((picture) => !without.includes(picture))
    .sort((one, other) => rank(one) - rank(other));
  const shown = open.value ? pictures : pictures.slice(0, MANY);
  return (
    <>
      {shown.map((picture) => (
        <Tensor
          key={`${picture.role} ${picture.name} ${picture.index.join()}`}
          {...rest}
          picture={picture}
          height={pictures.length > 1 ? LOW : undefined}
        />
      ))}
      <More count={pictures.length - MANY} what="tensor" open={open} />
    </>
  );
}

/** What is not shown at once. */
export function More({ count, what, open }: { count: number; what: string; open: Signal<boolean> }) {
  if (count <= 0) return null;
  return (
    <Button
      kind="text"
      class="nnw-btn nnw-btn--text nnw-in-more"
      aria-expanded={open.value}
      onClick={() => {
        open.value = !open.peek();
      }}
    >
      {open.value ? "Show fewer" : `Show ${counted(count, `more ${what}`)}`}
    </Button>
  );
}

/** All that was sent of it. */
export const Tensors = (props: KindProps) => <Others {...props} without={[]} />;

/** What it puts out at each position, its weights by gate, then its states, inputs and biases. */
export const Recurrent = (props: KindProps) => (
  <Others
    {...props}
    without={[]}
    rank={({ role, name, rows }) => {
      if (role === "output" && /^output(\[0\])?$/.test(name)) return 0;
      return role === "weight" && rows > 1 ? 1 : 2;
    }}
  />
);

const MOST_MARKED = 200;
const MOST_NAMED = 40;

/** A table of rows, of which the sample looks some up. */
export function Embedding({ anatomy, inside, width }: KindProps) {
  const table = pictureOf(inside, "weight");
  const looked = pictureOf(inside, "input");
  if (!table) return <Tensors anatomy={anatomy} inside={inside} width={width} />;
  const indices = looked && isExact(looked) ? [...looked.values] : [];
  const rows = [...new Set(indices)].slice(0, MOST_MARKED);
  const choose = (row: number) => anatomy.store.set({ channel: row });
  return (
    <>
      {indices.length ? (
        <p class="nnw-in-looked">
          <span class="nnw-2nd nnw-s">this sample looks up the rows</span>
          {indices.slice(0, MOST_NAMED).map((row, at) => (
            <Button
              key={at}
              class="nnw-in-index"
              aria-pressed={row === anatomy.settings.channel}
              label={`row ${row}`}
              onClick={() => choose(row)}
            >
              {row}
            </Button>
          ))}
          {indices.length > MOST_NAMED ? <span class="nnw-2nd nnw-s">…</span> : null}
        </p>
      ) : null}
      <Tensor
        anatomy={anatomy}
        picture={table}
        width={width}
        rows={rows}
        now={Math.min(table.rows - 1, anatomy.settings.channel)}
        onChoose={choose}
      />
      <Others
        anatomy={anatomy}
        inside={inside}
        width={width}
        without={[table, ...(indices.length ? [looked] : [])]}
      />
    </>
  );
}

/** Which token looks at which, by head. */
export function Attention({ anatomy, inside, width }: KindProps) {
  const maps = pictureOf(inside, "output", /^attention$/);
  return (
    <>
      {maps ? (
        <PictureView
          picture={maps}
          title="Attention by head"
          note={sizeText(maps)}
          paging={pagingOf(anatomy, maps)}
          palette="ink"
          width={width}
          height={width}
          most={216}
          n="attention"
        />
      ) : null}
      <Others anatomy={anatomy} inside={inside} width={width} without={[maps]} />
    </>
  );
}
