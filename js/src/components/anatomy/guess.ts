// The guess of the parameter count: what is hidden, what comes next, how far the guess was off, and by which mistake.
import type { NetworkAnatomySettings, TermTrait } from "../../generated/protocol";
import { called } from "./texts";
import type { Node, Tree, Visible } from "./tree";

/** A leaf that brings parameters which none before it has used. */
export interface Step {
  readonly node: Node;
  /** Entries that are trained, each once. */
  readonly count: number;
  /** Its parameters that none before it has used, and are trained. */
  readonly parameters: readonly number[];
}

export interface Guess {
  /** "off": nothing is hidden; "asking": no guess yet; "revealing"; "over": all is revealed. */
  readonly phase: "off" | "asking" | "revealing" | "over";
  readonly guess: number | null;
  /** What it should be: `count_parameters(model)`. */
  readonly target: number;
  readonly steps: readonly Step[];
  /** How many of the steps are revealed, and their sum. */
  readonly revealed: number;
  readonly total: number;
  /** Trained entries that no leaf uses. */
  readonly rest: number;
  /** Whether the counts of a node, and all that tells them, are hidden. */
  hides(node: Node): boolean;
}

const OPEN: Guess = {
  phase: "off",
  guess: null,
  target: 0,
  steps: [],
  revealed: 0,
  total: 0,
  rest: 0,
  hides: () => false,
};

export const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);

const made = new WeakMap<Tree, readonly Step[]>();

/** The leaves that bring parameters, in order of execution. */
export function stepsOf(tree: Tree): readonly Step[] {
  const known = made.get(tree);
  if (known) return known;
  const seen = new Set<number>();
  const steps: Step[] = [];
  for (const node of tree.nodes) {
    if (node.children.length) continue;
    const parameters = node.parameters.filter((each) => !seen.has(each) && tree.parameters[each]?.trainable);
    for (const each of node.parameters) seen.add(each);
    const count = sum(parameters.map((each) => tree.parameters[each]?.count ?? 0));
    if (count) steps.push({ node, count, parameters });
  }
  made.set(tree, steps);
  return steps;
}

/** The arithmetic of what a leaf brings: without what an earlier one has brought. */
export const termsOf = ({ node, parameters }: Step): readonly TermTrait[] =>
  node.terms.filter(({ parameter }) => parameters.includes(parameter));

/** The number of the last node that lies in one. */
export function lastIn(tree: Tree, node: Node): number {
  let last = node;
  while (last.children.length) last = tree.nodes[last.children.at(-1) as number] as Node;
  return last.index;
}

type Asked = Pick<NetworkAnatomySettings, "guessing" | "guess" | "revealed">;

export function guessOf(tree: Tree | null, { guessing, guess, revealed }: Asked): Guess {
  if (!tree || !guessing) return OPEN;
  const steps = stepsOf(tree);
  const shown = guess === null ? 0 : Math.min(revealed, steps.length);
  const isOver = guess !== null && shown === steps.length;
  const next = steps[shown]?.node.index ?? 0;
  const all = sum(steps.map(({ count }) => count));
  return {
    phase: isOver ? "over" : guess === null ? "asking" : "revealing",
    guess,
    target: tree.parameter_count,
    steps,
    revealed: shown,
    total: sum(steps.slice(0, shown).map(({ count }) => count)),
    rest: Math.max(0, tree.parameter_count - all),
    // Also where there is nothing to count, for that gives away where there is.
    hides: (node) => !isOver && (guess === null || lastIn(tree, node) >= next),
  };
}

/** What one press reveals: the next visible line that brings parameters, with all that is folded in it. */
export function nextOf({ steps, revealed }: Guess, visible: Visible): { node: Node; to: number } | null {
  const next = steps[revealed];
  if (!next) return null;
  const place = visible.rowOf(next.node.index);
  const apart = steps.findIndex(({ node }, at) => at > revealed && visible.rowOf(node.index) !== place);
  return { node: visible.rows[place]?.node ?? next.node, to: apart < 0 ? steps.length : apart };
}

/** What the last press revealed: a leaf, or all that is folded in one line. */
export function lastOf(
  { steps, revealed }: Guess,
  visible: Visible,
): { node: Node; steps: readonly Step[] } | null {
  const last = steps[revealed - 1];
  if (!last) return null;
  const place = visible.rowOf(last.node.index);
  return {
    node: visible.rows[place]?.node ?? last.node,
    steps: steps.slice(0, revealed).filter(({ node }) => visible.rowOf(node.index) === place),
  };
}

/** How far off: relative to what is right. */
export interface Verdict {
  readonly off: number;
  readonly share: number;
  readonly isRight: boolean;
  /** By which mistake the guess comes out, if it does by one that is known. */
  readonly mistake: string | null;
}

export function verdictOf(tree: Tree, guess: number): Verdict {
  const off = guess - tree.parameter_count;
  return {
    off,
    share: tree.parameter_count ? Math.abs(off) / tree.parameter_count : off ? 1 : 0,
    isRight: off === 0,
    mistake: off === 0 ? null : mistakeOf(tree, guess),
  };
}

const product = (factors: readonly number[]) => factors.reduce((all, each) => all * each, 1);

