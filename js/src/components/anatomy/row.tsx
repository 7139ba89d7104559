// A row of the ledger: a leaf, a folded container, or the head of an unfolded one.
import { Component, type JSX, type Ref } from "preact";
import type { RowTrait } from "../../generated/protocol";
import { Icon } from "../icon";
import { type Bar, type Bin, type Block, binsOf, decadePlace, isShared } from "./cells";
import { type Column, type Columns, INDENT, type Measure, ROW, TRIANGLE } from "./columns";
import type { Guess } from "./guess";
import {
  amountText,
  amountTitle,
  gradientTitle,
  type Line,
  lineOf,
  nameTitle,
  shapeTitle,
  spreadTitle,
} from "./line";
import { markedPieces } from "./search";
import type { Node, Tree, Row as VisibleRow } from "./tree";

/** What rows are drawn with, the same for all. */
export interface Ink {
  readonly tree: Tree;
  readonly guess: Guess;
  readonly columns: Columns;
  readonly query: string;
  readonly block: (node: Node) => Block | null;
  readonly bars: (measure: Measure) => (node: Node, folded: boolean | null) => Bar;
  readonly rows: ReadonlyMap<number, RowTrait>;
  readonly decades: readonly [low: number, high: number] | null;
}

interface RowProps {
  ink: Ink;
  row: VisibleRow;
  /** Its number, from 0. */
  place: number;
  /** Whether it is open, has been gone to by searching, is found by it, and is reached by the Tab key. */
  selected: boolean;
  gone: boolean;
  found: boolean;
  tabbed: boolean;
  element: Ref<HTMLDivElement> | null;
  /** The pointer is at it, or leaves it. */
  point(node: Node | null): void;
  /** It has the keyboard. */
  focus(node: Node): void;
}

/** Drawn again only where something of it has changed: while the ledger is scrolled, nothing has. */
export class LedgerRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    return (Object.keys(next) as (keyof RowProps)[]).some((name) => next[name] !== this.props[name]);
  }

  override render(props: RowProps) {
    return <RowView {...props} />;
  }
}

function RowView({ ink, row, place, selected, gone, found, tabbed, ...props }: RowProps) {
  const { node, folded } = row;
  const line = lineOf(node, ink.tree, ink.guess);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row that is drawn where it is scrolled to
    <div
      ref={props.element}
      role="row"
      class="nnw-al-row"
      style={{ top: `${place * ROW}px` }}
      tabIndex={tabbed ? 0 : -1}
      aria-level={node.depth + 1}
      aria-rowindex={place + 2}
      aria-expanded={folded === null ? undefined : !folded}
      aria-selected={selected}
      data-key={node.key}
      data-kind={node.kind}
      data-gone={gone || undefined}
      data-found={found || undefined}
      data-failed={ink.tree.failed === node.key || undefined}
      data-head={folded === false || undefined}
      onPointerEnter={() => props.point(node)}
      onPointerLeave={() => props.point(null)}
      onFocus={() => props.focus(node)}
      onBlur={() => props.point(null)}
    >
      {ink.columns.all.map((column, at) => (
        <Cell key={column.name} at={at} column={column} row={row} line={line} ink={ink} />
      ))}
    </div>
  );
}

interface CellProps {
  at: number;
  column: Column;
  row: VisibleRow;
  line: Line;
  ink: Ink;
}

function Cell({ at, column, row, line, ink }: CellProps): JSX.Element | null {
  const { node, folded } = row;
  const { name } = column;
  if (name === "rail") return null;
  const cell = (children: JSX.Element | string | null, title?: string) => (
    // biome-ignore lint/a11y/useSemanticElements: see the row
    // biome-ignore lint/a11y/useFocusableInteractive: the keyboard goes from row to row
    <span
      role="gridcell"
      class="nnw-al-cell"
      data-column={name}
      style={{ gridColumn: 2 * at + 1 }}
      title={title}
    >
      {children}
    </span>
  );
  // That there are weights tells that there is something to count.
  const values = line.hidden ? undefined : ink.rows.get(node.index);
  if (name === "layer") return cell(<Name row={row} line={line} ink={ink} />, nameTitle(node));
  if (name === "detail")
    return cell(<Detail type={line.type} text={line.detail} query={ink.query} />, nameTitle(node));
  if (name === "shape") return cell(line.shape, shapeTitle(node));
  if (name === "block") return cell(<BlockMark block={ink.block(node)} head={folded === false} />);
  if (name === "spread") return cell(values ? <Spread row={values} /> : null, values && spreadTitle(values));
  if (name === "gradient")
    return cell(
      values ? <Gradient place={decadePlace(values.gradients, ink.decades)} /> : null,
      values && gradientTitle(values),
    );
  return cell(
    <Amount row={row} measure={name} hidden={line.hidden} ink={ink} />,
    line.hidden ? undefined : amountTitle(node, name, ink.tree),
  );
}

