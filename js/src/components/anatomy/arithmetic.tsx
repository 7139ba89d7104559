// How many parameters a layer has, and of what they are the product.
import type { TermTrait } from "../../generated/protocol";
import { counted, countText, UNKNOWN } from "./texts";
import type { Node, Tree } from "./tree";

interface Props {
  tree: Tree;
  node: Node;
  /** To be guessed. */
  hidden: boolean;
}

/** The name of a parameter within its layer, by which it is known there. */
function ownName(tree: Tree, node: Node, parameter: number): string {
  const names = tree.parameters[parameter]?.names ?? [];
  const own = names.find((name) => !node.name || name.startsWith(`${node.name}.`)) ?? names[0] ?? "";
  return node.name && own.startsWith(`${node.name}.`) ? own.slice(node.name.length + 1) : own;
}

export function Arithmetic({ tree, node, hidden }: Props) {
  const { terms, count, trainable } = node;
  if (hidden)
    return (
      <p class="nnw-in-count nnw-2nd">
        <b data-n="inside.count">{UNKNOWN}</b> parameters: guess first
      </p>
    );
  if (!count) return <p class="nnw-in-count nnw-2nd">no parameters</p>;
  const frozen = count - trainable;
  return (
    <div class="nnw-in-arithmetic">
      {terms.map((term) => (
        <Term key={term.parameter} name={ownName(tree, node, term.parameter)} term={term} />
      ))}
      <div class="nnw-in-total">
        <b data-n="inside.count">{countText(count)}</b> {count === 1 ? "parameter" : "parameters"}
        {frozen ? (
          <span class="nnw-2nd">, {frozen === count ? "frozen" : `${countText(frozen)} frozen`}</span>
        ) : null}
      </div>
    </div>
  );
}

const product = (factors: readonly number[]) => factors.reduce((all, each) => all * each, 1);

/** A summand: its factors, and under each what it counts. */
function Term({ name, term: { factors, meanings } }: { name: string; term: TermTrait }) {
  return (
    <div class="nnw-in-term-row">
      <span class="nnw-s nnw-in-name" title={name}>
        {name}
      </span>
      <span class="nnw-in-factors">
        {factors.map((factor, at) => (
          // The same number may stand twice: its place is what tells them apart.
          <span key={at} class="nnw-in-factor">
            <span>
              {at ? <i>×</i> : null}
              {countText(factor)}
            </span>
            <span class="nnw-2nd">{meanings[at] ?? ""}</span>
          </span>
        ))}
        {factors.length > 1 ? (
          <span class="nnw-in-factor">
            <span>
              <i>=</i>
              <b>{countText(product(factors))}</b>
            </span>
          </span>
        ) : null}
      </span>
    </div>
  );
}

/** Layers that use one of the same parameters. */
export function sharesOf(tree: Tree, node: Node): { node: Node; names: string[] }[] {
  return node.shares.flatMap((index) => {
    const other = tree.nodes[index];
    if (!other || other === node) return [];
    const names = node.parameters
      .filter((each) => other.parameters.includes(each))
      .map((each) => ownName(tree, node, each));
    return [{ node: other, names }];
  });
}

export const productsText = (count: number) => counted(count, "multiply–add");