/** What the steps have in them: weights, biases, and sums that are made by mistake. */
function partsOf(tree: Tree, { node, count, parameters }: Step) {
  const all = parameters.map((each) => tree.parameters[each]).filter((each) => each !== undefined);
  const biases = all.filter(({ names }) => /(^|[._])bias/.test(names[0] ?? ""));
  const weights = all.filter((each) => !biases.includes(each));
  const big = weights.filter(({ shape }) => shape.length > 1);
  return {
    node,
    count,
    biases: sum(biases.map((each) => each.count)),
    weights: sum(weights.map((each) => each.count)),
    /** Of each matrix or kernel the sizes, added instead of multiplied. */
    added: sum(weights.map(({ shape }) => sum(shape))),
    units: sum(big.map(({ shape }) => shape[0] ?? 0)),
    /** One kernel for each output channel. */
    kernels: sum(weights.map(({ shape, count }) => (shape.length > 2 ? count / (shape[1] ?? 1) : count))),
    isConvolution: weights.some(({ shape }) => shape.length > 2),
    isNorm: /norm/i.test(node.type),
    inputs: big[0] ? product(big[0].shape.slice(1)) : 0,
  };
}

type Part = ReturnType<typeof partsOf>;

/** Which mistake leads to just this number; the likelier comes first. */
export function mistakeOf(tree: Tree, guess: number): string | null {
  const parts = stepsOf(tree).map((step) => partsOf(tree, step));
  const total = (read: (part: Part) => number) => sum(parts.map(read));
  const target = tree.parameter_count;
  const biases = total((part) => part.biases);
  const units = total((part) => part.units);
  const isConvolutional = parts.some((part) => part.isConvolution);
  const used = tree.nodes.filter(({ children }) => !children.length).flatMap((leaf) => leaf.parameters);
  const trained = used.map((each) => tree.parameters[each]).filter((each) => each?.trainable);
  const repeated = target + sum(trained.map((each) => each?.count ?? 0)) - total((part) => part.count);
  const candidates: [number, string][] = [
    [target - biases, "the biases are missing"],
    [biases, "these are the biases alone, without the weights"],
    [repeated, "what several layers share is counted once for each of them"],
    [target + tree.frozen, "the frozen parameters are among them"],
    [total((part) => part.weights) + parts.length, "one bias for each layer, instead of one for each neuron"],
    [units, "these are the neurons; parameters belong to the connections between them"],
    [units + (parts[0]?.inputs ?? 0), "these are inputs and neurons; parameters belong to the connections"],
    [total((part) => (part.isNorm ? 0 : part.count)), "the normalisation layers have parameters too"],
    [total((part) => part.added + part.biases), "the sizes are added where they have to be multiplied"],
    [total((part) => part.added), "the sizes are added where they have to be multiplied"],
    ...(isConvolutional
      ? ([
          [
            total((part) => part.kernels + part.biases),
            "one kernel for each output channel, instead of one for each pair of input and output channel",
          ],
        ] as [number, string][])
      : []),
    [4 * target, "these are the bytes: each parameter has four"],
    ...parts.flatMap(({ node, count, weights }): [number, string][] => [
      [target - count, `${called(node)} is missing`],
      [target - biases - weights, `${called(node)} and all biases are missing`],
    ]),
  ];
  return candidates.find(([value]) => value === guess && value !== target && value > 0)?.[1] ?? null;
}

// --- what is typed ---

const FACTORS: Record<string, number> = { k: 1e3, m: 1e6, g: 1e9, b: 1e9 };

/**
 * A number or its arithmetic as people write it: "55,050", "55 050", "25.6 M", "784*64 + 64", "(784 + 1) × 64".
 * null where it is none, or no whole number.
 */
export function parseGuess(text: string): number | null {
  const plain = text
    .toLowerCase()
    .replace(/[×·x]/g, "*")
    .replace(/[\u2212\u2013]/g, "-")
    // Thousands apart by a comma, a space, a thin space or an underscore.
    .replace(/(?<=\d)[,_\s](?=\d{3}(?!\d))/g, "")
    .replace(/(?<=\d)\s+(?=\d)/g, "?")
    .replace(/\s/g, "")
    .replace(/,/g, ".");
  const tokens = plain.match(/\d+(\.\d+)?[kmgb]?|\.\d+[kmgb]?|[-+*()]/g) ?? [];
  if (!tokens.length || tokens.join("") !== plain) return null;
  let at = 0;
  function factor(): number {
    const token = tokens[at++] ?? "";
    if (token === "(") {
      const inner = all();
      return tokens[at++] === ")" ? inner : Number.NaN;
    }
    const unit = FACTORS[token.slice(-1)];
    return unit ? Number(token.slice(0, -1)) * unit : token ? Number(token) : Number.NaN;
  }
  function term(): number {
    let value = factor();
    while (tokens[at] === "*") {
      at++;
      value *= factor();
    }
    return value;
  }
  function all(): number {
    let value = term();
    while (tokens[at] === "+" || tokens[at] === "-") value += tokens[at++] === "+" ? term() : -term();
    return value;
  }
  const value = all();
  // 25.6 M is not quite whole in floating point.
  const whole = Math.round(value);
  const isWhole = Math.abs(value - whole) <= 1e-9 * Math.abs(value);
  return at === tokens.length && isWhole && whole >= 0 && whole <= MOST ? whole : null;
}

/** As far as Python takes one. */
const MOST = 1e15;
