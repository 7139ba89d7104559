// The arithmetic of one number of a feature map: patch times kernel, added up by channel, and the bias.
import { type Signal, useSignal } from "@preact/signals";
import { largestOf } from "../../draw/picture";
import { signClass, three } from "../explorer/numbers";
import { Role } from "../images/role";
import { TitleRow } from "../panel";
import { numberText, type Picture, tileOf } from "./arrays";
import { type Mark, placeUnder, Readout, Tile } from "./picture";
import { marksOf, type Part, type Patch, partsOf, planeOf } from "./pixels";
import type { Anatomy } from "./state";
import { placeAfterKey } from "./tiles";

const MOST_PARTS = 6;
const MINI = 40;
/** What has one row only is no thinner. */
const THIN = 10;

interface Props {
  anatomy: Anatomy;
  pixel: Patch;
  input: Picture | null;
  width: number;
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

export function PixelView({ anatomy, pixel, input, width }: Props) {
  /** The input channel that is looked at, null for the one that matters most. */
  const looked = useSignal<number | null>(null);
  const cursor = useSignal<Cell | null>(null);
  const { parts, others, rest } = partsOf(pixel, MOST_PARTS);
  const first = parts.reduce<Part | undefined>(
    (best, part) => (best && Math.abs(best.sum) >= Math.abs(part.sum) ? best : part),
    undefined,
  );
  const at = parts.find(({ at: each }) => each === looked.value) ?? first;
  if (!at) return null;
  const { channel, row, column, bias, value, sums } = pixel;
  const most = Math.max(largestOf(sums), Math.abs(bias ?? 0), Math.abs(rest));
  return (
    <section class="nnw-in-picture nnw-in-pixel" aria-label="One number">
      <TitleRow title="One number" note={`channel ${channel}, row ${row}, column ${column}`} level="h4" />
      <Products pixel={pixel} part={at} cursor={cursor} width={width} />
      <div class="nnw-in-parts">
        {parts.map((part) => (
          <PartRow
            key={part.channel}
            pixel={pixel}
            part={part}
            input={input}
            most={most}
            isNow={part.at === at.at}
            onLook={() => {
              looked.value = part.at;
            }}
          />
        ))}
        {others ? <Line name={`${others} other channels`} value={rest} most={most} n="pixel.rest" /> : null}
        {bias === null ? null : <Line name="bias" value={bias} most={most} n="pixel.bias" />}
        <div class="nnw-in-result">
          <span>
            their sum
            {anatomy.there ? null : <span class="nnw-2nd"> as it was sent</span>}
          </span>
          <b class={signClass(value ?? 0)} data-n="pixel.value">
            {numberText(value)}
          </b>
        </div>
      </div>
    </section>
  );
}

interface ProductsProps {
  pixel: Patch;
  part: Part;
  cursor: Signal<Cell | null>;
  width: number;
}

const BETWEEN = 132;

/** The patch and the kernel of one input channel, number by number. */
function Products({ pixel, part, cursor, width }: ProductsProps) {
  const [rows = 1, columns = 1] = pixel.size;
  const room = Math.max(60, Math.min(144, (width - BETWEEN) / 2));
  const side = Math.max(1, Math.floor(room / Math.max(rows, columns)));
  const cell = Math.min(48, side);
  const size = { width: cell * columns, height: cell * rows };
  const patch = planeOf(pixel, pixel.patch, part.at);
  const kernel = planeOf(pixel, pixel.kernel, part.at);
  const at = cursor.value;
  const index = at ? at.row * columns + at.column : -1;
  const padding = paddingOf(pixel);
  const marks: Mark[] = at ? [{ ...at, rows: 1, columns: 1 }] : [];
  const grid = [rows, columns] as const;
  const read = (event: PointerEvent) => {
    cursor.value = placeUnder(event, grid);
  };
  return (
    <>
      <Role
        class="nnw-in-products"
        role="application"
        tabIndex={0}
        aria-label={`Patch and kernel of input channel ${part.channel}: arrow keys go from product to product`}
        onPointerMove={read}
        onPointerDown={read}
        onPointerLeave={({ pointerType }) => {
          if (pointerType !== "touch") cursor.value = null;
        }}
        onBlur={() => {
          cursor.value = null;
        }}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const from = cursor.peek();
          const next = placeAfterKey(
            event.key,
            from && { ...from, tile: 0 },
            { grid: [...grid], shown: 1 },
            1,
          );
          if (!next) return;
          cursor.value = next;
          event.preventDefault();
        }}
      >
        <figure>
          <Tile
            values={patch}
            grid={grid}
            size={size}
            bound={largestOf(pixel.patch)}
            marks={[...padding, ...marks]}
            n={(row, column) => `patch.${part.channel}.${row}.${column}`}
          />
          <figcaption>patch of input {part.channel}</figcaption>
        </figure>
        <span class="nnw-in-sign">×</span>
        <figure>
          <Tile
            values={kernel}
            grid={grid}
            size={size}
            bound={largestOf(pixel.kernel)}
            marks={marks}
            n={(row, column) => `kernel.${part.channel}.${row}.${column}`}
          />
          <figcaption>kernel {part.channel}</figcaption>
        </figure>
        <span class="nnw-in-sign">=</span>
        <span class="nnw-in-product">
          <b class={signClass(part.sum)} data-n={`pixel.sum.${part.channel}`}>
            {numberText(part.sum, 4)}
          </b>
          <span class="nnw-2nd nnw-s">
            {rows * columns} {rows * columns === 1 ? "product" : "products"}
          </span>
        </span>
      </Role>
      <div class="nnw-in-foot">
        <Readout n="product">
          {at ? (
            <>
              {numberText(patch[index], 4)} × {inBrackets(numberText(kernel[index], 4))} ={" "}
              {numberText((patch[index] ?? 0) * (kernel[index] ?? 0), 4)}
              {pixel.inside[index] === 0 ? " (padding)" : ""}
            </>
          ) : null}
        </Readout>
      </div>
    </>
  );
}

