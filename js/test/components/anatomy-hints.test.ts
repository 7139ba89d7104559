import { describe, expect, it } from "vitest";
import { type Hint, hintsOf } from "../../src/components/anatomy/hints";
import type { Anatomy } from "../../src/components/anatomy/state";
import { visibleOf } from "../../src/components/anatomy/tree";
import type {
  AnatomyTrait,
  InsideTrait,
  NodeTrait,
  NumbersTrait,
  RowTrait,
  SpreadTrait,
} from "../../src/generated/protocol";
import {
  anatomyTrait,
  DEFAULTS,
  denseTrait,
  nodeTrait,
  numbersTrait,
  recordedNames,
  recordedTrait,
  treeOf,
} from "../anatomy-fixture";

const plain = (text: string) => text.replaceAll("\u2009", " ");

interface State {
  unfolded?: string[];
  selected?: string;
  numbers?: Partial<NumbersTrait>;
  spreads?: Partial<SpreadTrait>[];
  there?: boolean;
  guessing?: boolean;
}

/** What a view has of a model, and what its actions have done. */
function viewOf(trait: AnatomyTrait, state: State = {}) {
  const tree = treeOf(trait);
  const unfolded = new Set(state.unfolded ?? []);
  const done: unknown[][] = [];
  const note =
    (name: string) =>
    (...values: unknown[]) =>
      done.push([name, ...values.map((each) => (each as { key?: string } | null)?.key ?? each)]);
  const selected = tree.nodes[tree.byKey.get(state.selected ?? "?") ?? -1] ?? null;
  const spreads = (state.spreads ?? []).map((each) => spread(each));
  const anatomy = {
    tree,
    unfolded,
    visible: visibleOf(tree, unfolded),
    selected,
    settings: { ...DEFAULTS, guessing: state.guessing ?? false },
    numbers: state.numbers ? numbersTrait(state.numbers) : null,
    inside: selected ? ({ asked: { selected: selected.key }, spreads } as unknown as InsideTrait) : null,
    there: state.there ?? true,
    store: { set: note("set"), kernel: { tell: note("tell") } },
    fold: note("fold"),
    reveal: note("reveal"),
    select: note("select"),
    setUnfolded: note("setUnfolded"),
  } as unknown as Anatomy;
  return { anatomy, done };
}

const spread = (changes: Partial<SpreadTrait>): SpreadTrait => ({
  role: "output",
  name: "output",
  size: 100,
  odd: 0,
  zeros: 0,
  mean: 0,
  deviation: 1,
  low: -1,
  high: 1,
  counts: [],
  ...changes,
});

const rowTrait = (node: number, changes: Partial<RowTrait>): RowTrait => ({
  node,
  weights: 1,
  gradients: null,
  update: null,
  low: -1,
  high: 1,
  counts: [],
  ...changes,
});

const kinds = (trait: AnatomyTrait, state?: State) =>
  hintsOf(viewOf(trait, state).anatomy).map(({ kind }) => kind);

/** The sentence of one kind, and what its action does. */
function hint(kind: string, trait: AnatomyTrait, state: State = {}) {
  const { anatomy, done } = viewOf(trait, state);
  const found = hintsOf(anatomy).find((each) => each.kind === kind) as Hint;
  found?.action?.press();
  return found && { said: plain(`${found.lead} ${found.text}`), label: found.action?.label, done };
}

const dense = denseTrait();
const [FIRST, SECOND, LAST] = [1, 3, 5];

const parameter = (names: string[], count: number, trainable = true) => ({
  names,
  shape: [count],
  dtype: "float32",
  trainable,
  count,
});

/** Leaves, each with parameters of its own. */
function modelOf(leaves: Partial<NodeTrait>[], changes: Partial<AnatomyTrait> = {}): AnatomyTrait {
  const parameters = leaves.map(({ key, count = 0 }) => parameter([`${key}.weight`], count));
  const nodes = leaves.map((leaf, index) =>
    nodeTrait({
      ...(leaf.count ? { parameters: [index], fresh: leaf.count, trainable: leaf.count } : {}),
      ...leaf,
    }),
  );
  const total = nodes.reduce((all, node) => all + (node.fresh || 0), 0);
  return anatomyTrait({ nodes, parameters, parameter_count: total, parameter_bytes: 4 * total, ...changes });
}

