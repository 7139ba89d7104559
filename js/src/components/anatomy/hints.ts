// What is worth knowing of this model, measured: one sentence and one action each, the most pressing first.
import { significant } from "../../draw/format";
import type { RowTrait, SpreadTrait } from "../../generated/protocol";
import type { Action } from "../callout";
import { three } from "../explorer/numbers";
import { sum } from "./guess";
import type { Anatomy } from "./state";
import { arithmeticText, bytesText, called, counted, countText, shareText } from "./texts";
import { ancestors, type Node, type Row, type Tree, type Visible } from "./tree";

export interface Hint {
  /** Which sentence it is, whatever its numbers. */
  readonly kind: string;
  readonly lead: string;
  readonly text: string;
  readonly action: Action | null;
}

/** What hints are made of: a model that has been read. */
type Read = Anatomy & { readonly tree: Tree; readonly visible: Visible };
type Maker = (read: Read) => Omit<Hint, "kind"> | null;

/** A share of zeros, of parameters, or of work from which on it is worth a word. */
const [MANY_ZEROS, LARGE, MUCH_WORK] = [0.5, 0.25, 0.2];
/** Gradients so many times smaller, or larger, in the first layer than in the last. */
const APART = 100;
/** A step that changes weights by more, or by less, than is usual. */
const [FAST, SLOW] = [0.01, 1e-5];

const leaves = ({ nodes }: Tree) => nodes.filter(({ children }) => !children.length);
const most = <T>(all: readonly T[], size: (each: T) => number): T | undefined =>
  all.reduce<T | undefined>(
    (best, each) => (best === undefined || size(each) > size(best) ? each : best),
    undefined,
  );

function open(anatomy: Anatomy, node: Node | undefined): Action | null {
  if (!node || anatomy.selected?.index === node.index) return null;
  return {
    label: `Open ${called(node)}`,
    press() {
      anatomy.reveal(node);
      anatomy.select(node);
    },
  };
}

/** Lines that stand for all that is in them; each parameter belongs to one. */
const own = ({ rows }: Visible): readonly Row[] => rows.filter(({ folded }) => folded !== false);

function further(anatomy: Anatomy, { node, folded }: Row): Action | null {
  if (!folded) return open(anatomy, node);
  return { label: `Unfold ${called(node)}`, press: () => anatomy.fold(node, false) };
}

// --- the open layer ---

const spreads = ({ inside, selected }: Read, role: SpreadTrait["role"]) =>
  selected && inside?.asked.selected === selected.key
    ? inside.spreads.filter((each) => each.role === role && each.size > 0)
    : [];

const odd: Maker = (read) => {
  const { selected } = read;
  const found = (["weight", "gradient", "input", "output", "buffer"] as const)
    .flatMap((role) => spreads(read, role))
    .find((each) => each.odd > 0);
  if (!found || !selected) return null;
  const what = found.role === "gradient" ? `the gradient of ${found.name}` : found.name;
  return {
    lead: `${countText(found.odd)} of ${counted(found.size, "number")} in ${what} are infinite or NaN.`,
    text:
      found.role === "input" ? "They come from before this layer." : "What is computed from them is, too.",
    action: found.role === "weight" || found.role === "buffer" ? null : open(read, before(read, selected)),
  };
};

/** The leaf that feeds another. */
const before = ({ tree }: Read, { index }: Node) =>
  tree.nodes[tree.edges.find(([, to]) => to === index)?.[0] ?? -1];

const zeros: Maker = (read) => {
  const { selected } = read;
  const found = spreads(read, "output").find((each) => each.zeros >= MANY_ZEROS * each.size);
  if (!found || !selected) return null;
  const isRelu = /^relu/i.test(selected.type);
  const isAll = found.zeros === found.size;
  return {
    lead: `${shareText(found.zeros, found.size)} of what ${called(selected)} puts out is 0.`,
    text: isAll
      ? "What comes after it learns nothing of this input."
      : isRelu
        ? "A ReLU lets through what is positive alone; where it puts out 0 no gradient comes back either."
        : "",
    action: open(read, before(read, selected)),
  };
};

// --- gradients and steps ---

const rowsWith = ({ numbers, tree }: Read, read: (row: RowTrait) => number | null) =>
  (numbers?.rows ?? [])
    .filter((row) => read(row) !== null && tree.nodes[row.node])
    .map((row) => ({ node: tree.nodes[row.node] as Node, value: read(row) as number }))
    .sort((one, other) => one.node.index - other.node.index);

const still: Maker = (read) => {
  const rows = rowsWith(read, ({ gradients }) => gradients);
  const none = rows.filter(({ value }) => value === 0);
  const [first] = none;
  if (!first) return null;
  return {
    lead:
      none.length === rows.length
        ? "All gradients are 0."
        : `No gradient reaches ${called(first.node)}${none.length > 1 ? `, and ${none.length - 1} more` : ""}.`,
    text: "A step of gradient descent leaves these weights as they are.",
    action: open(read, first.node),
  };
};

