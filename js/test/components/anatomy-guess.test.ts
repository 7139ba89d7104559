import { describe, expect, it } from "vitest";
import {
  guessOf,
  lastOf,
  mistakeOf,
  nextOf,
  parseGuess,
  stepsOf,
  termsOf,
  verdictOf,
} from "../../src/components/anatomy/guess";
import { offText } from "../../src/components/anatomy/guess-card";
import { arithmeticText } from "../../src/components/anatomy/texts";
import { type Tree, visibleOf } from "../../src/components/anatomy/tree";
import type { AnatomyParameterTrait } from "../../src/generated/protocol";
import {
  anatomyTrait,
  denseTrait,
  nodeTrait,
  recordedNames,
  recordedTrait,
  treeOf,
} from "../anatomy-fixture";

const dense = treeOf(denseTrait());
const plain = (text: string) => text.replaceAll("\u2009", " ");
const guessed = (tree: Tree, guess: number | null, revealed = 0) =>
  guessOf(tree, { guessing: true, guess, revealed });
const hidden = (tree: Tree, guess: number | null, revealed = 0) => {
  const found = guessed(tree, guess, revealed);
  return tree.nodes.filter((node) => found.hides(node)).map(({ key }) => key);
};

const parameter = (shape: number[], changes: Partial<AnatomyParameterTrait> = {}): AnatomyParameterTrait => ({
  names: ["weight"],
  shape,
  dtype: "float32",
  trainable: true,
  count: shape.reduce((all, each) => all * each, 1),
  ...changes,
});

/** Two blocks of a convolution and its normalisation, a head that is tied to an embedding, and a frozen layer. */
const parameters = [
  parameter([4, 3, 3, 3], { names: ["block.conv.weight"] }), // 108
  parameter([4], { names: ["block.norm.weight"] }),
  parameter([4], { names: ["block.norm.bias"] }),
  parameter([10, 8], { names: ["embed.weight", "head.weight"] }), // 80
  parameter([10], { names: ["head.bias"] }),
  parameter([5, 5], { names: ["fixed.weight"], trainable: false }), // 25
  parameter([7], { names: ["lost"] }),
];
const mixed = treeOf(
  anatomyTrait({
    parameters,
    parameter_count: 108 + 8 + 80 + 10 + 7,
    frozen: 25,
    nodes: [
      nodeTrait({ key: ":input", kind: "input" }),
      nodeTrait({ key: "block", kind: "container", type: "Block", parameters: [0, 1, 2] }),
      nodeTrait({ key: "block.conv", parent: 1, type: "Conv2d", parameters: [0] }),
      nodeTrait({ key: "block.norm", parent: 1, type: "BatchNorm2d", parameters: [1, 2] }),
      nodeTrait({ key: "embed", type: "Embedding", parameters: [3] }),
      nodeTrait({ key: "fixed", parameters: [5] }),
      nodeTrait({
        key: "head",
        parameters: [3, 4],
        terms: [
          { parameter: 3, factors: [8, 10], meanings: [] },
          { parameter: 4, factors: [10], meanings: [] },
        ],
      }),
      nodeTrait({ key: ":output", kind: "output" }),
    ],
  }),
);

describe("what is revealed", () => {
  it("is a layer with parameters at a time, and nothing is hidden at the end", () => {
    expect(stepsOf(dense).map(({ node, count }) => [node.key, count])).toEqual([
      ["0", 50240],
      ["2", 4160],
      ["4", 650],
    ]);
    const all = [":input", "0", "1", "2", "3", "4", ":output"];
    expect(hidden(dense, null)).toEqual(all);
    // Nor is it told where something is to be counted.
    expect(hidden(dense, 50816)).toEqual(["0", "1", "2", "3", "4", ":output"]);
    expect(hidden(dense, 50816, 1)).toEqual(["2", "3", "4", ":output"]);
    expect(hidden(dense, 50816, 2)).toEqual(["4", ":output"]);
    expect(hidden(dense, 50816, 3)).toEqual([]);
    const phases = [guessed(dense, null), guessed(dense, 1), guessed(dense, 1, 3), guessed(dense, 1, 99)];
    expect(phases.map(({ phase }) => phase)).toEqual(["asking", "revealing", "over", "over"]);
    expect([0, 1, 2, 3].map((revealed) => guessed(dense, 1, revealed).total)).toEqual([
      0, 50240, 54400, 55050,
    ]);
  });

  it("is nothing of a reader who does not guess, whatever else is set", () => {
    const open = guessOf(dense, { guessing: false, guess: 3, revealed: 1 });
    expect(open.phase).toBe("off");
    expect(dense.nodes.some((node) => open.hides(node))).toBe(false);
    expect(guessOf(null, { guessing: true, guess: null, revealed: 0 }).phase).toBe("off");
  });

  it("counts each parameter where it is used first, only those that are trained, and the rest at the end", () => {
    const guess = guessed(mixed, 1, 9);
    expect(guess.steps.map(({ node, count }) => [node.key, count])).toEqual([
      ["block.conv", 108],
      ["block.norm", 8],
      ["embed", 80],
      ["head", 10],
    ]);
    expect([guess.total, guess.rest, guess.target]).toEqual([206, 7, 213]);
    const head = guess.steps[3];
    expect(head && termsOf(head).map(({ factors }) => factors)).toEqual([[10]]);
  });

  it("hides a container as long as one of its layers is hidden", () => {
    expect(hidden(mixed, 1, 1)).toContain("block");
    expect(hidden(mixed, 1, 1)).not.toContain("block.conv");
    expect(hidden(mixed, 1, 2)).not.toContain("block");
  });

  it("comes with one press for all that is folded in a line", () => {
    const folded = visibleOf(mixed, new Set());
    const open = visibleOf(mixed, new Set(["block"]));
    expect(nextOf(guessed(mixed, 1), folded)).toMatchObject({ node: { key: "block" }, to: 2 });
    expect(nextOf(guessed(mixed, 1), open)).toMatchObject({ node: { key: "block.conv" }, to: 1 });
    expect(nextOf(guessed(mixed, 1, 3), folded)).toMatchObject({ node: { key: "head" }, to: 4 });
    expect(nextOf(guessed(mixed, 1, 4), folded)).toBeNull();
    expect(lastOf(guessed(mixed, 1), folded)).toBeNull();
    const last = lastOf(guessed(mixed, 1, 2), folded);
    expect([last?.node.key, last?.steps.map(({ count }) => count)]).toEqual(["block", [108, 8]]);
    expect(lastOf(guessed(mixed, 1, 2), open)?.steps.map(({ count }) => count)).toEqual([8]);
  });
});