describe("of a model", () => {
  it("says which layer holds the most parameters, and why", () => {
    expect(hint("largest", dense)).toEqual({
      said: "0 (Linear) holds 91 % of the parameters. 784 × 64 + 64 = 50,240: each of its neurons has a weight for each input.",
      label: "Open 0 (Linear)",
      done: [
        ["reveal", "0"],
        ["select", "0"],
      ],
    });
    // Of layers that are alike there is none.
    expect(kinds(denseTrait([8, 8, 8, 8, 8, 8]))).not.toContain("largest");
  });

  it("leads into a folded container, and on from one that is unfolded", () => {
    const model = modelOf([
      { key: "stem", count: 10 },
      { key: "body", kind: "container", type: "Block", count: 90 },
      { key: "body.a", parent: 1, count: 60 },
      { key: "body.b", parent: 1, count: 30 },
    ]);
    model.nodes[1] = nodeTrait({ ...model.nodes[1], parameters: [2, 3], fresh: 90 });
    expect(hint("largest", model)).toMatchObject({
      said: "body holds 90 % of the parameters. 90 of 100: where in it?",
      label: "Unfold body",
      done: [["fold", "body", false]],
    });
    expect(hint("largest", model, { unfolded: ["body"] })).toMatchObject({
      said: "body.a holds 60 % of the parameters. 60 of 100.",
      label: "Open body.a",
    });
  });

  it("says where work and size lie apart", () => {
    const model = modelOf([
      { key: "conv", type: "Conv2d", count: 100, multiply_adds: 9000 },
      { key: "fc", count: 900, multiply_adds: 1000 },
    ]);
    expect(hint("work", model)).toMatchObject({
      said: "Work and size lie apart: conv makes 90 % of the multiply–adds with 10 % of the parameters, fc 10 % with 90 %.",
      label: "Open conv",
    });
    expect(kinds(dense)).not.toContain("work");
  });

  it("says how often a convolution uses each of its weights", () => {
    const model = modelOf(
      [
        {
          key: "conv",
          type: "Conv2d",
          count: 9408,
          multiply_adds: 2 * 9408 * 112 * 112,
          terms: [{ parameter: 0, factors: [9408], meanings: [] }],
        },
      ],
      { samples: 2 },
    );
    expect(hint("uses", model)?.said).toBe(
      "Each weight of conv is used 12,544 times for one sample: once for each pixel that it puts out. 9,408 weights make 118,013,952 multiply–adds.",
    );
  });

  it("compares what is put out with the weights", () => {
    const model = modelOf(
      [
        { key: "a", count: 25, output_bytes: 1000 },
        { key: "b", type: "ReLU", output_bytes: 200 },
      ],
      { output_bytes: 1200 },
    );
    expect(hint("memory", model)).toMatchObject({
      said: "What the layers put out takes 12 times the memory of the weights. The most, 1.00 kB, comes from a. It grows with the batch, the weights do not.",
      label: "Open a",
    });
  });

  it("says what its mode means", () => {
    const model = (mode: AnatomyTrait["mode"]) =>
      modelOf(
        [
          { key: "drop", type: "Dropout" },
          { key: "norm", type: "BatchNorm2d", count: 8 },
        ],
        { mode },
      );
    expect(hint("mode", model("evaluation"))?.said).toBe(
      "It ran in evaluation mode: 1 dropout layer does nothing, and batch normalisation uses its running statistics.",
    );
    expect(hint("mode", model("training"))?.said).toBe(
      "It ran in training mode: 1 dropout layer put zeros at random places, and batch normalisation uses the statistics of this batch.",
    );
    expect(kinds(dense)).not.toContain("mode");
  });

  it("says what is shared, and leads to the other place", () => {
    const model = modelOf([{ key: "embed", count: 80 }, { key: "head" }]);
    model.parameters = [parameter(["embed.weight", "head.weight"], 80)];
    model.nodes = model.nodes.map((node) => ({ ...node, parameters: [0] }));
    expect(hint("shared", model)).toMatchObject({
      said: "head.weight is embed.weight: 80 parameters under 2 names, which count once and learn from both places.",
      label: "Open embed",
    });
    expect(hint("shared", model, { selected: "embed" })?.label).toBe("Open head");
  });

  it("says what runs more than once, by itself or in a loop", () => {
    const model = modelOf([
      { key: "cell", count: 40, calls: 3 },
      { key: "cell#2", call: 2, calls: 3 },
      { key: "loop", kind: "loop", repeats: 20 },
      { key: "rnn", parent: 2 },
    ]);
    expect(hint("reused", model)?.said).toBe(
      "cell runs 3 times in one pass, each time with the same 40 parameters, to which each adds its gradient.",
    );
    expect(hint("rounds", model)).toMatchObject({
      said: "20 rounds of the same in a row: the first is drawn; work and memory are those of all.",
      done: [["setUnfolded", ["loop"]]],
    });
  });

  it("says what did not run, unless the whole model stopped", () => {
    const leaves = [
      { key: "used", count: 10 },
      { key: "aux", kind: "idle" as const, count: 6 },
    ];
    expect(hint("idle", modelOf(leaves))?.said).toBe(
      "aux did not run with this input: 6 parameters that count, and get no gradient from it.",
    );
    expect(kinds(modelOf(leaves, { failed: "used" }))).not.toContain("idle");
  });

  it("says what is frozen, and where there is nothing to train", () => {
    const held = (trained: number) => {
      const model = modelOf([
        { key: "body", count: 75, trainable: 0 },
        { key: "head", count: 25, trainable: trained },
      ]);
      return { ...model, parameter_count: trained, frozen: 100 - trained };
    };
    expect(hint("frozen", held(25))).toMatchObject({
      said: "75 of 100 parameters are frozen: training changes the other 25 alone.",
      label: "Open body",
    });
    expect(hint("frozen", held(0))?.said).toBe("All 100 parameters are frozen: training changes nothing.");
    expect(hint("frozen", modelOf([{ key: "pool", output_bytes: 4 }]))?.said).toMatch(
      /^It has no parameters:/,
    );
    expect(kinds(dense)).not.toContain("frozen");
  });

  it("has something to try that needs no measurement", () => {
    const { done, label } = hint("guess", dense) as { done: unknown[]; label: string };
    expect(label).toBe("Guess the count");
    expect(done).toEqual([["set", { guessing: true, guess: null, revealed: 0 }]]);
    expect(kinds(dense, { guessing: true })).not.toContain("guess");
    expect(kinds(modelOf([{ key: "pool" }]))).not.toContain("guess");
  });
});

