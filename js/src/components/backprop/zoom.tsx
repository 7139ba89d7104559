// Inside of one node: its single operations, with what goes into them and where the node goes.
import { useMemo } from "preact/hooks";
import { Button } from "../button";
import { three } from "../explorer/numbers";
import { Label, Scene, Var } from "../explorer/scene";
import { ownGradient } from "./chain-lines";
import { boxAt, placeAll } from "./curves";
import { type Cell, type Inside, inside, knowsPart, nodeAt, sizeOfCell, stopOfPart } from "./inside";
import { partKey } from "./part-lines";
import {
  Box,
  Chevron,
  isSame,
  Line,
  nodeOf,
  parameterOf,
  Signed,
  shadeOf,
  toneOf,
  valueAt,
  weightOf,
} from "./parts";
import type { Part } from "./pass";
import { Scroller } from "./scroller";
import type { Quantity, Shown } from "./state";
import { InText, spoken, Written } from "./symbols";
import { nodeName, targetText } from "./texts";
import { pressed, touching, visit } from "./touch";

export const CRUMBS = 24;

/** How high the drawing of a node is at most. */
export const zoomHeight = (shown: Shown, room: number) =>
  Math.max(
    ...shown.pass.symbols.map((_, node) =>
      shown.pass.into(node).length ? inside(shown.pass, node, room).height : 0,
    ),
  );

interface ZoomProps {
  shown: Shown;
  room: number;
  height: number;
}

export function Zoom({ shown, room, height }: ZoomProps) {
  const { pass, step, sample, setDetail } = shown;
  const node = nodeAt(shown);
  const found = useMemo(() => inside(pass, node, room), [pass, node, room]);
  const symbol = pass.symbols[node];
  const group = pass.groups[pass.groupOf(node)];
  const backward = step.phase === "backward";
  const now = nowAt(shown, found);
  const lit = new Set(
    found.wires.flatMap(({ from, to }, at) => ((backward ? from === now : to === now) ? [at] : [])),
  );
  const labels = useMemo(() => localPlaces(found), [found]);
  const x = found.cells[now]?.place.x ?? 0;
  if (!symbol) return null;
  return (
    <>
      <nav class="nnw-bp-crumbs nnw-s" aria-label="Where you are">
        <Button kind="text" onClick={() => setDetail("node")}>
          network
        </Button>
        <span aria-hidden="true">›</span>
        <b aria-current="location">
          <InText symbol={symbol} />
        </b>
        <span class="nnw-2nd">{group?.label}</span>
      </nav>
      <Scroller
        label="Single operations"
        width={found.width}
        room={room}
        span={[Math.max(0, x - 240), x + 140]}
      >
        <Scene height={height} label={`Inside of ${spoken(symbol)}`}>
          {() => (
            <>
              <Heads found={found} />
              {found.wires.map(({ curve }, at) =>
                lit.has(at) ? <path key={at} class="nnw-bp-band" d={curve.path} stroke-width="20" /> : null,
              )}
              {found.wires.map(({ curve }, at) => (
                <Line key={at} curve={curve} weight={null} on={lit.has(at)} dim={backward && !lit.has(at)} />
              ))}
              {found.wires.map(({ curve }, at) =>
                lit.has(at) ? <Chevron key={at} curve={curve} backward={backward} /> : null,
              )}
              {backward
                ? found.wires.map(({ local, to }, at) => {
                    const place = labels.get(at);
                    const value = local(sample);
                    const cell = found.cells[to] as Cell;
                    const reached = cell.side === "beyond" || knowsPart(shown, node, cell.index, "backward");
                    return place && reached ? (
                      <Label key={at} x={place.x} y={place.y + 4} anchor="middle" class="nnw-bp-xs nnw-halo">
                        <tspan class="nnw-2nd">× </tspan>
                        <tspan class={toneOf(value, three(value))}>{value === 1 ? "1" : three(value)}</tspan>
                      </Label>
                    ) : null;
                  })
                : null}
              {found.cells.map((cell, at) => (
                <Operation key={at} shown={shown} found={found} cell={cell} on={at === now} />
              ))}
            </>
          )}
        </Scene>
      </Scroller>
    </>
  );
}

/** Which cell the stop is about. */
function nowAt({ step }: Shown, { cells }: Inside): number {
  const last = cells.findLastIndex(({ side }) => side === "inside");
  if (step.kind === "part")
    return cells.findIndex(
      ({ kind, index, side }) => side === "inside" && kind === "part" && index === step.index,
    );
  if (step.kind === "parameter")
    return cells.findIndex(({ kind, index }) => kind === "parameter" && index === step.index);
  return last;
}

