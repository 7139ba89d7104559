// A small dense layer as neurons and connections, with the values of the sample.
import { useSignal } from "@preact/signals";
import { rampCss } from "../../draw/colour";
import { signedSignificant } from "../../draw/format";
import { edgeAlpha, edgeDash, edgeWidth } from "../../draw/network";
import { largestOf } from "../../draw/picture";
import { three } from "../explorer/numbers";
import { Label, Scene } from "../explorer/scene";
import { useExplorer } from "../explorer/view";
import { TitleRow } from "../panel";
import { numberText, type Picture } from "./arrays";
import { type NeuronPlaces, placeNeurons, type Spot, termsOf } from "./neuron-places";
import { Readout, textOn } from "./picture";
import type { Anatomy } from "./state";

/** A bias of this size fills its bar. */
const FULL_BIAS = 3;
const DIMMED = 0.12;
const TOP = 20;
/** Below this the numbers of neighbouring connections would cover each other. */
const APART = 15;
const MOST_TERMS = 4;

export interface Dense {
  readonly weight: Picture;
  readonly bias: Picture | null;
  readonly input: Picture | null;
  readonly output: Picture | null;
}

/** What the pointer is at: an input or a neuron. */
interface At {
  readonly side: "input" | "neuron";
  readonly unit: number;
}

export function Neurons({ anatomy, weight, bias, input, output }: Dense & { anatomy: Anatomy }) {
  const [neurons, inputs] = [weight.rows, weight.columns];
  const hover = useSignal<At | null>(null);
  const chosen: At = { side: "neuron", unit: Math.min(neurons - 1, anatomy.settings.channel) };
  const at = hover.value ?? chosen;
  return (
    <section class="nnw-in-picture nnw-in-neurons">
      <TitleRow
        title="Neurons and connections"
        note={`${inputs} ${inputs === 1 ? "input" : "inputs"}, ${neurons} ${neurons === 1 ? "neuron" : "neurons"}`}
        level="h4"
      />
      <Scene
        height={(width) => placeNeurons(inputs, neurons, width, TOP).height}
        label="Neurons and connections"
      >
        {(width) => (
          <Drawing
            places={placeNeurons(inputs, neurons, width, TOP)}
            layer={{ weight, bias, input, output }}
            at={hover.value}
            chosen={chosen.unit}
            onAt={(next) => {
              hover.value = next;
            }}
            onChoose={(unit) => anatomy.store.set({ channel: unit })}
          />
        )}
      </Scene>
      <div class="nnw-in-foot nnw-in-sum">
        <Readout n="neuron">
          <Sum layer={{ weight, bias, input, output }} at={at} />
        </Readout>
      </div>
    </section>
  );
}

interface DrawingProps {
  places: NeuronPlaces;
  layer: Dense;
  at: At | null;
  chosen: number;
  onAt(at: At | null): void;
  onChoose(unit: number): void;
}

function Drawing({ places, layer, at, chosen, onAt, onChoose }: DrawingProps) {
  const { weight, bias, input, output } = layer;
  const { edges, scale, tile, pitch } = places;
  const columns = weight.columns;
  const weightOf = (to: number, from: number) => weight.values[to * columns + from] ?? Number.NaN;
  const isLit = (from: number, to: number) =>
    !at || (at.side === "neuron" ? to === at.unit : from === at.unit);
  const order = [...edges].sort(
    (one, other) => Math.abs(weightOf(one.to, one.from) || 0) - Math.abs(weightOf(other.to, other.from) || 0),
  );
  return (
    <>
      <Label x={places.inputs[0]?.x ?? 0} y={11} anchor="middle" class="nnw-2nd">
        inputs
      </Label>
      <Label x={places.outputs[0]?.x ?? 0} y={11} anchor="middle" class="nnw-2nd">
        sums
      </Label>
      {order.map(({ from, to, path }) => {
        const value = weightOf(to, from);
        const known = Number.isFinite(value) ? value : 0;
        return (
          <path
            key={`${from} ${to}`}
            class={`nnw-in-edge nnw-in-edge--${value < 0 ? "neg" : value > 0 ? "pos" : "none"}`}
            d={path}
            stroke-width={(edgeWidth(known) * scale).toFixed(2)}
            stroke-dasharray={Number.isFinite(value) ? edgeDash(known, scale).join(" ") || undefined : "1 3"}
            opacity={isLit(from, to) ? edgeAlpha(known).toFixed(3) : DIMMED}
          />
        );
      })}
      {places.inputs.map((spot, unit) => (
        <Unit
          key={`input ${unit}`}
          at={{ side: "input", unit }}
          spot={spot}
          tile={tile}
          picture={input}
          isLit={at?.side === "input" && at.unit === unit}
          onAt={onAt}
        />
      ))}
      {places.outputs.map((spot, unit) => (
        <Unit
          key={`neuron ${unit}`}
          at={{ side: "neuron", unit }}
          spot={spot}
          tile={tile}
          picture={output}
          isLit={at?.side === "neuron" && at.unit === unit}
          isChosen={unit === chosen}
          bias={bias?.values[unit]}
          onAt={onAt}
          onChoose={() => onChoose(unit)}
        />
      ))}
      {at && pitch >= APART
        ? (at.side === "neuron" ? places.inputs : places.outputs).map((spot, unit) => {
            const value = at.side === "neuron" ? weightOf(at.unit, unit) : weightOf(unit, at.unit);
            const side = at.side === "neuron" ? 1 : -1;
            return (
              <Label
                key={unit}
                x={spot.x + side * (tile.width / 2 + 8)}
                y={spot.y - 5}
                anchor={side > 0 ? "start" : "end"}
                class={`nnw-b nnw-halo ${value < 0 ? "nnw-neg" : "nnw-pos"}`}
                n={at.side === "neuron" ? `weight.${at.unit}.${unit}` : `weight.${unit}.${at.unit}`}
              >
                {Number.isFinite(value) ? signedSignificant(value, 2) : numberText(value)}
              </Label>
            );
          })
        : null}
    </>
  );
}

