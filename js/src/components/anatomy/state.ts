// What is shown: the model's graph, what of it is unfolded, and the layer that is open.
import { type Signal, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type {
  AnatomyTrait,
  AskedTrait,
  InsideTrait,
  NetworkAnatomySettings,
  NumbersTrait,
} from "../../generated/protocol";
import type { Explorer } from "../../model/explorer";
import { same } from "../../model/same";
import { useExplorer } from "../explorer/view";
import { keysAround, matchesOf } from "./search";
import { type Node, readTree, type Tree, type Visible, visibleOf } from "./tree";

/** Traits that hold layers that were opened; the newest version of each counts. */
export const SLOTS = Array.from({ length: 12 }, (_, number) => `_opened_${number}`);

export interface Anatomy {
  readonly store: Explorer<NetworkAnatomySettings>;
  readonly settings: NetworkAnatomySettings;
  /** What has been read of the model, null before. */
  readonly tree: Tree | null;
  readonly numbers: NumbersTrait | null;
  /** What of the tree is visible. */
  readonly visible: Visible | null;
  readonly unfolded: ReadonlySet<string>;
  /** The node that is open, null for none, or for one that does not exist. */
  readonly selected: Node | null;
  /** What is in it, as near to what is asked for as has been sent; null before anything was. */
  readonly inside: InsideTrait | null;
  /** Whether what is open is not yet, or no longer, what is asked for. */
  readonly stale: boolean;
  readonly trouble: string;
  readonly status: string;
  /** Whether there is a kernel. */
  readonly there: boolean;
  /** The number of the node that the pointer or the keyboard is at; null for none. */
  readonly hover: Signal<number | null>;
  /** What is searched for, the numbers of the nodes that it is found in, and the one that was gone to. */
  readonly query: Signal<string>;
  readonly found: readonly number[];
  readonly at: Signal<number | null>;
  /** Samples or channels of what is open that were sent, all else being as it is: they need no kernel. */
  known(name: "sample" | "channel"): number[];
  select(node: Node | null): void;
  /** Folds or unfolds a container. */
  fold(node: Node, folded: boolean): void;
  /** Unfolds all that a node lies in, so that it is visible. */
  reveal(node: Node): void;
  setUnfolded(keys: Iterable<string>): void;
}

export function useAnatomy(): Anatomy {
  const { store } = useExplorer<NetworkAnatomySettings>();
  const settings = store.now();
  const trait = store.trait<AnatomyTrait | null>("_anatomy").value;
  const tree = useMemo(() => readTree(trait), [trait]);
  const query = useSignal("");
  const at = useSignal<number | null>(null);
  const found = useMemo(() => matchesOf(tree, query.value), [tree, query.value]);
  const keys = settings.unfolded ?? tree?.unfolded ?? [];
  /** What this search has unfolded and the reader has folded again. */
  const closed = useSignal({ query: "", keys: NONE });
  const unfolded = useMemo(() => {
    // A search unfolds for as long as it lasts.
    const around = tree ? [...keysAround(tree, found)] : [];
    const shut = closed.value.query === query.value ? closed.value.keys : NONE;
    return new Set([...keys, ...around.filter((key) => !shut.has(key))]);
  }, [keys.join("\n"), tree, found, closed.value]);
  const visible = useMemo(() => (tree ? visibleOf(tree, unfolded) : null), [tree, unfolded]);
  const selected = tree?.nodes[tree.byKey.get(settings.selected) ?? -1] ?? null;
  const kept = useKept(store);
  const asked = askedOf(settings);
  const inside = selected ? nearest(kept, asked) : null;
  const hover = useSignal<number | null>(null);
  const setUnfolded = (each: Iterable<string>) => {
    const next = new Set(each);
    closed.value = { query: query.peek(), keys: new Set([...unfolded].filter((key) => !next.has(key))) };
    store.set({ unfolded: [...next] });
  };
  return {
    store,
    settings,
    tree,
    numbers: store.trait<NumbersTrait | null>("_numbers").value,
    visible,
    unfolded,
    selected,
    inside,
    stale: Boolean(selected) && !(inside && same(inside.asked, asked)),
    trouble: store.trait<string>("_trouble").value,
    status: store.trait<string>("status").value,
    there: store.kernel.there.value,
    hover,
    query,
    found,
    at,
    known: (name) =>
      kept
        .filter((each) => same({ ...each.asked, [name]: 0 }, { ...asked, [name]: 0 }))
        .map((each) => each.asked[name]),
    select: (node) =>
      // What is chosen inside belongs to the layer.
      store.set({ selected: node?.key ?? "", channel: 0, pixel: [], tensor: "", window: [], first: 0 }),
    fold(node, folded) {
      const next = new Set(keys);
      if (folded) next.delete(node.key);
      else next.add(node.key);
      const shut = new Set(closed.peek().query === query.peek() ? closed.peek().keys : NONE);
      if (folded) shut.add(node.key);
      else shut.delete(node.key);
      closed.value = { query: query.peek(), keys: shut };
      store.set({ unfolded: [...next] });
    },
    reveal(node) {
      if (tree) store.set({ unfolded: [...new Set([...keys, ...keysAround(tree, [node.index])])] });
    },
    setUnfolded,
  };
}

const NONE: ReadonlySet<string> = new Set();

export const askedOf = (settings: NetworkAnatomySettings): AskedTrait => ({
  selected: settings.selected,
  sample: settings.sample,
  channel: settings.channel,
  pixel: settings.pixel,
  tensor: settings.tensor,
  window: settings.window,
  first: settings.first,
});

/** How many layers a page remembers. */
const REMEMBERED = 64;

/** All that was sent of open layers, the newest last: what was seen once can be seen again without a kernel. */
function useKept(store: Explorer<NetworkAnatomySettings>): readonly InsideTrait[] {
  const memory = useRef<InsideTrait[]>([]);
  const known = new Set(memory.current.map((each) => each.version));
  const fresh = SLOTS.map((name) => store.trait<InsideTrait | null>(name).value).filter(
    (each): each is InsideTrait => each !== null && !known.has(each.version),
  );
  if (fresh.length) {
    const replaced = (old: InsideTrait) => fresh.some((each) => same(each.asked, old.asked));
    fresh.sort((one, other) => one.version - other.version);
    memory.current = [...memory.current.filter((old) => !replaced(old)), ...fresh].slice(-REMEMBERED);
  }
  return memory.current;
}

/** What was sent for just this, else for the same layer. */
function nearest(kept: readonly InsideTrait[], asked: AskedTrait): InsideTrait | null {
  const ofLayer = kept.filter((each) => each.asked.selected === asked.selected);
  return ofLayer.findLast((each) => same(each.asked, asked)) ?? ofLayer.at(-1) ?? null;
}
