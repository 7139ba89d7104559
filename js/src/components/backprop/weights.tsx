// The names of weights and biases, with their numbers, and what each path brings where several meet.
import { three } from "../explorer/numbers";
import { Label } from "../explorer/scene";
import type { Point } from "./curves";
import { canEditWeights, type Editing } from "./edit";
import { type Layout, labelSize } from "./layout";
import { edgeOf, type Lit } from "./lit";
import type { Name, Names } from "./names";
import { type Changes, isSame, parameterOf, Signed, weightOf } from "./parts";
import type { Edge } from "./pass";
import { type Shown, shortest } from "./state";
import { spoken, Written } from "./symbols";
import { localText } from "./texts";
import { pressed, touching } from "./touch";

interface BiasProps {
  shown: Shown;
  layout: Layout;
  node: number;
  bias: number;
  lit: Lit;
  changes: Changes;
  editing: Editing;
  /** Whether there is room for its name. */
  named: boolean;
}

/** A bar under the tile, to the right if it is positive. */
export function Bias({ shown, layout, node, bias, lit, changes, editing, named }: BiasProps) {
  const { density } = layout;
  const { x, y } = layout.nodes[node] as Point;
  const written = weightOf(shown, bias);
  const half = density.width / 2;
  const low = y + density.height / 2 + (density.name === "roomy" ? 7 : density.name === "tiny" ? 4 : 6);
  const length = (half * Math.max(-3, Math.min(3, written.value))) / 3 || 0;
  const quantity = parameterOf(bias);
  const isTarget = isSame(lit.quantity, quantity);
  const below = layout.isBiasBelow(node);
  const place = below ? { x, y: low + 33 } : { x: x + half + 34, y: low };
  return (
    <>
      <path class="nnw-bp-track" d={`M${x - half} ${low}h${density.width}`} />
      <path
        class={`nnw-bp-bias nnw-bp-bias--${length < 0 ? "neg" : "pos"}`}
        d={`M${x} ${low}h${length.toFixed(1)}`}
      />
      <path class="nnw-bp-zero" d={`M${x} ${low - 3}v6`} />
      {named ? (
        <ParameterLabel
          shown={shown}
          parameter={bias}
          place={place}
          anchor={below ? "middle" : "start"}
          isTarget={isTarget}
          quiet
          dim={false}
          changes={changes}
          editing={editing}
        />
      ) : null}
    </>
  );
}

interface WeightProps {
  shown: Shown;
  edge: Edge;
  name: Name;
  lit: Lit;
  looked: Lit | null;
  changes: Changes;
  editing: Editing;
}

export function Weight({ shown, edge, name, lit, looked, changes, editing }: WeightProps) {
  const isLit = lit.edges.has(edge.id);
  // In a crowd the term says more than the weight.
  if (edge.weight < 0 || (name.short && isLit && lit.terms.length > 1)) return null;
  return (
    <ParameterLabel
      shown={shown}
      parameter={edge.weight}
      place={name.place}
      anchor="middle"
      isTarget={isSame(lit.quantity, parameterOf(edge.weight))}
      dim={lit.backward && !isLit && !looked?.edges.has(edge.id)}
      changes={changes}
      editing={editing}
      short={name.short}
    />
  );
}

interface ParameterProps {
  shown: Shown;
  parameter: number;
  /** The middle of the label. */
  place: Point;
  anchor: "start" | "middle";
  isTarget: boolean;
  dim: boolean;
  changes: Changes;
  editing: Editing;
  /** Without its name. */
  short?: boolean;
  /** Less strong than the weights. */
  quiet?: boolean;
}

