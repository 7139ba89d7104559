// The network node by node: values in tiles, derivatives under them, weights on the lines.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { shortened, three } from "../explorer/numbers";
import { Label } from "../explorer/scene";
import type { Curve, Point } from "./curves";
import { canEditSamples, type Editing } from "./edit";
import { InputTile, Targets } from "./givens";
import type { Layout } from "./layout";
import { backwardTo, type Lit } from "./lit";
import { useNames } from "./names";
import {
  Box,
  type Changes,
  Chevron,
  changesOf,
  isSame,
  Line,
  nodeOf,
  parameterOf,
  Signed,
  Slope,
  shadeOf,
  valueAt,
} from "./parts";
import type { Edge, Pass } from "./pass";
import type { Shown } from "./state";
import { spoken, Written } from "./symbols";
import { pointing, pressed, touching, visit } from "./touch";
import { Bias, Terms, Weight } from "./weights";

interface GraphProps {
  shown: Shown;
  layout: Layout;
  lit: Lit;
  editing: Editing;
}

export function Graph({ shown, layout, lit, editing }: GraphProps) {
  const { pass, sample } = shown;
  const over = shown.hover.value;
  const looked = useMemo(
    () => (over && !isSame(over, lit.quantity) ? backwardTo(pass, sample, over) : null),
    [pass, sample, over, lit],
  );
  const changes = changesOf(shown);
  const named = useNames(pass, layout, lit, looked);
  // Keys go through them in their order in the module, whatever was placed first.
  const byEdge = [...named.places].sort(([one], [other]) => one - other);
  const { density } = layout;
  const band = lit.terms.length > 2 || density.name !== "roomy" ? Math.min(14, density.height) : 24;
  const order = [...pass.edges].sort(
    (one, other) =>
      Number(lit.edges.has(one.id)) - Number(lit.edges.has(other.id)) ||
      weigh(shown, one) - weigh(shown, other),
  );
  const lights = (edge: Edge) => lit.edges.has(edge.id) || looked?.edges.has(edge.id) === true;
  return (
    <>
      <Heads shown={shown} layout={layout} />
      {order.map(({ id }) =>
        looked?.edges.has(id) && !lit.edges.has(id) ? (
          <path
            key={id}
            class="nnw-bp-band nnw-bp-band--hover"
            d={curveOf(layout, id).path}
            stroke-width={band * 0.6}
          />
        ) : lit.edges.has(id) ? (
          <path key={id} class="nnw-bp-band" d={curveOf(layout, id).path} stroke-width={band} />
        ) : null,
      )}
      {order.map((edge) => (
        <Line
          key={edge.id}
          curve={curveOf(layout, edge.id)}
          weight={edge.weight < 0 ? null : shown.weight(edge.weight)}
          on={lights(edge)}
          dim={isDim(lit, named.sparse) && !lights(edge)}
        />
      ))}
      {order.map(({ id, weight, to }) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: a short cut for pointers; labels and tables have the keys
        <path
          key={id}
          class="nnw-bp-reach"
          d={curveOf(layout, id).path}
          {...pointing(shown, weight < 0 ? nodeOf(to) : parameterOf(weight))}
          onClick={() => shown.choose(weight < 0 ? nodeOf(to) : parameterOf(weight))}
        />
      ))}
      {order.map(({ id }) =>
        lit.edges.has(id) ? (
          <Chevron
            key={id}
            curve={curveOf(layout, id)}
            backward={lit.backward}
            share={chevronShare(pass, layout, id)}
          />
        ) : null,
      )}
      {pass.symbols.map((_, node) => (
        <Node
          key={node}
          shown={shown}
          layout={layout}
          node={node}
          lit={lit}
          changes={changes}
          editing={editing}
          named={named.biases.has(node)}
        />
      ))}
      {byEdge.map(([id, name]) => (
        <Weight
          key={id}
          shown={shown}
          edge={pass.edges[id] as Edge}
          name={name}
          lit={lit}
          looked={looked}
          changes={changes}
          editing={editing}
        />
      ))}
      <Terms shown={shown} lit={lit} names={named} />
    </>
  );
}

const curveOf = (layout: Layout, edge: number) => layout.curves[edge] as Curve;
const weigh = (shown: Shown, { weight }: Edge) => (weight < 0 ? -1 : Math.abs(shown.weight(weight)));

/** Off the way; on the way there only where lines are many. */
const isDim = (lit: Lit, sparse: boolean) => lit.edges.size > 0 && (lit.backward || sparse);

/** In the middle; of a way round tiles in its first bend. */
const chevronShare = (pass: Pass, layout: Layout, id: number) => {
  const { from, to } = pass.edges[id] as Edge;
  return layout.columnOf(to) - layout.columnOf(from) > 1 ? 0.17 : 0.5;
};

/** Above each column what it does; where groups share one, above each. */
export function Heads({
  shown: { pass },
  layout,
}: {
  shown: Shown;
  layout: Pick<Layout, "columns" | "width" | "nodes" | "density">;
}) {
  const { columns, width, nodes, density } = layout;
  const last = columns.length - 1;
  return (
    <>
      {pass.groups.map(({ label, column, row, start }, index) => {
        const x = columns[column] as number;
        const room = Math.min(
          column ? x - (columns[column - 1] as number) : 2 * x,
          column < last ? (columns[column + 1] as number) - x : 160,
        );
        const above = pass.groups.some((other) => other.column === column && other.row < row);
        const y = above ? (nodes[start] as Point).y - density.height / 2 - 24 : 14;
        const isEnd = column === last;
        return (
          <Label key={index} x={isEnd ? width : x} y={y} anchor={isEnd ? "end" : "middle"} class="nnw-2nd">
            {shortened(label, Math.floor(room / 6.4))}
          </Label>
        );
      })}
    </>
  );
}