/** Local derivatives stand beside their lines. */
function localPlaces({ wires, cells }: Inside) {
  const boxes = cells.flatMap((cell) => {
    const [wide, high] = sizeOfCell(cell);
    const { x, y } = cell.place;
    return [boxAt({ x, y: y + 4 }, wide + 6, high + (cell.side === "operand" ? 8 : 48))];
  });
  return placeAll(
    wires.map((_, id) => ({ id, size: [50, 14] as const })),
    wires.map(({ curve }) => curve),
    boxes,
  );
}

const HEADS = { operand: "goes in", inside: "single operations", beyond: "goes to" };

function Heads({ found: { cells, columns } }: { found: Inside }) {
  const first = cells.find(({ side }) => side === "inside")?.column ?? 1;
  const beyond = cells.find(({ side }) => side === "beyond")?.column;
  return (
    <>
      {(["operand", "inside", "beyond"] as const).map((side) => {
        const column = side === "operand" ? 0 : side === "inside" ? first : beyond;
        return column === undefined ? null : (
          <Label key={side} x={columns[column] as number} y={14} anchor="middle" class="nnw-2nd">
            {HEADS[side]}
          </Label>
        );
      })}
    </>
  );
}

interface OperationProps {
  shown: Shown;
  found: Inside;
  cell: Cell;
  on: boolean;
}

function Operation({ shown, found, cell, on }: OperationProps) {
  if (cell.side === "inside") return <Single shown={shown} found={found} cell={cell} on={on} />;
  if (cell.kind === "number" || cell.kind === "target") return <Given shown={shown} cell={cell} />;
  return <Neighbour shown={shown} cell={cell} on={on} />;
}

/** A number of the formula, or a target. */
function Given({
  shown: { pass, sample },
  cell: { kind, index, number, place, side },
}: {
  shown: Shown;
  cell: Cell;
}) {
  const [wide, high] = sizeOfCell({ kind, side });
  const targets = pass.target(sample);
  const isTarget = kind === "target";
  return (
    <>
      {isTarget ? (
        <Label x={place.x - wide / 2 - 6} y={place.y + 5} anchor="end" class="nnw-t nnw-halo">
          <Var name="y" {...(targets.length > 1 ? { index: index + 1 } : {})} />
        </Label>
      ) : null}
      <Box place={place} width={wide} height={high} shade={null} />
      <Label x={place.x} y={place.y + 4.5} anchor="middle" class={isTarget ? "nnw-b" : "nnw-2nd"}>
        {targetText(isTarget ? (targets[index] ?? Number.NaN) : number)}
      </Label>
    </>
  );
}

/** A node or a parameter outside: pressed, it is looked into. */
function Neighbour({ shown, cell, on }: Omit<OperationProps, "found">) {
  const { pass } = shown;
  const { kind, index, place, side } = cell;
  const quantity: Quantity = kind === "parameter" ? parameterOf(index) : nodeOf(index);
  const symbol = (kind === "parameter" ? pass.parameterSymbols : pass.symbols)[index];
  if (!symbol) return null;
  const isParameter = kind === "parameter";
  const shows = isParameter || shown.knows(index);
  const written = isParameter
    ? weightOf(shown, index)
    : { ...valueAt(shown, index), n: `value.${symbol.text}` };
  const shade = isParameter ? written.value / 2 : shadeOf(pass, index, written.value);
  const [wide, high] = sizeOfCell(cell);
  const slope = ownGradient(shown, quantity);
  const knows = shown.knowsGradient(quantity) && !Number.isNaN(slope) && index !== pass.end;
  const act = () => (isParameter ? shown.choose(quantity) : visit(shown, index));
  const key = `${isParameter && pass.batch > 1 ? "own" : "gradient"}.${symbol.text}`;
  const beyond = side === "beyond";
  return (
    <>
      <Label
        x={beyond ? place.x : place.x - wide / 2 - 6}
        y={beyond ? place.y - high / 2 - 7 : place.y + 5}
        anchor={beyond ? "middle" : "end"}
        class="nnw-t nnw-halo"
      >
        <Written symbol={symbol} />
      </Label>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements */}
      <g
        class="nnw-pressable"
        role="button"
        tabindex={0}
        aria-label={`${spoken(symbol)}${shows ? `: ${written.text}` : ""}`}
        {...touching(shown, quantity)}
        onClick={act}
        onKeyDown={pressed(act)}
      >
        <Box
          place={place}
          width={wide}
          height={high}
          shade={shows ? shade : null}
          on={on}
          hover={isSame(shown.hover.value, quantity)}
        />
        <Label x={place.x} y={place.y + 4.5} anchor="middle" class="nnw-b" n={shows ? written.n : undefined}>
          {shows ? written.text : ""}
        </Label>
      </g>
      {knows ? (
        <Label x={place.x} y={place.y + high / 2 + 13} anchor="middle" class="nnw-bp-xs nnw-halo">
          <tspan class="nnw-2nd">
            ∂<Written symbol={pass.symbols[pass.end] ?? symbol} />
            /∂
            <Written symbol={{ ...symbol, layer: "" }} />{" "}
          </tspan>
          <Signed value={slope} text={three(slope)} n={key} />
        </Label>
      ) : null}
    </>
  );
}