/** A weight or a bias: pressed, it shows its path; pressed twice, it can be changed. */
function ParameterLabel(props: ParameterProps) {
  const {
    shown,
    parameter,
    place,
    anchor,
    isTarget,
    dim,
    changes,
    editing,
    short = false,
    quiet = false,
  } = props;
  const { pass } = shown;
  const symbol = pass.parameterSymbols[parameter];
  if (!symbol) return null;
  const quantity = parameterOf(parameter);
  const written = weightOf(shown, parameter);
  const wide = short ? 36 : labelSize(pass, parameter)[0];
  const turn = written.change ? TURN : 0;
  const left = anchor === "start" ? place.x - 27 : place.x;
  const middle = anchor === "start" ? left + (wide + turn) / 2 - 4 : place.x;
  const edit = () => {
    if (!canEditWeights(shown)) return;
    editing.value = {
      label: spoken(symbol),
      value: shortest(pass.weight(parameter)),
      place: { x: middle, y: place.y },
      set: (next) => shown.setWeight(parameter, next),
    };
  };
  const choose = () => shown.choose(quantity);
  const change = changes.weight(parameter);
  const marks = {
    "data-hover": isSame(shown.hover.value, quantity) || undefined,
    "data-target": isTarget || undefined,
    "data-dim": dim || undefined,
  };
  return (
    <g class="nnw-bp-weight" {...marks}>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements */}
      <g
        class="nnw-pressable nnw-bp-name"
        role="button"
        tabindex={0}
        aria-label={`${spoken(symbol)}: ${written.text}, its path`}
        {...touching(shown, quantity)}
        onClick={choose}
        onDblClick={edit}
        onKeyDown={(event) => {
          if (event.key === "e" || event.key === "E") {
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            event.preventDefault();
            edit();
          } else pressed(choose)(event);
        }}
      >
        <rect
          class="nnw-bp-pill"
          x={middle - (wide + turn) / 2 - 5}
          y={place.y - 10}
          width={wide + turn + 10}
          height="20"
          rx="10"
        />
      </g>
      <text class={isTarget ? "" : "nnw-halo"} x={left} y={place.y + 4} text-anchor={anchor}>
        {short ? null : (
          <>
            <tspan class={quiet && !isTarget ? "nnw-2nd" : ""}>
              <Written symbol={symbol} />
            </tspan>{" "}
          </>
        )}
        <Signed value={written.value} text={written.text} n={written.n} plain={quiet && !isTarget} />
        {written.change ? <tspan class="nnw-bp-turn"> {written.change > 0 ? "↑" : "↓"}</tspan> : null}
      </text>
      {change ? (
        <text
          class="nnw-xs nnw-halo"
          x={isTarget ? middle + wide / 2 + 10 : middle}
          y={place.y + (isTarget ? 4 : 17)}
          text-anchor={isTarget ? "start" : "middle"}
        >
          {change}
        </text>
      ) : null}
    </g>
  );
}

interface TermsProps {
  shown: Shown;
  lit: Lit;
  names: Names;
}

/** What the arrow takes that says which way a weight goes. */
const TURN = 16;

const inBrackets = (text: string) => (text.startsWith("−") ? `(${text})` : text);

/** Where paths meet, each says at its line what it brings. */
export function Terms({ shown: { pass }, lit, names }: TermsProps) {
  if (lit.terms.length < 2) return null;
  return (
    <>
      {lit.terms.map(({ local, reaching, factor }) => {
        const id = edgeOf(pass, factor);
        const name = names.places.get(id);
        if (!name) return null;
        const { place, short, second } = name;
        const isNamed = (pass.edges[id]?.weight ?? -1) >= 0;
        const product = local * reaching;
        return (
          <Label
            key={id}
            x={place.x + second.x}
            y={place.y + second.y}
            anchor="middle"
            class="nnw-bp-xs nnw-halo"
          >
            {short ? null : (
              <tspan class="nnw-2nd">
                {isNamed && !factor.use ? "" : localText(pass, factor, local)} × {inBrackets(three(reaching))}{" "}
                ={" "}
              </tspan>
            )}
            <Signed value={product} text={three(product)} />
          </Label>
        );
      })}
    </>
  );
}
