// What the first layer looks for: the weights of each of its units as an image, and one of them under a lens.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { rampCss, type Theme } from "../../draw/colour";
import { fixed, signed } from "../../draw/format";
import { paintPixels, pictureSize, type Size } from "../../draw/picture";
import { planSheet } from "../../draw/sheet";
import type { WayTrait } from "../../generated/protocol";
import { useDerived } from "../context";
import { Segmented } from "../fields";
import { Fold } from "../fold";
import { px } from "../geometry";
import { useId } from "../ids";
import { TitleRow } from "../panel";
import { placeAfter, useLargest, usePart, useWidth } from "./hooks";
import { classesOf, wholePercent } from "./names";
import { Pixels } from "./pixels";
import { Role } from "./role";
import { useImages, useWant } from "./view";

type Kind = "weights" | "change";

const KINDS = [
  { name: "weights", label: "weights" },
  { name: "change", label: "change since the start" },
];
const LENS = 168;
/** A unit that is on for a smaller share of the images is almost never on. */
const IDLE = 0.01;
/** The byte of a weight of 0. */
const ZERO = 128;

const sizeText = ({ units, rows, columns }: WayTrait) => `${units} units, ${rows} × ${columns} weights each`;

export function FirstLayerBand() {
  const { store, geometry } = useImages();
  const way = store.way.value;
  const open = useSignal(false);
  const kind = useSignal<Kind>("change");
  const shown = !geometry.value.narrow || open.value;
  const has = way !== null && way.units > 0;
  useWant(kind.value, shown && has);
  const summary = useDerived(() => (has ? sizeText(way) : ""), [way]);
  return (
    <Fold class="nnw-fold--first" title="What the first layer looks for" summary={summary} open={open}>
      {shown ? (
        <section class="nnw-first" aria-label="First layer">
          {has ? (
            <Units way={way} kind={kind.value} onKind={(name) => (kind.value = name)} />
          ) : (
            <>
              <TitleRow title="What the first layer looks for" />
              <p class="nnw-2nd nnw-s">
                {way
                  ? "The weights of its first layer do not lie as images do: there is nothing to be seen."
                  : ""}
              </p>
            </>
          )}
        </section>
      ) : null}
    </Fold>
  );
}

interface Sheet {
  readonly cells: Uint8Array;
  readonly kind: Kind;
  /** What a byte has to be multiplied by for the scale that is shown. */
  readonly share: number;
  readonly scale: number;
  readonly theme: Theme;
}

/** The weights of one unit in the colours of their signs. */
function paintUnit(canvas: HTMLCanvasElement, sheet: Sheet, unit: number, { rows, columns }: WayTrait): void {
  const { cells, share, theme } = sheet;
  const from = unit * rows * columns;
  paintPixels(canvas, columns, rows, (cell) => {
    const q = Math.round(((cells[from + cell] ?? ZERO) - ZERO) * share) + ZERO;
    return theme.tileRamp32[Math.max(1, Math.min(255, q))] as number;
  });
}

interface UnitsProps {
  way: WayTrait;
  kind: Kind;
  onKind(kind: Kind): void;
}