interface UnitProps {
  at: At;
  spot: Spot;
  tile: { readonly width: number; readonly height: number };
  picture: Picture | null;
  isLit: boolean;
  isChosen?: boolean;
  bias?: number | undefined;
  onAt(at: At | null): void;
  onChoose?: () => void;
}

/** An input or a neuron with the value that it has for this sample. */
function Unit({ at, spot, tile, picture, isLit, isChosen = false, bias, onAt, onChoose }: UnitProps) {
  const theme = useExplorer().theme.value;
  const value = picture?.values[at.unit];
  const bound = picture?.bound ?? 0;
  const isNumber = value !== undefined && Number.isFinite(value);
  const text = numberText(value, 3);
  const [x, y] = [spot.x - tile.width / 2, spot.y - tile.height / 2];
  const half = tile.height;
  const low = y + tile.height + 5;
  const long =
    bias === undefined ? 0 : (half * Math.max(-FULL_BIAS, Math.min(FULL_BIAS, bias))) / FULL_BIAS || 0;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements */}
      <g
        class="nnw-in-unit nnw-pressable"
        role="button"
        tabindex={0}
        aria-label={`${at.side} ${at.unit}: ${text}`}
        aria-pressed={onChoose ? isChosen : undefined}
        data-lit={isLit || undefined}
        data-chosen={isChosen || undefined}
        onPointerEnter={() => onAt(at)}
        onPointerLeave={() => onAt(null)}
        onFocus={() => onAt(at)}
        onBlur={() => onAt(null)}
        onClick={onChoose}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          onChoose?.();
          event.preventDefault();
        }}
      >
        <rect
          class="nnw-in-unit-tile"
          x={x}
          y={y}
          width={tile.width}
          height={tile.height}
          rx={3}
          fill={isNumber ? rampCss(theme.tileRamp, bound > 0 ? value / bound : 0) : "url(#nnw-in-none)"}
          data-odd={value !== undefined && !isNumber ? true : undefined}
        />
        <text
          x={spot.x}
          y={spot.y + 4}
          text-anchor="middle"
          style={{ fill: isNumber ? textOn(theme, value, bound) : theme.ink }}
          data-n={`${at.side === "input" ? "input" : "output"}.${at.unit}`}
        >
          {text}
        </text>
        {bias === undefined ? null : (
          <g>
            <path class="nnw-in-track" d={`M${spot.x - half} ${low}h${2 * half}`} />
            <path
              class={`nnw-in-bias nnw-in-bias--${long < 0 ? "neg" : "pos"}`}
              d={`M${spot.x} ${low}h${long.toFixed(2)}`}
            />
            <path class="nnw-in-tick" d={`M${spot.x} ${low - 3}v6`} />
          </g>
        )}
      </g>
      <text
        class="nnw-xs"
        x={at.side === "input" ? x - 6 : x + tile.width + 6}
        y={spot.y + 4}
        text-anchor={at.side === "input" ? "end" : "start"}
      >
        {at.unit}
      </text>
    </>
  );
}

/** What a neuron adds up, or what an input is. */
function Sum({ layer: { weight, bias, input, output }, at }: { layer: Dense; at: At }) {
  if (!input) return null;
  if (at.side === "input") {
    return (
      <>
        input {at.unit} = {numberText(input.values[at.unit])}
      </>
    );
  }
  const terms = termsOf(weight.values, input.values, at.unit);
  const shown = [...terms]
    .sort((one, other) => Math.abs(other.weight * other.value) - Math.abs(one.weight * one.value))
    .slice(0, MOST_TERMS);
  const own = bias?.values[at.unit];
  return (
    <>
      <b>neuron {at.unit}:</b>{" "}
      {shown.map(({ input: each, weight: factor, value }, index) => (
        <span key={each} class="nnw-in-term">
          {index ? " + " : ""}
          <Signed value={factor} inner={index > 0} /> × <Signed value={value} inner />
        </span>
      ))}
      {terms.length > shown.length ? ` + … (${terms.length - shown.length} more)` : ""}
      {own === undefined ? null : (
        <span class="nnw-in-term">
          {" + "}
          <Signed value={own} inner /> <span class="nnw-2nd">bias</span>
        </span>
      )}
      {" = "}
      <b data-n="neuron.value">{numberText(output?.values[at.unit] ?? sumOf(terms, own), 4)}</b>
    </>
  );
}

const sumOf = (terms: readonly { weight: number; value: number }[], bias = 0) =>
  terms.reduce((all, { weight, value }) => all + weight * value, bias);

/** In the colour of its sign, in brackets where it stands behind something. */
export function Signed({ value, inner = false }: { value: number; inner?: boolean }) {
  const text = Number.isFinite(value) ? three(value) : numberText(value);
  return (
    <span class={value < 0 ? "nnw-neg" : value > 0 ? "nnw-pos" : undefined}>
      {inner && value < 0 ? `(${text})` : text}
    </span>
  );
}

/** The largest value of a picture, for what is drawn beside it. */
export const boundOf = (picture: Picture | null) => picture?.bound ?? largestOf(picture?.values);
