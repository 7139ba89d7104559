// What a row of the ledger says, in words: the same on screen and in a file.
import { scientific, significant } from "../../draw/format";
import type { RowTrait } from "../../generated/protocol";
import { amountOf } from "./cells";
import type { Measure } from "./columns";
import type { Guess } from "./guess";
import {
  arithmeticText,
  bytesText,
  counted,
  countText,
  fullName,
  nodeName,
  shapesText,
  shareText,
  shortCount,
  tensorText,
  termsText,
  UNKNOWN,
} from "./texts";
import { ancestors, type Node, type Tree } from "./tree";

export interface Line {
  readonly name: string;
  /** Which call of its module it is, "" for the only one. */
  readonly call: string;
  readonly type: string;
  /** What there is to say of it, or the arithmetic that a guess is compared with. */
  readonly detail: string;
  /** The same without its result, where there is little room: that stands beside it in any case. */
  readonly brief: string;
  readonly shape: string;
  /** Whether its amounts are not to be seen yet. */
  readonly hidden: boolean;
}

/** The name within what it lies in: "0.conv1" in "layer1", where "layer1.0" is no node, as no list of modules is one. */
function nameWithin(node: Node, tree: Tree): string {
  if (!node.name || !["module", "container", "idle", "parameter"].includes(node.kind)) return nodeName(node);
  const around = ancestors(tree, node.index).find(({ kind, name }) => kind === "container" && name);
  return around && node.name.startsWith(`${around.name}.`)
    ? node.name.slice(around.name.length + 1)
    : node.name;
}

/** So many letters fit into the column. */
const LONGEST_SHAPE = 20;

/** Two shapes where they have room, else the first. */
function shapeOf({ outputs }: Node, samples: number): string {
  const text = shapesText(outputs, samples);
  return text.length > LONGEST_SHAPE ? shapesText(outputs, samples, 1) : text;
}

export function lineOf(node: Node, tree: Tree, guess: Guess): Line {
  const name = nameWithin(node, tree);
  const isEnd = node.kind === "input" || node.kind === "output";
  const hidden = guess.hides(node);
  const isRevealed = guess.phase !== "off" && !hidden && node.terms.length > 0 && !node.children.length;
  const call = node.call > 1 ? ` #${node.call}` : "";
  return {
    name,
    call,
    type: isEnd || node.type === name ? "" : node.type,
    detail: isRevealed ? arithmeticText(node) : node.detail,
    brief: isRevealed ? termsText(node) : node.detail,
    shape: node.kind === "idle" ? "did not run" : shapeOf(node, tree.samples),
    hidden,
  };
}

/** An amount in as many letters as its column has, in brackets where a part was counted above; "" for none at all. */
export function amountText(node: Node, measure: Measure, hidden: boolean): string {
  if (hidden) return UNKNOWN;
  const amount = amountOf(node, measure);
  if (!amount) return "";
  if (measure !== "parameters") return measure === "memory" ? bytesText(amount) : shortCount(amount);
  return node.fresh < node.count ? `(${countText(amount)})` : countText(amount);
}

// --- what a pointer is told ---

export const nameTitle = (node: Node) =>
  [
    fullName(node),
    [node.type === node.kind ? "" : node.type, node.detail].filter(Boolean).join(" "),
    node.calls > 1 ? `call ${node.call} of ${node.calls}` : "",
    node.kind === "loop" ? `${counted(node.repeats, "round")}, of which the first is shown` : "",
  ]
    .filter(Boolean)
    .join("\n");

export const shapeTitle = ({ inputs, outputs, kind }: Node) =>
  kind === "idle"
    ? "No call of it with this input"
    : [
        ...inputs.map((each) => `in ${tensorText(each)}`),
        ...outputs.map((each) => `out ${tensorText(each)}`),
      ].join("\n");

export function amountTitle(node: Node, measure: Measure, tree: Tree): string {
  if (measure === "multiply_adds")
    return `${counted(node.multiply_adds, "multiply–add")}: ${shareText(node.multiply_adds, tree.multiply_adds)} of all`;
  if (measure === "memory")
    return `${bytesText(node.parameter_bytes)} of weights, ${bytesText(node.output_bytes)} put out`;
  const { count, trainable, fresh } = node;
  return [
    `${counted(count, "parameter")}: ${shareText(count, tree.parameter_count + tree.frozen)} of all`,
    trainable < count ? `${countText(count - trainable)} of them frozen` : "",
    fresh < count ? `${countText(count - fresh)} of them shared with a layer above, and counted there` : "",
  ]
    .filter(Boolean)
    .join("\n");
}

const small = (value: number) => (value < 1e-3 ? scientific(value, 2) : significant(value, 2));

export const spreadTitle = ({ weights, low, high, update }: RowTrait) =>
  [
    `weights from ${significant(low, 3)} to ${significant(high, 3)}`,
    weights === null ? "" : `root mean square ${significant(weights, 3)}`,
    update === null ? "" : `the last step changed it by ${small(100 * update)}\u2009% of that`,
  ]
    .filter(Boolean)
    .join("\n");

export const gradientTitle = ({ gradients, weights }: RowTrait) =>
  gradients === null
    ? "no gradient"
    : `gradient: root mean square ${small(gradients)}${weights ? `, ${small((100 * gradients) / weights)}\u2009% of the weights'` : ""}`;