const inBrackets = (text: string) => (text.startsWith("−") ? `(${text})` : text);

/** What of the patch lies outside of the input. */
function paddingOf({ inside, size: [, columns = 1] }: Patch): Mark[] {
  const marks: Mark[] = [];
  inside.forEach((is, at) => {
    if (!is)
      marks.push({
        row: Math.floor(at / columns),
        column: at % columns,
        rows: 1,
        columns: 1,
        kind: "padding",
      });
  });
  return marks;
}

interface PartRowProps {
  pixel: Patch;
  part: Part;
  input: Picture | null;
  most: number;
  isNow: boolean;
  onLook(): void;
}

/** What one input channel adds: its map with the patch, its kernel, and the sum of their products. */
function PartRow({ pixel, part, input, most, isNow, onLook }: PartRowProps) {
  const [rows = 1, columns = 1] = pixel.size;
  const tile = input ? part.channel - input.first : -1;
  const isHere = input !== null && tile >= 0 && tile < input.shown;
  const grid = [input?.grid[0] ?? 1, input?.grid[1] ?? 1] as const;
  const small = (tall: number, wide: number) => {
    const cell = MINI / Math.max(tall, wide);
    return { width: Math.max(THIN, cell * wide), height: Math.max(THIN, cell * tall) };
  };
  return (
    <button type="button" class="nnw-in-part" aria-pressed={isNow} onClick={onLook}>
      <span class="nnw-in-mini">
        {isHere ? (
          <Tile
            values={tileOf(input, tile)}
            grid={grid}
            size={small(input.rows, input.columns)}
            bound={input.bound ?? 0}
            marks={marksOf(pixel, input, part.channel)}
          />
        ) : null}
      </span>
      <span class="nnw-in-mini">
        <Tile
          values={planeOf(pixel, pixel.kernel, part.at)}
          grid={[rows, columns]}
          size={small(rows, columns)}
          bound={largestOf(pixel.kernel)}
        />
      </span>
      <span class="nnw-s">channel {part.channel} </span>
      <Bar value={part.sum} most={most} />
      <span class={`nnw-in-amount ${signClass(part.sum)}`} data-n={`pixel.part.${part.channel}`}>
        {amountText(part.sum)}
      </span>
    </button>
  );
}

const amountText = (value: number) => (Number.isFinite(value) ? three(value) : numberText(value));

const Line = ({ name, value, most, n }: { name: string; value: number; most: number; n: string }) => (
  <div class="nnw-in-part nnw-in-line">
    <span class="nnw-s">{name}</span>
    <Bar value={value} most={most} />
    <span class={`nnw-in-amount ${signClass(value)}`} data-n={n}>
      {amountText(value)}
    </span>
  </div>
);

/** To the right what is added, to the left what is taken away. */
function Bar({ value, most }: { value: number; most: number }) {
  const part = most > 0 && Number.isFinite(value) ? Math.min(1, Math.abs(value) / most) : 0;
  return (
    <span class="nnw-in-bar" aria-hidden="true">
      <i
        data-sign={value < 0 ? "neg" : "pos"}
        style={{ width: `${50 * part}%`, [value < 0 ? "right" : "left"]: "50%" }}
      />
    </span>
  );
}
