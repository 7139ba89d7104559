// How many parameters a layer has, and of what they are the product.
import type { TermTrait } from "../../generated/protocol";
import { ownName } from "./arrays";
import { countText, termText, UNKNOWN } from "./texts";
import type { Node, Tree } from "./tree";

interface Props {
  tree: Tree;
  node: Node;
  /** To be guessed. */
  hidden: boolean;
}

/** What a parameter is called within its layer. */
function nameOf(tree: Tree, { name: layer }: Node, parameter: number): string {
  const names = tree.parameters[parameter]?.names ?? [];
  return ownName(names.find((name) => name.startsWith(`${layer}.`)) ?? names[0] ?? "", layer);
}

export function Arithmetic({ tree, node, hidden }: Props) {
  const { terms, count, trainable } = node;
  if (hidden)
    return (
      <p class="nnw-in-count nnw-2nd">
        <b data-n="inside.count">{UNKNOWN}</b> parameters: not revealed yet
      </p>
    );
  if (!count) return <p class="nnw-in-count nnw-2nd">no parameters</p>;
  const frozen = count - trainable;
  return (
    <div class="nnw-in-arithmetic">
      {terms.map((term) => (
        <Term key={term.parameter} name={nameOf(tree, node, term.parameter)} term={term} />
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

/** A summand: its factors, and below them what they count. */
function Term({ name, term }: { name: string; term: TermTrait }) {
  const { factors, meanings } = term;
  return (
    <div class="nnw-in-term-row">
      <span class="nnw-s nnw-in-name" title={name}>
        {name}
      </span>
      <span>
        <span data-n={`inside.${name}.count`}>{termText(term)}</span>
        {factors.length > 1 ? ` = ${countText(product(factors))}` : ""}
        <small class="nnw-2nd">{meanings.join(" × ")}</small>
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
      .map((each) => nameOf(tree, node, each));
    return [{ node: other, names }];
  });
}