/** An operation: its sign, its value, and what comes back to it. */
function Single({ shown, found, cell, on }: OperationProps) {
  const { pass, sample } = shown;
  const { index, place, sign } = cell;
  const { node } = found;
  const parts = pass.partsOf(node);
  const isNode = index < 0 || parts.at(-1)?.id === index;
  const [wide, high] = sizeOfCell(cell);
  const part: Pick<Part, "id"> = { id: index };
  const value = isNode ? shown.value(node) : pass.partValue(sample, index);
  const slope = isNode ? pass.gradient(sample, node) : pass.partGradient(sample, index);
  const knows = isNode ? shown.knows(node) : knowsPart(shown, node, index, "forward");
  const knowsSlope = isNode ? shown.knowsGradient(nodeOf(node)) : knowsPart(shown, node, index, "backward");
  const symbol = pass.symbols[node];
  const name =
    isNode && symbol ? (
      <Written symbol={symbol} />
    ) : (
      <Var name="t" index={parts.findIndex(({ id }) => id === index) + 1} />
    );
  const left = place.x - wide / 2;
  const stop = stopOfPart(shown, shown.step.phase === "backward" ? "backward" : "forward", index);
  const go = () => {
    if (index < 0) visit(shown, node);
    else if (stop >= 0) shown.go(stop);
  };
  const long = sign.length > 4;
  const text = three(value);
  return (
    <>
      <Label x={place.x} y={place.y - high / 2 - 7} anchor="middle" class="nnw-t nnw-halo">
        {name}
      </Label>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements */}
      <g
        class="nnw-pressable"
        role="button"
        tabindex={0}
        aria-label={`${sign}${knows ? `: ${text}` : ""}`}
        onClick={go}
        onKeyDown={pressed(go)}
      >
        <Box
          place={place}
          width={wide}
          height={high}
          shade={knows ? (isNode ? shadeOf(pass, node, value) : value / 2) : null}
          on={on}
        >
          <path
            class="nnw-bp-sign-box"
            d={`M${left + 0.5} ${place.y - high / 2 + 4}a3.5 3.5 0 0 1 3.5 -3.5h24v${high - 1}h-24a3.5 3.5 0 0 1 -3.5 -3.5Z`}
          />
        </Box>
      </g>
      <Label
        x={left + 15}
        y={place.y + (sign.length > 2 ? 4 : 5)}
        anchor="middle"
        class={sign.length > 2 ? "nnw-bp-xs" : "nnw-t"}
      >
        {long ? "f" : sign}
      </Label>
      <Label
        x={left + 28 + (wide - 28) / 2}
        y={place.y + 4.5}
        anchor="middle"
        class="nnw-b"
        n={knows ? (isNode ? `value.${nodeName(pass, node)}` : partKey(part as Part, "value")) : undefined}
      >
        {knows ? text : ""}
      </Label>
      {knowsSlope && node !== pass.end ? (
        <Label x={place.x} y={place.y + high / 2 + 15} anchor="middle" class="nnw-halo">
          <tspan class="nnw-2nd">
            ∂<Written symbol={pass.symbols[pass.end] ?? { base: "L", index: "", layer: "" }} />
            /∂
            {isNode && symbol ? <Written symbol={{ ...symbol, layer: "" }} /> : name}{" "}
          </tspan>
          <Signed
            value={slope}
            text={three(slope)}
            n={isNode ? `gradient.${nodeName(pass, node)}` : partKey(part as Part, "gradient")}
          />
        </Label>
      ) : null}
    </>
  );
}