/** A text with what is searched for marked in it. */
function Marked({ text, query }: { text: string; query: string }) {
  if (!query) return <>{text}</>;
  return (
    <>
      {markedPieces(text, query).map(([piece, marked], at) =>
        marked ? (
          <mark key={at} class="nnw-al-mark">
            {piece}
          </mark>
        ) : (
          piece
        ),
      )}
    </>
  );
}

function Name({ row: { node, folded }, line, ink }: { row: VisibleRow; line: Line; ink: Ink }) {
  const isAlone = !ink.columns.at("detail");
  return (
    <>
      <span class="nnw-al-indent" style={{ width: `${node.depth * INDENT}px` }} />
      {folded === null ? (
        <span class="nnw-al-leaf" style={{ width: `${TRIANGLE}px` }}>
          {ink.tree.failed === node.key ? <Icon name="warn" /> : null}
        </span>
      ) : (
        <span
          class="nnw-al-fold"
          style={{ width: `${TRIANGLE}px` }}
          title={folded ? "Unfold" : "Fold"}
          aria-hidden="true"
        >
          <Icon name={folded ? "right" : "down"} />
        </span>
      )}
      <span class="nnw-al-name">
        {/* Whatever direction it is written in, what follows keeps its own. */}
        <bdi>
          <Marked text={line.name} query={ink.query} />
        </bdi>
        {line.call ? <span class="nnw-2nd">{line.call}</span> : null}
        {isAlone ? (
          <>
            {" "}
            <Detail type={line.type} text={line.brief} query={ink.query} />
          </>
        ) : null}
      </span>
    </>
  );
}

const Detail = ({ type, text, query }: { type: string; text: string; query: string }) => (
  <span class="nnw-al-detail">
    {type ? (
      <b>
        <Marked text={type} query={query} />
      </b>
    ) : null}
    {type && text ? " " : ""}
    {text}
  </span>
);

/** As high as all blocks may be. */
const BLOCK_BOX = { width: 44, height: 24 };

const BlockMark = ({ block, head }: { block: Block | null; head: boolean }) =>
  block && !head ? (
    <svg {...BLOCK_BOX} aria-hidden="true">
      <rect {...blockRect(block)} class="nnw-al-block" />
    </svg>
  ) : null;

/** In the middle of its place. */
export const blockRect = ({ width, height }: Block) => ({
  x: (BLOCK_BOX.width - width) / 2,
  y: (BLOCK_BOX.height - height) / 2,
  width,
  height,
  rx: 1.5,
});

interface AmountProps {
  row: VisibleRow;
  measure: Measure;
  hidden: boolean;
  ink: Ink;
}

function Amount({ row: { node, folded }, measure, hidden, ink }: AmountProps) {
  const { filled, pale } = ink.bars(measure)(node, folded);
  const share = (part: number) => `${(100 * part).toFixed(2)}%`;
  const isElsewhere = measure === "parameters" && isShared(node) && !hidden;
  return (
    <>
      <span class="nnw-al-digits" data-n={`${node.key}.${measure}`} data-measure={measure}>
        {amountText(node, measure, hidden)}
      </span>
      {isElsewhere ? (
        <span class="nnw-al-shared">shared</span>
      ) : (
        <span class="nnw-al-bar">
          {filled ? <i style={{ width: share(filled) }} /> : null}
          {pale ? <i data-pale style={{ width: share(pale) }} /> : null}
        </span>
      )}
    </>
  );
}

export const SPREAD = { width: 64, height: 20 };

/** Bars of one sign as a path. */
export const binPath = (bins: readonly Bin[], sign: number) =>
  bins
    .filter((bin) => bin.sign === sign)
    .map(
      ({ x, width, height }) =>
        `M${x.toFixed(2)} ${SPREAD.height}v${(-height).toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}Z`,
    )
    .join("");

export const SIGNS = [
  [-1, "neg"],
  [0, "ink2"],
  [1, "pos"],
] as const;

function Spread({ row }: { row: RowTrait }) {
  const bins = binsOf(row, SPREAD.width, SPREAD.height - 1);
  if (!bins.length) return null;
  return (
    <svg {...SPREAD} aria-hidden="true" class="nnw-al-spread">
      <path
        class="nnw-al-axis"
        d={`M0 ${SPREAD.height - 0.5}H${SPREAD.width}M${SPREAD.width / 2} 0v${SPREAD.height}`}
      />
      {SIGNS.map(([sign, name]) => (
        <path key={name} data-sign={name} d={binPath(bins, sign)} />
      ))}
    </svg>
  );
}

const Gradient = ({ place }: { place: number | null }) =>
  place === null ? null : (
    <span class="nnw-al-size">
      <i style={{ width: `${(100 * place).toFixed(1)}%` }} />
    </span>
  );