describe("of the open layer", () => {
  it("says how much of what it puts out is zero", () => {
    const zeros = (share: number) => hint("zeros", dense, { selected: "1", spreads: [{ zeros: share }] });
    expect(zeros(94)).toMatchObject({
      said: "94 % of what 1 (ReLU) puts out is 0. A ReLU lets through what is positive alone; where it puts out 0 no gradient comes back either.",
      label: "Open 0 (Linear)",
    });
    expect(zeros(100)?.said).toBe(
      "100 % of what 1 (ReLU) puts out is 0. What comes after it learns nothing of this input.",
    );
    expect(zeros(49)).toBeUndefined();
    expect(hint("zeros", dense, { selected: "1", spreads: [{ zeros: 99, role: "input" }] })).toBeUndefined();
  });

  it("says what is no number, first of all", () => {
    const state: State = {
      selected: "0",
      spreads: [{ role: "weight", name: "0.weight", odd: 3 }, { zeros: 100 }],
    };
    expect(hint("odd", dense, state)?.said).toBe(
      "3 of 100 numbers in 0.weight are infinite or NaN. What is computed from them is, too.",
    );
    expect(kinds(dense, state).slice(0, 2)).toEqual(["odd", "zeros"]);
    expect(
      hint("odd", dense, { selected: "1", spreads: [{ role: "input", name: "input", odd: 1 }] }),
    ).toMatchObject({
      said: "1 of 100 numbers in input are infinite or NaN. They come from before this layer.",
      label: "Open 0 (Linear)",
    });
  });

  it("does not lead to where one is", () => {
    expect(hint("largest", dense, { selected: "0" })?.label).toBeUndefined();
  });

  it("says how to get gradients where there are none", () => {
    const own = { ...dense, owner: "module" as const };
    const state: State = { selected: "0", numbers: { has_gradients: false } };
    expect(hint("no gradients", own, state)?.done).toEqual([["tell", { type: "refresh" }]]);
    expect(kinds(own, { ...state, there: false })).not.toContain("no gradients");
    expect(kinds(own, { ...state, numbers: { has_gradients: true } })).not.toContain("no gradients");
    expect(kinds(dense, state)).not.toContain("no gradients");
  });
});

