// The network layer by layer: vectors as blocks of cells, matrices between them, and their derivatives below.
import { useMemo } from "preact/hooks";
import type { SymbolTrait } from "../../generated/protocol";
import { shortened, three } from "../explorer/numbers";
import { Label, Scene } from "../explorer/scene";
import { type Between, type Block, type Blocks, blocksOf, type Grid, heightOf, widthOf } from "./blocks";
import { ownGradient } from "./chain-lines";
import { type Curve, curveThrough, elbow } from "./curves";
import { Chevron, fillOf, isSame, nodeOf, parameterOf, shadeOf, valueAt, weightOf } from "./parts";
import { Scroller } from "./scroller";
import type { Quantity, Shown } from "./state";
import { spoken, Written } from "./symbols";
import { shapeText } from "./texts";
import { pointing, pressed, visit } from "./touch";

export function Layers({ shown, room }: { shown: Shown; room: number }) {
  const { pass, step } = shown;
  const found = useMemo(() => blocksOf(pass, room), [pass, room]);
  const { x = 0, tensors = [] } = found.blocks[step.group] ?? {};
  const from = Math.min(x - 120, ...tensors.map(({ values }) => values.x - 20));
  return (
    <Scroller
      label="The layers"
      width={found.width}
      room={room}
      span={[Math.max(0, from), Math.min(found.width, x + 120)]}
    >
      <Scene height={found.height} label="Layer by layer">
        {() => (
          <>
            <Ways shown={shown} found={found} />
            {found.blocks.map((block) => (
              <Layer key={block.group} shown={shown} block={block} width={found.width} />
            ))}
          </>
        )}
      </Scene>
    </Scroller>
  );
}

/** From block to block: forward above, backward below; those of now are lit. */
function Ways({ shown, found }: { shown: Shown; found: Blocks }) {
  const { pass, step } = shown;
  const lines = pass.groups.flatMap(({ inputs }, to) =>
    inputs.flatMap((from) => {
      const [source, target] = [found.blocks[from], found.blocks[to]];
      return source && target ? [{ from, to, source, target }] : [];
    }),
  );
  const isBack = step.phase === "backward";
  const tensor = step.kind === "parameter" ? pass.tensors[step.index] : undefined;
  const isLit = ({ from, to }: { from: number; to: number }, backward: boolean) =>
    backward
      ? isBack && (tensor ? to === step.group : from === step.index)
      : (step.phase === "forward" || step.phase === "loss") && to === step.index;
  return (
    <>
      {lines.flatMap((line) =>
        [false, true].map((backward) => {
          const { source, target, from, to } = line;
          if (backward && (pass.groups[from]?.kind === "input" || pass.groups[from]?.kind === "parameter"))
            return null;
          const curve = wayOf(source, target, backward, pass.groups[to]?.kind !== "loss", found);
          const lit = isLit(line, backward) && !(backward && tensor);
          return (
            <g key={`${from}-${to}-${backward}`}>
              <path class={lit ? "nnw-bp-band" : "nnw-bp-way"} d={curve.path} stroke-width={lit ? 24 : 10} />
              {lit ? <path class="nnw-bp-wire" data-on="" d={curve.path} /> : null}
              {lit ? <Chevron curve={curve} backward={backward} share={backward ? 0.06 : 0.94} /> : null}
              {backward ? <Back shown={shown} from={from} to={to} curve={curve} /> : null}
            </g>
          );
        }),
      )}
      {found.blocks.flatMap(({ group, slopes, tensors }) =>
        tensors.map(({ tensor: at, slopes: own }) => {
          const lit = isBack && tensor === pass.tensors[at] && group === step.group;
          if (!lit) return null;
          const start = { x: slopes.x, y: slopes.y + heightOf(slopes) / 2 };
          const curve = elbow(start, { x: own.x + widthOf(own) / 2, y: own.y - 24 });
          return (
            <g key={`${group}-${at}`}>
              <path class="nnw-bp-band" d={curve.path} stroke-width="16" />
              <path class="nnw-bp-wire" data-on="" d={curve.path} />
              <Chevron curve={curve} backward={false} share={1} />
            </g>
          );
        }),
      )}
    </>
  );
}

