// The numbers of a learning curve at one epoch, beside the place that they are of.
import { Fragment } from "preact";
import type { CurveValues } from "../draw/curves";
import { fixed, thousands } from "../draw/format";
import type { Pointed } from "./chart";
import type { CurveControls } from "./curve-view";
import { px } from "./geometry";
import { LineMark, type LineMarkProps, TEST_MARK, TRAIN_MARK } from "./line-mark";

type Text = (value: number | null) => string;

const isWhole = (epoch: number) => Math.abs(epoch - Math.round(epoch)) < 1e-6;
const epochText = (epoch: number) => (isWhole(epoch) ? thousands(epoch) : fixed(epoch, 2));

const at = (epoch: number | null | undefined) =>
  epoch === null || epoch === undefined ? "" : `, epoch ${epochText(epoch)}`;

interface Row {
  readonly key: string;
  readonly name: string;
  readonly value: number | null;
  readonly mark: LineMarkProps;
  /** A heading, where it is another than that of the line before. */
  readonly under?: string | undefined;
}

/** Each line that is shown and measured there. */
function rowsOf({ train, test, pins, of }: CurveValues, controls: CurveControls): Row[] {
  const shown = controls.pins.value.filter((pin) => pin.shown);
  const which = controls.train.value || !controls.test.value ? "train" : "test";
  const headings = shown.map((_, index) => `pinned: ${which}${at(of?.pins[index])}`);
  return [
    ...(controls.train.value ? [{ key: "train", name: "train", value: train, mark: TRAIN_MARK }] : []),
    ...(controls.test.value && test !== null
      ? [{ key: "test", name: `test${at(of?.test)}`, value: test, mark: TEST_MARK }]
      : []),
    ...shown.map(({ name, label, dash }, index) => ({
      key: `pin ${name}`,
      name: label,
      value: pins[index] ?? null,
      mark: { pin: dash },
      under: headings[index] === headings[index - 1] ? undefined : headings[index],
    })),
  ];
}

const where = ({ epoch, step }: CurveValues) =>
  `epoch ${epochText(epoch)}${step === null ? "" : `, step ${thousands(step)}`}`;

/** What a screen reader says. */
export const spoken = (values: CurveValues, controls: CurveControls, text: Text) =>
  [
    where(values),
    ...rowsOf(values, controls).map(
      ({ name, value, under }) => `${under ? `${under}, ` : ""}${name} ${text(value)}`,
    ),
  ].join(", ");

const GAP = 12;

export function Reading({
  pointed,
  controls,
  text,
}: {
  pointed: Pointed;
  controls: CurveControls;
  text: Text;
}) {
  const { values, x, width } = pointed;
  // Never over the place that it is of.
  const side = x > width / 2 ? { right: px(Math.max(0, width - x) + GAP) } : { left: px(x + GAP) };
  return (
    <div class="nnw-reading" aria-hidden="true" style={side}>
      <b>{where(values)}</b>
      {rowsOf(values, controls).map(({ key, name, value, mark, under }) => (
        <Fragment key={key}>
          {under ? <span class="nnw-2nd">{under}</span> : null}
          <span class="nnw-reading-row">
            <LineMark {...mark} />
            <span class="nnw-reading-name">{name}</span>
            <span>{text(value)}</span>
          </span>
        </Fragment>
      ))}
    </div>
  );
}
