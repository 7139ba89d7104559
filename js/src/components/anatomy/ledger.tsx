// The ledger: the network as a table from input to output, a row for each layer, with the rail that joins them. Of
// thousands of rows only those in sight are in the page.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { giveFocus } from "../focus";
import { type Columns, type Measure, ROW } from "./columns";
import { columnsFor, inkOf, railOf } from "./drawn";
import type { Guess } from "./guess";
import { headingOf, TITLES } from "./headings";
import { RailView } from "./rail-view";
import { LedgerRow } from "./row";
import type { Anatomy } from "./state";
import type { Node, Tree, Visible } from "./tree";
import { useWindow } from "./window-rows";

interface LedgerProps {
  anatomy: Anatomy;
  guess: Guess;
  /** What the bars show where there is room for one alone. */
  measure: Measure;
}

export function Ledger({ anatomy, ...rest }: LedgerProps) {
  const { tree, visible } = anatomy;
  return tree && visible?.rows.length ? (
    <Table anatomy={anatomy} tree={tree} visible={visible} {...rest} />
  ) : null;
}

interface TableProps extends LedgerProps {
  tree: Tree;
  visible: Visible;
}

function Table({ anatomy, tree, visible, guess, measure }: TableProps) {
  const { selected, numbers, hover, query, found, at } = anatomy;
  const { rows } = visible;
  const drawn = useMemo(() => railOf(tree, visible), [tree, visible]);
  /** The row that the Tab key reaches. */
  const active = useSignal<string | null>(null);
  const tabbed = visible.rowOf(
    tree.byKey.get(active.value ?? "") ?? selected?.index ?? rows[0]?.node.index ?? -1,
  );
  const pane = useWindow(tree, visible, tabbed);
  const columns = useMemo(
    () => columnsFor(pane.width, drawn.places, measure, numbers),
    [pane.width, drawn, measure, Boolean(numbers?.rows.length), Boolean(numbers?.has_gradients)],
  );
  const ink = useMemo(
    () => inkOf({ tree, visible, guess, columns, query: query.value, numbers }),
    [tree, visible, anatomy.settings.guess, guess.phase, guess.revealed, columns, query.value, numbers],
  );
  const known = useMemo(() => new Set(found), [found]);
  /** The row that is to have the keyboard as soon as it is there. */
  const wanted = useRef<string | null>(null);
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (wanted.current === null || wanted.current !== element.current?.dataset.key) return;
    wanted.current = null;
    giveFocus(element.current);
  });
  useLayoutEffect(() => {
    if (at.value !== null) pane.show(visible.rowOf(at.value), true);
  }, [at.value, visible]);

  const goTo = (row: number) => {
    const node = rows[Math.max(0, Math.min(rows.length - 1, row))]?.node;
    if (!node) return;
    wanted.current = active.value = node.key;
    pane.show(visible.rowOf(node.index));
  };
  const open = (node: Node) => {
    // What a search has unfolded would fold itself around it.
    if (query.peek()) anatomy.reveal(node);
    anatomy.select(node);
  };
  const fold = (node: Node, folded: boolean) => {
    active.value = node.key;
    pane.pin(node.key);
    anatomy.fold(node, folded);
  };
  /** The row that something happens in. */
  const rowAt = (target: EventTarget | null) => {
    const key = (target as Element).closest<HTMLElement>(".nnw-al-row")?.dataset.key;
    return key === undefined ? -1 : visible.rowOf(tree.byKey.get(key) ?? -1);
  };
  const [point, focus] = useMemo(
    () => [
      (node: Node | null) => {
        hover.value = node?.index ?? null;
      },
      (node: Node) => {
        active.value = node.key;
        hover.value = node.index;
      },
    ],
    [],
  );
  const shown = pane.rowsWith(tabbed);
  return (
    <div
      ref={pane.place}
      class="nnw-al"
      role="treegrid"
      aria-label="Layers in order of execution"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.all.length - 1}
      style={{ "--nnw-al-columns": templateOf(columns) }}
      onScroll={pane.look}
      onClick={({ target }) => {
        const row = rows[rowAt(target)];
        if (!row) return;
        if ((target as Element).closest(".nnw-al-fold")) fold(row.node, !row.folded);
        else open(row.node);
      }}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
        const act = keysOf({ anatomy, visible, row: rowAt(event.target), goTo, open, fold })[event.key];
        if (!act) return;
        act();
        event.preventDefault();
      }}
    >
      <Heading columns={columns} />
      {/* biome-ignore lint/a11y/useSemanticElements: rows are drawn where they are scrolled to */}
      <div class="nnw-al-rows" role="rowgroup" style={{ height: `${rows.length * ROW}px` }}>
        <RailView
          anatomy={anatomy}
          tree={tree}
          visible={visible}
          rail={drawn.rail}
          places={drawn.places}
          first={pane.first}
          last={pane.last}
        />
        {shown.map((place) => {
          const row = rows[place];
          if (!row) return null;
          const { node } = row;
          return (
            <LedgerRow
              key={node.key}
              ink={ink}
              row={row}
              place={place}
              selected={selected === node}
              gone={at.value === node.index}
              found={known.has(node.index)}
              tabbed={place === tabbed}
              element={place === tabbed ? element : null}
              point={point}
              focus={focus}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Columns with the gaps between them. */
const templateOf = ({ all }: Columns) =>
  all
    .map(({ x, width }, index) => {
      const next = all[index + 1];
      return next ? `${width}px ${next.x - x - width}px` : `${width}px`;
    })
    .join(" ");

function Heading({ columns }: { columns: Columns }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the rows are no table's
    <div role="rowgroup" class="nnw-al-head">
      {/* biome-ignore lint/a11y/useSemanticElements: the rows are no table's */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the keyboard goes from row to row below */}
      <div role="row" aria-rowindex={1}>
        {columns.all.map(({ name }, at) =>
          name === "rail" ? null : (
            // biome-ignore lint/a11y/useSemanticElements: the rows are no table's
            // biome-ignore lint/a11y/useFocusableInteractive: nothing can be done with it
            <span
              key={name}
              role="columnheader"
              class="nnw-al-cell"
              data-column={name}
              style={{ gridColumn: 2 * at + 1 }}
              title={TITLES[name]}
            >
              {headingOf(name)}
            </span>
          ),
        )}
      </div>
    </div>
  );
}

const PAGE = 12;

interface KeysOptions {
  anatomy: Anatomy;
  visible: Visible;
  /** The row with the keyboard. */
  row: number;
  goTo(row: number): void;
  open(node: Node): void;
  fold(node: Node, folded: boolean): void;
}

function keysOf({ anatomy, visible, row, goTo, open, fold }: KeysOptions) {
  const { rows } = visible;
  const here = rows[row];
  if (!here) return {};
  const { node, folded } = here;
  const press = () => open(node);
  const keys: Record<string, () => void> = {
    ArrowDown: () => goTo(row + 1),
    ArrowUp: () => goTo(row - 1),
    PageDown: () => goTo(row + PAGE),
    PageUp: () => goTo(row - PAGE),
    Home: () => goTo(0),
    End: () => goTo(rows.length - 1),
    Enter: press,
    " ": press,
    ArrowRight() {
      if (folded) fold(node, false);
      else if (folded === false) goTo(row + 1);
    },
    ArrowLeft() {
      if (folded === false) fold(node, true);
      else if (node.parent >= 0) goTo(visible.rowOf(node.parent));
    },
    "*"() {
      const beside = rows.filter((each) => each.folded && each.node.parent === node.parent);
      if (beside.length) anatomy.setUnfolded([...anatomy.unfolded, ...beside.map((each) => each.node.key)]);
    },
  };
  return keys;
}