/** By what it is multiplied on the way back. */
function Back({
  shown: { pass },
  from,
  to,
  curve,
}: {
  shown: Shown;
  from: number;
  to: number;
  curve: Curve;
}) {
  const [source, target] = [pass.groups[from], pass.groups[to]];
  const { x, y } = curve.at(0.5);
  if (!source || !target || target.column - source.column > 1) return null;
  const edge = pass.into(target.start)[0];
  const weights = edge && edge.weight >= 0 ? pass.tensors[pass.tensorOf(edge.weight)] : undefined;
  if (target.kind !== "activation" && !weights) return null;
  return (
    <Label x={x} y={y - 9} anchor="middle" class="nnw-2nd nnw-halo">
      {weights ? (
        <>
          <Written symbol={weights.symbol} />
          <tspan class="nnw-sub" dy="-5">
            T
          </tspan>
        </>
      ) : (
        <>⊙ {target.function === "sigmoid" ? "σ" : target.label}′</>
      )}
    </Label>
  );
}

function wayOf(
  source: Block,
  target: Block,
  backward: boolean,
  hasSlopes: boolean,
  { forward, backward: back, blocks }: Blocks,
) {
  const one = backward ? source.slopes : source.values;
  const other = backward && !hasSlopes ? target.values : backward ? target.slopes : target.values;
  const start = { x: one.x + widthOf(one), y: one.y + heightOf(one) / 2 };
  const end = { x: other.x, y: other.y + heightOf(other) / 2 };
  const between = blocks.filter(({ x, values }) => x > source.x + 1 && x < target.x - 1 && values.y < back);
  if (!between.length || Math.abs(start.y - (backward ? back : forward)) > 1)
    return curveThrough([start, end]);
  // Round the blocks that it skips.
  const grids = between.map((block) => (backward ? block.slopes : block.values));
  const y = backward
    ? Math.max(...grids.map((grid) => grid.y + heightOf(grid))) + 12
    : Math.min(...grids.map((grid) => grid.y)) - 30;
  const first = Math.min(
    ...between.flatMap(({ values, tensors }) => [values.x, ...tensors.map((each) => each.values.x)]),
  );
  const last = Math.max(...grids.map((grid) => grid.x + widthOf(grid)));
  return curveThrough([start, { x: Math.max(start.x + 16, first - 6), y }, { x: last + 6, y }, end]);
}

function Layer({ shown, block, width }: { shown: Shown; block: Block; width: number }) {
  const { pass, step, sample, isAgain } = shown;
  const group = pass.groups[block.group];
  if (!group) return null;
  const nodes = Array.from({ length: group.units }, (_, unit) => group.start + unit);
  const isNow = step.kind === "value" && step.index === block.group;
  const loss = pass.groups[pass.groupOf(pass.end)];
  const hasSlopes = group.kind !== "input" && group.kind !== "loss";
  const { x } = block;
  return (
    <>
      {group.row ? null : (
        <Label
          x={group.kind === "loss" ? width : x}
          y={14}
          anchor={group.kind === "loss" ? "end" : "middle"}
          class="nnw-2nd"
        >
          {shortened(group.label, 16)}
        </Label>
      )}
      {block.tensors.map((between) => (
        <Tensor key={between.tensor} shown={shown} between={between} group={block.group} />
      ))}
      <Name grid={block.values} symbol={group.symbol} />
      <Cells
        shown={shown}
        grid={block.values}
        label={spoken(group.symbol)}
        isNow={(isNow && step.phase !== "backward") || (step.kind === "again" && group.kind === "loss")}
        onPress={() => visit(shown, group.start)}
        cells={nodes.map((node) => {
          const { value, text } = valueAt(shown, node);
          return {
            quantity: nodeOf(node),
            known: shown.knows(node),
            shade: shadeOf(pass, node, value),
            text,
            n: `${isAgain ? "after" : "value"}.${pass.symbols[node]?.text}`,
          };
        })}
      />
      {hasSlopes && loss ? (
        <>
          <Name grid={block.slopes} symbol={group.symbol} over={loss.symbol} />
          <Cells
            shown={shown}
            grid={block.slopes}
            label={`Derivatives of the loss with respect to ${spoken(group.symbol)}`}
            isNow={isNow && step.phase === "backward"}
            onPress={() => shown.choose(nodeOf(group.start))}
            cells={nodes.map((node) => {
              const value = pass.gradient(sample, node);
              return {
                quantity: nodeOf(node),
                known: !isAgain && shown.knowsGradient(nodeOf(node)),
                shade: value,
                text: three(value),
                n: `gradient.${pass.symbols[node]?.text}`,
              };
            })}
          />
        </>
      ) : null}
    </>
  );
}

