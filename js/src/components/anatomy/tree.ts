// The graph of a model as Python traced it, and what of it is visible while parts of it are folded.
import type { AnatomyTrait, NodeTrait } from "../../generated/protocol";

export interface Node extends NodeTrait {
  readonly index: number;
  readonly depth: number;
  /** Numbers of the nodes that lie in it, in order. */
  readonly children: readonly number[];
}

export interface Tree extends Omit<AnatomyTrait, "nodes" | "edges"> {
  readonly nodes: readonly Node[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** The number of a node by its key. */
  readonly byKey: ReadonlyMap<string, number>;
}

/** A visible line: a leaf, a folded container, or the head of an unfolded one. */
export interface Row {
  readonly node: Node;
  /** null for what cannot be folded. */
  readonly folded: boolean | null;
}

/** What is visible, in order, and which of it feeds which: pairs of places in `rows`, each once. */
export interface Visible {
  readonly rows: readonly Row[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** The row of a node: its own, or that of the folded container that it lies in. */
  rowOf(index: number): number;
}

export function readTree(trait: AnatomyTrait | null): Tree | null {
  if (!trait) return null;
  const children: number[][] = trait.nodes.map(() => []);
  const depths: number[] = [];
  trait.nodes.forEach((node, index) => {
    depths.push(node.parent < 0 ? 0 : (depths[node.parent] ?? 0) + 1);
    children[node.parent]?.push(index);
  });
  const nodes = trait.nodes.map((node, index) => ({
    ...node,
    index,
    depth: depths[index] ?? 0,
    children: children[index] ?? [],
  }));
  const edges: [number, number][] = [];
  for (let at = 0; at + 1 < trait.edges.length; at += 2)
    edges.push([trait.edges[at] as number, trait.edges[at + 1] as number]);
  return { ...trait, nodes, edges, byKey: new Map(nodes.map((node) => [node.key, node.index])) };
}

/** The nodes that a node lies in, from the inmost. */
export function ancestors(tree: Tree, index: number): Node[] {
  const found: Node[] = [];
  for (let at = tree.nodes[index]?.parent ?? -1; at >= 0; at = tree.nodes[at]?.parent ?? -1)
    found.push(tree.nodes[at] as Node);
  return found;
}

export function visibleOf(tree: Tree, unfolded: ReadonlySet<string>): Visible {
  const rows: Row[] = [];
  const open: boolean[] = [];
  /** Of each node its row; of what is hidden that of the folded container. */
  const place: number[] = [];
  for (const node of tree.nodes) {
    const isVisible = node.parent < 0 || Boolean(open[node.parent]);
    open.push(isVisible && node.children.length > 0 && unfolded.has(node.key));
    place.push(isVisible ? rows.length : (place[node.parent] as number));
    if (isVisible) rows.push({ node, folded: node.children.length ? !unfolded.has(node.key) : null });
  }
  const seen = new Set<string>();
  const edges: [number, number][] = [];
  for (const [from, to] of tree.edges) {
    const pair: [number, number] = [place[from] as number, place[to] as number];
    if (pair[0] === pair[1] || seen.has(pair.join())) continue;
    seen.add(pair.join());
    edges.push(pair);
  }
  return { rows, edges, rowOf: (index) => place[index] ?? -1 };
}