describe("of a training", () => {
  const trained = (rows: RowTrait[]): State => ({ numbers: { has_gradients: true, rows } });
  const gradients = (...sizes: (number | null)[]) =>
    trained([FIRST, SECOND, LAST].map((node, at) => rowTrait(node, { gradients: sizes[at] ?? null })));

  it("says where no gradient arrives", () => {
    expect(hint("still", dense, gradients(0, 0, 0.1))).toMatchObject({
      said: "No gradient reaches 0 (Linear), and 1 more. A step of gradient descent leaves these weights as they are.",
      label: "Open 0 (Linear)",
    });
    expect(hint("still", dense, gradients(0, 0, 0))?.said).toMatch(/^All gradients are 0\./);
    expect(kinds(dense, gradients(0.1, 0.1, null))).not.toContain("still");
  });

  it("says where gradients vanish towards the input, or grow", () => {
    expect(hint("vanishing", dense, gradients(1e-5, 1e-4, 1e-2))?.said).toBe(
      "Gradients vanish towards the input: in 0 (Linear) their root mean square is 0.001 times that in 4 (Linear).",
    );
    expect(hint("vanishing", dense, gradients(2, 1, 0.01))?.said).toBe(
      "Gradients grow towards the input: in 0 (Linear) their root mean square is 200 times that in 4 (Linear).",
    );
    expect(kinds(dense, gradients(0.1, 0.1, 1))).not.toContain("vanishing");
    expect(kinds(dense, gradients(null, null, 1))).not.toContain("vanishing");
  });

  it("says where a step was too long, or hardly one", () => {
    const updates = (...shares: number[]) =>
      trained([FIRST, SECOND].map((node, at) => rowTrait(node, { update: shares[at] ?? null })));
    expect(hint("pace", dense, updates(0.001, 0.05))).toMatchObject({
      said: "The last step changed 2 (Linear) by 5.000 % of its weights' size. About 0.1 % is usual: the learning rate may be too large.",
      label: "Open 2 (Linear)",
    });
    expect(hint("pace", dense, updates(1e-7, 1e-6))?.said).toMatch(
      /, and no layer more\. About 0\.1 % is usual: it hardly learns\.$/,
    );
    expect(kinds(dense, updates(0.001, 1e-6))).not.toContain("pace");
  });
});

describe("what Python has read", () => {
  it.each(recordedNames)("of %s is said in whole sentences", (name) => {
    const hints = hintsOf(viewOf(recordedTrait(name)).anatomy);
    expect(hints.length).toBeGreaterThan(0);
    for (const { lead, text, action } of hints) {
      expect(`${lead} ${text}`).not.toMatch(/undefined|NaN|null|Infinity| {2}/);
      expect(`${lead} ${text}`).toMatch(/[.?]$/);
      expect(action === null || action.label.length > 0).toBe(true);
    }
  });

  it("is what there is to know of each", () => {
    const said = (name: string, kind: string) => hint(kind, recordedTrait(name))?.said;
    expect(said("resnet50", "largest")).toBe(
      "layer4 holds 59 % of the parameters. 14,964,736 of 25,557,032: where in it?",
    );
    expect(said("transformer", "shared")).toMatch(
      /^head\.weight is token_embedding\.weight: 64,000 parameters/,
    );
    expect(said("unused", "idle")).toMatch(/did not run with this input:/);
    expect(kinds(recordedTrait("resnet50"))).toEqual(expect.arrayContaining(["work", "uses", "mode"]));
  });
});

describe("all of them", () => {
  it("are few, each of another kind, and none before there is a model", () => {
    expect(kinds(dense)).toEqual(["largest", "guess"]);
    expect(hintsOf({ tree: null, visible: null } as unknown as Anatomy)).toEqual([]);
  });
});
