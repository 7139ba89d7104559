// What the ledger is drawn with, put together once for all rows.
import type { NumbersTrait } from "../../generated/protocol";
import { type Bar, barsOf, blocksOf, decadesOf, rowsByNode } from "./cells";
import { type Columns, columnsOf, type Measure, type RailPlaces, widest } from "./columns";
import type { Guess } from "./guess";
import { layRail, type Rail } from "./rail";
import type { Ink } from "./row";
import { type Node, type Tree, type Visible, visibleOf } from "./tree";

export interface Drawn {
  readonly rail: Rail;
  readonly places: RailPlaces;
}

/** The rail of what is visible, in a place that has room for all that can be unfolded. */
export function railOf(tree: Tree, visible: Visible): Drawn {
  const rail = layRail(tree, visible);
  return { rail, places: widest(rail, unfoldedRail(tree)) };
}

const unfoldedRails = new WeakMap<Tree, Rail>();

function unfoldedRail(tree: Tree): Rail {
  const known = unfoldedRails.get(tree);
  if (known) return known;
  const rail = layRail(tree, visibleOf(tree, new Set(tree.byKey.keys())));
  unfoldedRails.set(tree, rail);
  return rail;
}

export const columnsFor = (
  width: number,
  places: RailPlaces,
  measure: Measure,
  numbers: NumbersTrait | null,
): Columns =>
  columnsOf(width, places.width, {
    measure,
    hasSpreads: Boolean(numbers?.rows.length),
    hasGradients: Boolean(numbers?.has_gradients),
  });

const blocks = new WeakMap<Tree, Ink["block"]>();

interface InkOptions {
  tree: Tree;
  visible: Visible;
  guess: Guess;
  columns: Columns;
  query: string;
  numbers: NumbersTrait | null;
}

export function inkOf({ tree, visible, numbers, ...rest }: InkOptions): Ink {
  const block = blocks.get(tree) ?? blocksOf(tree);
  blocks.set(tree, block);
  const made = new Map<Measure, (node: Node, folded: boolean | null) => Bar>();
  return {
    ...rest,
    tree,
    block,
    bars(measure) {
      const known = made.get(measure) ?? barsOf(visible, measure, rest.guess.hides);
      made.set(measure, known);
      return known;
    },
    rows: rowsByNode(numbers),
    decades: decadesOf(numbers),
  };
}