const vanishing: Maker = (read) => {
  const rows = rowsWith(read, ({ gradients }) => gradients).filter(({ value }) => value > 0);
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || first === last) return null;
  const ratio = first.value / last.value;
  if (ratio > 1 / APART && ratio < APART) return null;
  return {
    lead: `Gradients ${ratio < 1 ? "vanish" : "grow"} towards the input:`,
    text: `in ${called(first.node)} their root mean square is ${significant(ratio, 2)} times that in ${called(last.node)}.`,
    action: open(read, first.node),
  };
};

const pace: Maker = (read) => {
  const fastest = most(
    rowsWith(read, ({ update }) => update),
    ({ value }) => value,
  );
  if (!fastest || (fastest.value < FAST && fastest.value > SLOW)) return null;
  const isFast = fastest.value >= FAST;
  return {
    lead: `The last step changed ${called(fastest.node)} by ${three(100 * fastest.value)}\u2009% of its weights' size${isFast ? "." : ", and no layer more."}`,
    text: isFast
      ? "About 0.1\u2009% is usual: the learning rate may be too large."
      : "About 0.1\u2009% is usual: it hardly learns.",
    action: open(read, fastest.node),
  };
};

const noGradients: Maker = ({ numbers, selected, tree, there, store }) => {
  if (!numbers || numbers.has_gradients || !selected?.trainable || tree.owner !== "module" || !there)
    return null;
  return {
    lead: "There are no gradients yet:",
    text: "call loss.backward() and read again, or make the widget with loss_fn= and target=.",
    action: { label: "Read again", press: () => store.kernel.tell({ type: "refresh" }) },
  };
};

// --- the whole model ---

const idle: Maker = (read) => {
  const found = read.tree.nodes.filter(({ kind, count }) => kind === "idle" && count > 0);
  const [first] = found;
  if (!first || read.tree.failed !== null) return null;
  return {
    lead: `${called(first)}${found.length > 1 ? ` and ${found.length - 1} more` : ""} did not run with this input:`,
    text: `${counted(sum(found.map(({ count }) => count)), "parameter")} that count, and get no gradient from it.`,
    action: open(read, first),
  };
};

const frozen: Maker = (read) => {
  const { tree } = read;
  const all = tree.parameter_count + tree.frozen;
  if (!all)
    return {
      lead: "It has no parameters:",
      text: "what it computes is fixed, and there is nothing to train.",
      action: open(
        read,
        most(leaves(tree), ({ output_bytes }) => output_bytes),
      ),
    };
  if (!tree.frozen) return null;
  const held = leaves(tree).filter(({ count, trainable }) => count > trainable);
  return {
    lead: tree.parameter_count
      ? `${countText(tree.frozen)} of ${counted(all, "parameter")} are frozen:`
      : `All ${counted(all, "parameter")} are frozen:`,
    text: tree.parameter_count
      ? `training changes the other ${countText(tree.parameter_count)} alone.`
      : "training changes nothing.",
    action: open(
      read,
      most(held, ({ count }) => count),
    ),
  };
};

const shared: Maker = (read) => {
  const { tree } = read;
  const index = tree.parameters.findIndex(({ names, count }) => names.length > 1 && count > 0);
  const found = tree.parameters[index];
  if (!found) return null;
  const users = leaves(tree).filter(({ parameters }) => parameters.includes(index));
  return {
    lead: `${found.names[1]} is ${found.names[0]}:`,
    text: `${counted(found.count, "parameter")} under ${found.names.length} names, which count once and learn from both places.`,
    action: open(
      read,
      users.find((node) => node.index !== read.selected?.index),
    ),
  };
};

const reused: Maker = (read) => {
  const found = most(
    leaves(read.tree).filter(
      ({ kind, call, calls, count }) => kind === "module" && call === 1 && calls > 1 && count,
    ),
    ({ count }) => count,
  );
  if (!found) return null;
  return {
    lead: `${called(found)} runs ${found.calls} times in one pass,`,
    text: `each time with the same ${counted(found.count, "parameter")}, to which each adds its gradient.`,
    action: open(read, found),
  };
};

const rounds: Maker = (read) => {
  const found = read.tree.nodes.find(({ kind }) => kind === "loop");
  if (!found) return null;
  const isFolded = !read.unfolded.has(found.key);
  return {
    lead: `${counted(found.repeats, "round")} of the same in a row:`,
    text: "the first is drawn; work and memory are those of all.",
    action: isFolded
      ? {
          label: "Unfold the loop",
          press: () =>
            read.setUnfolded([
              ...read.unfolded,
              found.key,
              ...ancestors(read.tree, found.index).map(({ key }) => key),
            ]),
        }
      : null,
  };
};

const largest: Maker = (read) => {
  const rows = own(read.visible);
  const found = most(rows, ({ node }) => node.fresh);
  const all = sum(rows.map(({ node }) => node.fresh));
  if (!found?.node.fresh || found.node.fresh === all || found.node.fresh < LARGE * all) return null;
  const { node } = found;
  return {
    lead: `${called(node)} holds ${shareText(node.fresh, all)} of the parameters.`,
    text: node.children.length
      ? `${countText(node.fresh)} of ${countText(all)}: where in it?`
      : node.terms.length && node.terms.length < 4
        ? `${arithmeticText(node)}: ${meaningOf(node)}.`
        : `${countText(node.fresh)} of ${countText(all)}.`,
    action: further(read, found),
  };
};