/** A matrix or biases, and their derivatives. */
function Tensor({ shown, between, group }: { shown: Shown; between: Between; group: number }) {
  const { pass, step, isAgain } = shown;
  const tensor = pass.tensors[between.tensor];
  const loss = pass.groups[pass.groupOf(pass.end)];
  if (!tensor || !loss) return null;
  const choose = () => shown.choose(parameterOf(between.parameters[0] ?? -1));
  const isNow = step.kind === "parameter" && step.index === between.tensor && step.group === group;
  return (
    <>
      <Name grid={between.values} symbol={tensor.symbol} shape={tensor.shape} />
      <Cells
        shown={shown}
        grid={between.values}
        label={`${spoken(tensor.symbol)}, ${shapeText(tensor.shape)}`}
        isNow={false}
        onPress={choose}
        cells={between.parameters.map((parameter) => {
          const { value, text, n } = weightOf(shown, parameter);
          return { quantity: parameterOf(parameter), known: true, shade: value / 2, text, n };
        })}
      />
      <Name grid={between.slopes} symbol={tensor.symbol} over={loss.symbol} />
      <Cells
        shown={shown}
        grid={between.slopes}
        label={`Derivatives of the loss with respect to ${spoken(tensor.symbol)}`}
        isNow={isNow}
        onPress={choose}
        cells={between.parameters.map((parameter) => {
          const value = ownGradient(shown, parameterOf(parameter));
          const key = pass.batch > 1 ? "own" : "gradient";
          return {
            quantity: parameterOf(parameter),
            known: !isAgain && shown.knowsGradient(parameterOf(parameter)),
            shade: value,
            text: three(value),
            n: `${key}.${pass.parameterSymbols[parameter]?.text}`,
          };
        })}
      />
    </>
  );
}

interface NameProps {
  grid: Grid;
  symbol: SymbolTrait;
  shape?: readonly number[];
  /** Of a derivative. */
  over?: SymbolTrait;
}

const Name = ({ grid, symbol, shape, over }: NameProps) => (
  <Label
    x={grid.x + widthOf(grid) / 2}
    y={grid.y - 8}
    anchor="middle"
    class={over ? "nnw-halo" : "nnw-t nnw-halo"}
  >
    {over ? (
      <tspan class="nnw-2nd">
        ∂<Written symbol={over} />
        /∂
      </tspan>
    ) : null}
    <Written symbol={symbol} />
    {shape && grid.columns > 1 ? <tspan class="nnw-xs"> {shapeText(shape)}</tspan> : null}
  </Label>
);

interface CellsProps {
  shown: Shown;
  grid: Grid;
  label: string;
  isNow: boolean;
  cells: readonly { quantity: Quantity; known: boolean; shade: number | null; text: string; n: string }[];
  onPress(): void;
}

function Cells({ shown, grid, label, isNow, cells, onPress }: CellsProps) {
  const { x, y, columns, cell, numbered } = grid;
  const [wide, high] = cell;
  const over = shown.hover.value;
  const corner = (index: number) =>
    [x + (index % columns) * wide, y + Math.floor(index / columns) * high] as const;
  const numbers = numbered ? cells : [];
  const spokenText = numbers.every(({ known }) => known) ? numbers.map(({ text }) => text).join(", ") : "";
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements */}
      <g
        class="nnw-pressable"
        role="button"
        tabindex={0}
        aria-label={spokenText ? `${label}: ${spokenText}` : label}
        onClick={onPress}
        onKeyDown={pressed(onPress)}
      >
        {cells.map(({ quantity, known, shade }, index) => {
          const [left, top] = corner(index);
          return (
            <g key={index} {...pointing(shown, quantity)}>
              <rect
                class="nnw-bp-cellbox"
                data-small={high < 8 || undefined}
                x={left}
                y={top}
                width={wide}
                height={high}
                style={{ fill: fillOf(known ? shade : null) }}
              />
              {isSame(over, quantity) ? (
                <rect class="nnw-bp-now" data-hover="" x={left} y={top} width={wide} height={high} />
              ) : null}
            </g>
          );
        })}
        <rect
          class="nnw-bp-now"
          data-on={isNow || undefined}
          x={x - 1.5}
          y={y - 1.5}
          width={widthOf(grid) + 3}
          height={heightOf(grid) + 3}
          rx="3"
        />
        <rect
          class="nnw-ring"
          x={x - 4}
          y={y - 4}
          width={widthOf(grid) + 8}
          height={heightOf(grid) + 8}
          rx="6"
        />
      </g>
      {numbers.map(({ known, text, n }, index) => {
        const [left, top] = corner(index);
        return known ? (
          <Label
            key={index}
            x={left + wide / 2}
            y={top + high / 2 + 4}
            anchor="middle"
            class={columns > 1 ? "nnw-bp-xs nnw-b" : "nnw-b"}
            n={n}
          >
            {text}
          </Label>
        ) : null;
      })}
    </>
  );
}