function Units({ way, kind, onKind }: UnitsProps) {
  const { store, easel, unit } = useImages();
  const first = usePart("first");
  const sentScale = usePart("first_scale")?.values[0] ?? 0;
  // Before the first step nothing has changed, and there is nothing that a scale could be of.
  const frameScale = useMemo(
    () => (first?.values.some((q) => q !== ZERO) ? sentScale : 0),
    [first, sentScale],
  );
  const shownKind: Kind = usePart("first_kind")?.values[0] === 0 ? "weights" : "change";
  const on = usePart("first_on")?.values ?? null;
  const bias = usePart("first_bias")?.values ?? null;
  const best = usePart("first_class")?.values ?? null;
  const scale = useLargest(frameScale, { step: first?.step, about: shownKind });
  const [place, width] = useWidth<HTMLDivElement>(700);
  const plan = planSheet(width, way.units, way.columns, way.rows);
  const pointed = useSignal<number | null>(null);
  const id = useId();
  const theme = easel.theme.value;
  const chosen = Math.min(unit.value ?? 0, plan.shown - 1);
  const looked = pointed.value ?? chosen;
  const sheet: Sheet = {
    cells: first?.values ?? new Uint8Array(),
    kind: shownKind,
    share: scale > 0 ? frameScale / scale : 0,
    scale,
    theme,
  };
  const inputs = [first, sheet.share, way];
  const isIdle = (index: number) => on !== null && (on[index] ?? 1) < IDLE;
  const idle = on ? on.filter((share) => share < IDLE).length : 0;
  const note = [
    sizeText(way),
    plan.shown < way.units ? `; first ${plan.shown} of ${way.units}` : "",
    idle ? `; ${idle} almost never on (dashed)` : "",
  ].join("");
  const answers = classesOf(store.data.value)[best?.[looked] ?? -1];
  const facts: [string, string][] = [
    ["unit", String(looked + 1)],
    ["bias", bias?.length ? signed(bias[looked], 2) : "none"],
    ["on for", on ? `${wholePercent(on[looked])} of test images` : "·"],
    ["answers most to", answers ?? "·"],
  ];
  return (
    <>
      <TitleRow title="What the first layer looks for" note={note} />
      <div class="nnw-images-bar">
        <Segmented
          label="Show"
          choices={KINDS}
          chosen={[kind]}
          disabled={!store.enabled.value}
          onChoose={(name) => onKind(name as Kind)}
        />
        <Scale sheet={sheet} />
      </div>
      <div class="nnw-sheet">
        <div ref={place}>
          <Role
            class="nnw-units"
            role="listbox"
            tabIndex={0}
            aria-label="Units of the first layer"
            aria-activedescendant={`${id}-${chosen}`}
            style={{
              gridTemplateColumns: `repeat(${plan.columns}, ${plan.side}px)`,
              rowGap: px(plan.gap),
              "--room": px(plan.side),
            }}
            onKeyDown={(event) => {
              const next = placeAfter(event.key, chosen, plan.columns, plan.shown);
              if (next === null) return;
              event.preventDefault();
              unit.value = next;
            }}
            onPointerLeave={() => (pointed.value = null)}
          >
            {Array.from({ length: plan.shown }, (_, index) => (
              <Role
                key={index}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === chosen}
                aria-label={`Unit ${index + 1}${isIdle(index) ? ", almost never on" : ""}`}
                data-idle={isIdle(index) || undefined}
                onClick={() => (unit.value = index)}
                onPointerEnter={() => (pointed.value = index)}
              >
                <UnitPixels sheet={sheet} unit={index} way={way} size={plan.size} inputs={inputs} />
              </Role>
            ))}
          </Role>
        </div>
        <div class="nnw-lens">
          <div>
            <UnitPixels
              sheet={sheet}
              unit={looked}
              way={way}
              size={pictureSize({ width: way.columns, height: way.rows }, LENS)}
              inputs={inputs}
            />
          </div>
          <dl class="nnw-facts">
            {facts.map(([term, value]) => [<dt key={term}>{term}</dt>, <dd key={`${term} is`}>{value}</dd>])}
          </dl>
        </div>
      </div>
    </>
  );
}

interface UnitPixelsProps {
  sheet: Sheet;
  unit: number;
  way: WayTrait;
  size: Size;
  inputs: readonly unknown[];
}

const UnitPixels = ({ sheet, unit, way, size, inputs }: UnitPixelsProps) => (
  <Pixels
    aria-hidden="true"
    data-smooth={!size.whole || undefined}
    style={{ width: px(size.width), height: px(size.height) }}
    paint={(canvas) => paintUnit(canvas, sheet, unit, way)}
    inputs={[...inputs, unit]}
  />
);

const STOPS = 17;
/** Two digits behind the point, or more where a small scale would be left with one that says little. */
const digitsOf = (scale: number) => (scale > 0 ? Math.max(2, 1 - Math.floor(Math.log10(2 * scale))) : 2);

function Scale({ sheet: { kind, scale, theme } }: { sheet: Sheet }) {
  const colours = Array.from({ length: STOPS }, (_, stop) =>
    rampCss(theme.tileRamp, (2 * stop) / (STOPS - 1) - 1),
  );
  return (
    <span class="nnw-scale nnw-end">
      <span>
        {kind === "weights" ? "weight" : "weight change"} {fixed(-scale, digitsOf(scale))}
      </span>
      <i class="nnw-ramp-bar" style={{ background: `linear-gradient(to right, ${colours.join(", ")})` }} />
      <span>{signed(scale, digitsOf(scale))}</span>
    </span>
  );
}