const meaningOf = ({ type }: Node) =>
  /^Linear/.test(type)
    ? "each of its neurons has a weight for each input"
    : /^Conv/.test(type)
      ? "each output channel has a kernel for each input channel"
      : /^Embedding/.test(type)
        ? "one row for each token that there is"
        : "no other layer has as many";

const work: Maker = (read) => {
  const rows = own(read.visible);
  const busy = most(rows, ({ node }) => node.multiply_adds);
  const big = most(rows, ({ node }) => node.fresh);
  const total = sum(rows.map(({ node }) => node.multiply_adds));
  const all = sum(rows.map(({ node }) => node.fresh));
  if (
    !busy ||
    !big ||
    busy === big ||
    !big.node.fresh ||
    busy.node.multiply_adds < MUCH_WORK * total ||
    !total
  )
    return null;
  return {
    lead: "Work and size lie apart:",
    text: `${called(busy.node)} makes ${shareText(busy.node.multiply_adds, total)} of the multiply–adds with ${shareText(busy.node.fresh, all)} of the parameters, ${called(big.node)} ${shareText(big.node.multiply_adds, total)} with ${shareText(big.node.fresh, all)}.`,
    action: further(read, busy),
  };
};

const uses: Maker = (read) => {
  const { tree } = read;
  const found = most(
    leaves(tree).filter(
      ({ type, terms, multiply_adds }) => /^Conv\d/.test(type) && terms.length && multiply_adds,
    ),
    ({ multiply_adds }) => multiply_adds,
  );
  const weights = tree.parameters[found?.terms[0]?.parameter ?? -1]?.count ?? 0;
  const times = found ? found.multiply_adds / weights / Math.max(1, tree.samples) : 0;
  if (!found || !Number.isInteger(times) || times < 2) return null;
  return {
    lead: `Each weight of ${called(found)} is used ${countText(times)} times for one sample:`,
    text: `once for each pixel that it puts out. ${counted(weights, "weight")} make ${countText(weights * times)} multiply–adds.`,
    action: open(read, found),
  };
};

const memory: Maker = (read) => {
  const { tree } = read;
  const found = most(
    leaves(tree).filter(({ kind }) => kind === "module" || kind === "operation"),
    ({ output_bytes }) => output_bytes,
  );
  if (!found?.output_bytes || !tree.parameter_bytes) return null;
  const ratio = tree.output_bytes / tree.parameter_bytes;
  if (ratio < 1) return null;
  return {
    lead: `What the layers put out takes ${significant(ratio, 2)} times the memory of the weights.`,
    text: `The most, ${bytesText(found.output_bytes)}, comes from ${called(found)}. It grows with the batch, the weights do not.`,
    action: open(read, found),
  };
};

const mode: Maker = (read) => {
  const { tree } = read;
  const of = (pattern: RegExp) =>
    leaves(tree).filter(({ type, kind }) => kind === "module" && pattern.test(type));
  const [drops, norms] = [of(/^(Alpha|FeatureAlpha)?Dropout/), of(/^(Lazy|Sync)?BatchNorm/)];
  const first = drops[0] ?? norms[0];
  if (!first) return null;
  const isTraining = tree.mode === "training";
  const parts = [
    drops.length &&
      `${counted(drops.length, "dropout layer")} ${isTraining ? "put zeros at random places" : drops.length > 1 ? "do nothing" : "does nothing"}`,
    norms.length &&
      `batch normalisation uses ${isTraining ? "the statistics of this batch" : "its running statistics"}`,
  ].filter(Boolean);
  return {
    lead: `It ran in ${tree.mode} mode:`,
    text: `${parts.join(", and ")}.`,
    action: open(read, first),
  };
};

const guess: Maker = ({ tree, store, settings }) => {
  if (!tree.parameter_count || settings.guessing) return null;
  return {
    lead: "Try this:",
    text: "hide the counts, and work out from the shapes alone how many parameters it has.",
    action: {
      label: "Guess the count",
      press: () => store.set({ guessing: true, guess: null, revealed: 0 }),
    },
  };
};

const MAKERS: Record<string, Maker> = {
  odd,
  zeros,
  still,
  vanishing,
  pace,
  idle,
  frozen,
  shared,
  reused,
  rounds,
  largest,
  work,
  uses,
  memory,
  mode,
  "no gradients": noGradients,
  guess,
};

export function hintsOf(anatomy: Anatomy): readonly Hint[] {
  const { tree, visible } = anatomy;
  if (!tree || !visible) return [];
  const read: Read = { ...anatomy, tree, visible };
  return Object.entries(MAKERS).flatMap(([kind, make]) => {
    const hint = make(read);
    return hint ? [{ kind, ...hint }] : [];
  });
}