describe("what Python has read", () => {
  it.each(recordedNames)("of %s is revealed until it is all that counts", (name) => {
    const tree = treeOf(recordedTrait(name));
    const before = guessed(tree, 1);
    const all = guessed(tree, 1, before.steps.length);
    expect([all.phase, all.total + all.rest]).toEqual(["over", tree.parameter_count]);
    // Each press reveals something, and as many as there are lines are enough.
    const visible = visibleOf(tree, new Set(tree.unfolded));
    let presses = 0;
    for (let at = 0; at < before.steps.length; presses++) {
      const to = nextOf(guessed(tree, 1, at), visible)?.to ?? 0;
      expect(to).toBeGreaterThan(at);
      expect(lastOf(guessed(tree, 1, to), visible)?.steps.at(-1)).toBe(before.steps[to - 1]);
      at = to;
    }
    expect(presses).toBeLessThanOrEqual(visible.rows.length);
    // What a leaf brings is the sum of its products.
    for (const step of before.steps) {
      const terms = termsOf(step).map(({ factors }) => factors.reduce((product, each) => product * each, 1));
      if (terms.length) expect(terms.reduce((sum, each) => sum + each, 0)).toBe(step.count);
    }
  });

  it("is of the chapter's network its arithmetic", () => {
    const steps = stepsOf(treeOf(recordedTrait("dense")));
    const written = steps.map((step) =>
      plain(arithmeticText({ terms: [...termsOf(step)], count: step.count })),
    );
    expect(written).toEqual(["784 × 64 + 64 = 50,240", "64 × 64 + 64 = 4,160", "64 × 10 + 10 = 650"]);
  });
});

describe("the verdict", () => {
  const said = (guess: number) => plain(offText(verdictOf(dense, guess)));

  it("says how far off it is", () => {
    expect(said(55050)).toBe("exactly right");
    expect(said(50816)).toBe("4,234 too few (7.7 %)");
    expect(said(55051)).toBe("1 too many (0.002 %)");
    expect(said(110100)).toBe("55,050 too many (2 times as many)");
    expect(said(0)).toBe("55,050 too few (100.0 %)");
    expect(verdictOf(dense, 55050).mistake).toBeNull();
  });

  it("knows by which mistake a number comes out", () => {
    const weights = 784 * 64 + 64 * 64 + 64 * 10;
    const mistakes: [number, RegExp][] = [
      [weights, /biases are missing/],
      [64 + 64 + 10, /biases alone/],
      [784 + 64 + 64 + 10, /inputs and neurons/],
      [weights + 3, /one bias for each layer/],
      [784 + 64 + 64 + 64 + 64 + 10 + 138, /added where they have to be multiplied/],
      [4 * 55050, /bytes/],
      [55050 - 650, /^4 \(Linear\) is missing/],
      [50816, /^2 \(Linear\) and all biases are missing/],
    ];
    for (const [guess, mistake] of mistakes)
      expect([guess, mistakeOf(dense, guess)]).toEqual([guess, expect.stringMatching(mistake)]);
    expect(mistakeOf(dense, 55051)).toBeNull();
    expect(mistakeOf(dense, 0)).toBeNull();
  });

  it("knows those of convolutions, of what is shared, and of what is frozen", () => {
    const mistakes: [number, RegExp][] = [
      [213 + 80, /shared|share/],
      [213 + 25, /frozen/],
      [108 + 80 + 10, /normalisation/],
      [4 * 9 + 4 + 4 + 80 + 10, /one kernel for each output channel/],
    ];
    for (const [guess, mistake] of mistakes)
      expect([guess, mistakeOf(mixed, guess)]).toEqual([guess, expect.stringMatching(mistake)]);
  });
});

describe("what is typed", () => {
  it("is a number as people write it", () => {
    const numbers = ["55050", "55,050", " 55 050 ", "55_050", "55\u2009050", "25.6M", "25,6 M", "55k", "0"];
    expect(numbers.map(parseGuess)).toEqual([
      55050, 55050, 55050, 55050, 55050, 25600000, 25600000, 55000, 0,
    ]);
  });

  it("is its arithmetic", () => {
    expect(parseGuess("784*64 + 64 + 64×64 + 64 + 64x10 + 10")).toBe(55050);
    expect(parseGuess("(784 + 1) · 64 + 65*64 + 65*10")).toBe(55050);
    expect(parseGuess("2*(3 - (1 + 1))")).toBe(2);
    expect(parseGuess("100 − 1")).toBe(99);
  });

  it("is nothing else", () => {
    for (const text of [
      "",
      "many",
      "1/2",
      "3.5",
      "-5",
      "1 2",
      "(1",
      "1)",
      "2*",
      "*2",
      "1..2",
      "2**3",
      "1e999",
      "9".repeat(40),
      "1+-",
    ])
      expect([text, parseGuess(text)]).toEqual([text, null]);
  });
});
