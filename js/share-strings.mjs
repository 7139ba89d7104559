// Texts that stand in many places of a bundle are written once, and named where they are used: it is shorter by some
// kilobytes, and the same program.

/** What a name comes to, and what the declaration of one adds to its text. */
const NAME = 2.3;
const COMPUTED_KEY = NAME + 2;
const DECLARATION = 4;
/** Less is not worth a name. */
const LEAST_GAIN = 2;

/** Changes the ESTree of a module, and returns it. */
export function shareStrings(tree) {
  const declarations = [];
  for (const [value, places] of textsOf(tree)) {
    const size = Buffer.byteLength(JSON.stringify(value));
    const spared = places.reduce((sum, { isKey }) => sum + size - (isKey ? COMPUTED_KEY : NAME), 0);
    if (spared - size - DECLARATION < LEAST_GAIN) continue;
    const name = { type: "Identifier", name: `$text${declarations.length}` };
    declarations.push({ type: "VariableDeclarator", id: name, init: { type: "Literal", value } });
    for (const { replace } of places) replace(name);
  }
  if (declarations.length) tree.body.unshift({ type: "VariableDeclaration", kind: "const", declarations });
  return tree;
}

/** Each text with the places where it stands, but for those that have to be texts. */
function textsOf(tree) {
  const texts = new Map();
  const isNode = (value) => typeof value?.type === "string";
  function visit(node, replace, isKey = false) {
    if (node.type === "Literal" && typeof node.value === "string" && node.value !== "__proto__")
      texts.set(node.value, [...(texts.get(node.value) ?? []), { replace, isKey }]);
    if (node.directive || node.source) return;
    for (const [name, value] of Object.entries(node)) {
      const key = name === "key" && !node.computed;
      if (Array.isArray(value)) {
        value.forEach((each, index) => {
          if (isNode(each)) visit(each, (other) => value.splice(index, 1, other));
        });
      } else if (isNode(value)) {
        visit(
          value,
          (other) => {
            node[name] = other;
            if (key) node.computed = true;
          },
          key,
        );
      }
    }
  }
  visit(tree);
  return texts;
}
