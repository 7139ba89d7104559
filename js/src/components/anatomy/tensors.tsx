// A tensor by what it is: numbers in a row, a matrix, or maps; and the layers that are nothing else than their tensors.
import type { InsideTrait } from "../../generated/protocol";
import { isExact, type Picture, pictureOf, readPicture } from "./arrays";
import { Matrix } from "./matrix";
import { pagingOf } from "./paging";
import { type Palette, PictureView } from "./picture";
import type { Anatomy } from "./state";
import { countText } from "./texts";

interface TensorProps {
  anatomy: Anatomy;
  picture: Picture;
  width: number;
  title?: string;
  palette?: Palette | undefined;
  rows?: readonly number[] | undefined;
  onChoose?: ((row: number) => void) | undefined;
  most?: number;
}

/** "64 neurons × 784 inputs", as far as its axes have names. */
export function sizeText({ axes, tiles, rows, columns }: Picture): string {
  const part = (count: number, name: string | undefined) =>
    name ? `${countText(count)} ${plural(name, count)}` : "";
  const [many, down, across] = axes;
  const texts = [part(tiles, many), part(rows, down), part(columns, across)].filter(Boolean);
  return texts.join(" × ");
}

/** "axis 3" and "units" stay as they are. */
const plural = (name: string, count: number) =>
  count === 1 || /s$|\d$/.test(name) ? name : name.endsWith("y") ? `${name.slice(0, -1)}ies` : `${name}s`;

export function Tensor({ anatomy, picture, width, title, palette, rows, onChoose, most }: TensorProps) {
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
  return <Matrix anatomy={anatomy} {...shared} rows={rows} onChoose={onChoose} />;
}

interface KindProps {
  anatomy: Anatomy;
  inside: InsideTrait;
  width: number;
}

/** All that was sent of it. */
export const Tensors = ({
  anatomy,
  inside,
  width,
  without = [],
}: KindProps & { without?: readonly string[] }) => (
  <>
    {inside.pictures
      .filter(({ name }) => !without.includes(name))
      .map((trait) => (
        <Tensor
          key={`${trait.role} ${trait.name} ${trait.tiles}`}
          anatomy={anatomy}
          picture={readPicture(trait)}
          width={width}
        />
      ))}
  </>
);

const MOST_MARKED = 200;

/** A table of rows, of which the sample looks some up. */
export function Embedding({ anatomy, inside, width }: KindProps) {
  const table = pictureOf(inside, "weight");
  const looked = pictureOf(inside, "input");
  if (!table) return <Tensors anatomy={anatomy} inside={inside} width={width} />;
  const indices = looked && isExact(looked) ? [...new Set(looked.values)].slice(0, MOST_MARKED) : [];
  return (
    <>
      {looked ? (
        <Tensor anatomy={anatomy} picture={looked} width={width} title="rows that are looked up" />
      ) : null}
      <Tensor
        anatomy={anatomy}
        picture={table}
        width={width}
        rows={indices}
        onChoose={(row) => anatomy.store.set({ channel: row })}
      />
      <Tensors anatomy={anatomy} inside={inside} width={width} without={[table.name, looked?.name ?? ""]} />
    </>
  );
}

/** Which token looks at which, by head. */
export function Attention({ anatomy, inside, width }: KindProps) {
  const maps = inside.pictures.filter(({ name }) => name.startsWith("attention"));
  return (
    <>
      {maps.map((trait) => {
        const picture = readPicture(trait);
        return (
          <PictureView
            key={trait.name}
            picture={picture}
            title={picture.name === "attention" ? "Attention by head" : picture.name}
            note={sizeText(picture)}
            paging={pagingOf(anatomy, picture)}
            palette="ink"
            width={width}
            height={320}
            most={168}
            n={picture.name}
          />
        );
      })}
      <Tensors anatomy={anatomy} inside={inside} width={width} without={maps.map(({ name }) => name)} />
    </>
  );
}
