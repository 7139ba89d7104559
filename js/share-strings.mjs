// Texts that stand in many places of a bundle are written once, and named where they are used: it is shorter by some
// kilobytes, and the same program. Names of properties stay: objects with computed ones are made more slowly.

/** What a name comes to, and what the declaration of one adds to its text. */
const NAME = 2.3;
const DECLARATION = 4;
/** Less is not worth a name. */
const LEAST_GAIN = 2;

/** Changes the ESTree of a module, and returns it. */
export function shareStrings(tree) {
  const declarations = [];
  for (const [value, places] of textsOf(tree)) {
    const size = Buffer.byteLength(JSON.stringify(value));
    if (places.length * (size - NAME) - size - DECLARATION < LEAST_GAIN) continue;
    const name = { type: "Identifier", name: `$text${declarations.length}` };
    declarations.push({ type: "VariableDeclarator", id: name, init: { type: "Literal", value } });
    for (const put of places) put(name);
  }
  if (declarations.length) tree.body.unshift({ type: "VariableDeclaration", kind: "const", declarations });
  return tree;
}

/** Each text, and how to put something else into each of the places where it stands. */
function textsOf(tree) {
  const texts = new Map();
  function visit(node, put) {
    if (typeof node?.type !== "string" || node.directive || node.source) return;
    if (node.type === "Literal" && typeof node.value === "string")
      texts.set(node.value, [...(texts.get(node.value) ?? []), put]);
    for (const [name, value] of Object.entries(node)) {
      if (name === "key" && !node.computed) continue;
      if (Array.isArray(value))
        for (const [index, each] of value.entries()) visit(each, (other) => value.splice(index, 1, other));
      else
        visit(value, (other) => {
          node[name] = other;
        });
    }
  }
  visit(tree);
  return texts;
}