interface NodeProps {
  shown: Shown;
  layout: Layout;
  node: number;
  lit: Lit;
  changes: Changes;
  editing: Editing;
  /** Whether there is room for its bias. */
  named: boolean;
}

function Node({ shown, layout, node, lit, changes, editing, named }: NodeProps) {
  const { pass, sample, isAgain } = shown;
  const { density } = layout;
  const { name: size, height } = density;
  const place = layout.nodes[node] as Point;
  const symbol = pass.symbols[node];
  const group = pass.groups[pass.groupOf(node)];
  if (!symbol || !group) return null;
  const known = shown.knows(node);
  const { value, text } = valueAt(shown, node);
  const isInput = group.kind === "input";
  const { x, y } = place;
  const bias = layout.biasOf(node);
  const slope = pass.gradient(sample, node);
  const hasSlope = !isAgain && !isInput && node !== pass.end && shown.knowsGradient(nodeOf(node));
  const hover = isSame(shown.hover.value, nodeOf(node));
  const change = known ? changes.value(node) : "";
  const tiny = size === "tiny";
  const on = lit.nodes.has(node);
  const body = (
    <>
      <Box
        place={place}
        width={density.width}
        height={height}
        shade={known ? shadeOf(pass, node, value) : null}
        on={on}
        hover={hover}
      />
      <Label
        x={x}
        y={y + 4.5}
        anchor="middle"
        class={size === "roomy" ? "nnw-t nnw-b" : tiny ? "nnw-bp-xs nnw-b" : "nnw-b"}
        n={known ? `${isAgain ? "after" : "value"}.${symbol.text}` : undefined}
      >
        {known ? text : ""}
      </Label>
    </>
  );
  return (
    <>
      <NodeName
        layout={layout}
        node={node}
        isInput={isInput || group.kind === "parameter"}
        shown={tiny ? on || hover : true}
      >
        <Written symbol={symbol} />
      </NodeName>
      {change ? (
        <Label
          x={isInput || tiny ? x : node === pass.end ? x - 10 : x + 14}
          y={y - height / 2 - (tiny ? -4 : 8)}
          anchor={isInput ? "middle" : node === pass.end ? "end" : "start"}
          class="nnw-xs nnw-halo"
        >
          {change}
        </Label>
      ) : null}
      {isInput && canEditSamples(shown) ? (
        <InputTile shown={shown} node={node} place={place} editing={editing}>
          {body}
        </InputTile>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements
        <g
          class="nnw-pressable"
          role="button"
          tabindex={0}
          aria-label={`${spoken(symbol)}${known ? `: ${text}` : ""}${hasSlope ? `, derivative of the loss ${three(slope)}` : ""}`}
          {...touching(shown, nodeOf(node))}
          onClick={() => visit(shown, node)}
          onKeyDown={pressed(() => visit(shown, node))}
        >
          {body}
        </g>
      )}
      {bias >= 0 ? (
        <Bias
          shown={shown}
          layout={layout}
          node={node}
          bias={bias}
          lit={lit}
          changes={changes}
          editing={editing}
          named={named}
        />
      ) : null}
      {hasSlope && !tiny ? (
        <>
          <Label
            x={x}
            y={y + height / 2 + slopeDrop(layout, bias)}
            anchor="middle"
            class={size === "roomy" ? "nnw-halo" : "nnw-halo nnw-bp-xs"}
          >
            <Slope shown={shown} node={node} short={size === "compact"} />{" "}
            <Signed value={slope} text={three(slope)} n={`gradient.${symbol.text}`} />
          </Label>
          {changes.gradient(node) ? (
            <Label
              x={bias >= 0 && layout.isBiasBelow(node) ? x + 48 : x}
              y={y + height / 2 + slopeDrop(layout, bias) + (bias >= 0 && layout.isBiasBelow(node) ? 0 : 13)}
              anchor={bias >= 0 && layout.isBiasBelow(node) ? "start" : "middle"}
              class="nnw-xs nnw-halo"
            >
              {changes.gradient(node)}
            </Label>
          ) : null}
        </>
      ) : null}
      {node === pass.end ? <Targets shown={shown} layout={layout} editing={editing} /> : null}
    </>
  );
}

const slopeDrop = ({ density }: Layout, bias: number) =>
  density.name === "compact"
    ? 20
    : bias >= 0
      ? density.name === "roomy"
        ? 26
        : 23
      : density.name === "roomy"
        ? 24
        : 22;

interface NodeNameProps {
  layout: Layout;
  node: number;
  isInput: boolean;
  shown: boolean;
  children: ComponentChildren;
}

/** Above the tile; before it at the inputs, which nothing leads to. */
function NodeName({ layout: { nodes, density }, node, isInput, shown, children }: NodeNameProps) {
  const { x, y } = nodes[node] as Point;
  if (!shown) return null;
  const beside = isInput || density.name === "tiny";
  return (
    <Label
      x={beside ? x - density.width / 2 - 7 : x}
      y={beside ? y + 5 : y - density.height / 2 - (density.name === "roomy" ? 8 : 5)}
      anchor={beside ? "end" : "middle"}
      class={density.name === "roomy" || density.name === "medium" ? "nnw-t nnw-halo" : "nnw-halo"}
    >
      {children}
    </Label>
  );
}
