import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { binsOf, blocksOf, decadePlace, decadesOf } from "../../src/components/anatomy/cells";
import { ROW } from "../../src/components/anatomy/columns";
import { markedPieces, matchesOf, stepTo } from "../../src/components/anatomy/search";
import { SLOTS } from "../../src/components/anatomy/state";
import type { AnatomyTrait, NumbersTrait, RowTrait } from "../../src/generated/protocol";
import anatomy from "../../src/widgets/anatomy";
import { DEFAULTS, denseTrait, numbersTrait, treeOf } from "../anatomy-fixture";
import { Builder, manyTrait, recurrentTrait, residualTrait } from "../anatomy-nets";
import { type ExplorerModel, type ExplorerView, openExplorer } from "../explorer";
import { nextFrame, useFakeBrowser } from "../view";

let model: ExplorerModel;
let view: ExplorerView;

beforeEach(useFakeBrowser);
afterEach(() => {
  view?.close.abort();
  vi.advanceTimersByTime(100);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(trait: AnatomyTrait, settings: Partial<typeof DEFAULTS> = {}, numbers?: NumbersTrait) {
  const opened = await openExplorer(
    anatomy,
    { ...DEFAULTS, ...settings },
    {
      traits: {
        _anatomy: trait,
        _numbers: numbers ?? null,
        _trouble: "",
        status: "ready",
        ...Object.fromEntries(SLOTS.map((name) => [name, null])),
      },
    },
  );
  model = opened.model;
  view = opened.view;
}

const all = (selector: string) => [...view.root.querySelectorAll<HTMLElement>(selector)];
const rows = () => all(".nnw-al-row").sort((one, other) => top(one) - top(other));
const top = (row: HTMLElement) => Number.parseFloat(row.style.top);
const keys = () => rows().map((row) => row.dataset.key);
const row = (key: string) => {
  const found = rows().find((each) => each.dataset.key === key);
  if (!found) throw new Error(`there is no row "${key}" among ${keys().join(" ")}`);
  return found;
};
const now = () => (document.activeElement as HTMLElement | null)?.dataset.key;
const press = async (element: Element | null | undefined) => {
  element?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};
const key = (name: string) => view.key(document.activeElement as Element, name);
const triangle = (name: string) => row(name).querySelector(".nnw-al-fold");
const cell = (name: string, column: string) => row(name).querySelector(`[data-column="${column}"]`);
const field = () => view.field<HTMLInputElement>("Search layers by name or type");
const type = async (text: string) => {
  field().value = text;
  field().dispatchEvent(new Event("input", { bubbles: true }));
  await nextFrame();
  await nextFrame();
};
const marks = () => all("mark").map(({ textContent }) => textContent);
const lit = () => all(".nnw-al-rail .nnw-al-lit").length;

describe("rows", () => {
  it("are what is unfolded, in order, one below the other", async () => {
    await open(residualTrait());
    expect(keys()).toEqual([
      ":input",
      "conv1",
      "bn1",
      "relu",
      "maxpool",
      "layer1",
      "layer1.0",
      ...["conv1", "bn1", "relu", "conv2", "bn2"].map((name) => `layer1.0.${name}`),
      "layer1.0:add_",
      "layer1.0.relu#2",
      "layer1.1",
      "layer2",
      "layer2.0",
      "layer2.1",
      "avgpool",
      ":flatten",
      "fc",
      ":output",
    ]);
    expect(rows().map(top)).toEqual(rows().map((_, at) => at * ROW));
  });

  it("say how deep they lie, and whether they are folded", async () => {
    await open(residualTrait());
    const said = (name: string) =>
      ["aria-level", "aria-expanded", "aria-selected"].map((each) => row(name).getAttribute(each));
    expect(said("layer1")).toEqual(["1", "true", "false"]);
    expect(said("layer1.1")).toEqual(["2", "false", "false"]);
    expect(said("layer1.0.conv1")).toEqual(["3", null, "false"]);
    expect(view.root.querySelector("[role=treegrid]")?.getAttribute("aria-rowcount")).toBe("23");
    expect(row(":input").getAttribute("aria-rowindex")).toBe("2");
  });

  it("show shapes, counts and the types of what runs", async () => {
    await open(residualTrait(), {}, numbersTrait());
    const plain = (text: string | null | undefined) => text?.replaceAll("\u2009", " ");
    expect(plain(cell("layer1.0.conv1", "shape")?.textContent)).toBe("64 × 56 × 56");
    expect(view.numbers()["layer1.0.conv1.parameters"]).toBe("36,864");
    expect(plain(cell("layer1.0.conv1", "detail")?.textContent)).toBe("Conv2d 64 → 64, kernel 3 × 3");
    // An operation is called what it is; a second call is told from the first.
    expect(cell("layer1.0:add_", "detail")?.textContent).toBe("");
    expect(cell("layer1.0.relu#2", "layer")?.textContent).toBe("relu #2");
    expect(view.numbers()["layer1.0:add_.parameters"]).toBe("");
  });

  it("are called by their names within what they lie in", async () => {
    const net = new Builder();
    const first = net.leaf("blocks.0", []);
    const inner = net.container("head", "Block", () => net.leaf("head.norms.1", [first]));
    net.leaf("head:add", [inner], { kind: "operation", type: "add" });
    await open(net.trait({ unfolded: ["head"] }));
    const name = (of: string) => row(of).querySelector(".nnw-al-name")?.textContent;
    expect(["blocks.0", "head", "head.norms.1", "head:add"].map(name)).toEqual([
      "blocks.0",
      "head",
      "norms.1",
      "add",
    ]);
  });

  it("count what is shared once, and say so", async () => {
    const trait = recurrentTrait();
    Object.assign(trait.nodes.find((node) => node.key === "head") ?? {}, { fresh: 0, count: 64_000 });
    await open(trait);
    expect(cell("head", "parameters")?.textContent).toBe("(64,000)shared");
    expect(all(".nnw-al-bond")).toHaveLength(1);
    expect(cell("spare", "shape")?.textContent).toBe("did not run");
    expect(cell(":loop", "detail")?.textContent).toBe("32 rounds");
  });

  it("give the longest bar to the row with the most, and none to what is unfolded", async () => {
    await open(residualTrait());
    const bar = (name: string) =>
      cell(name, "parameters")?.querySelector<HTMLElement>(".nnw-al-bar i")?.style.width;
    expect(bar("layer2.1")).toBe("100.00%");
    expect(bar("layer2")).toBeUndefined();
    expect(Number.parseFloat(bar("layer1.1") ?? "")).toBeCloseTo((100 * 73_984) / 295_424, 1);
    await press(triangle("layer2"));
    expect(bar("layer2")).toBe("100.00%");
  });

  it("mark the layer at which it failed", async () => {
    const trait = residualTrait();
    await open({ ...trait, nodes: trait.nodes.slice(0, 3), edges: [0, 1, 1, 2], failed: "bn1" });
    expect(row("bn1").hasAttribute("data-failed")).toBe(true);
    expect(row("bn1").querySelector(".nnw-icon")).not.toBeNull();
    expect(all(".nnw-al-dot")).toHaveLength(2);
  });
});

describe("folding", () => {
  it("by the triangle; what is pressed beside it opens the layer", async () => {
    await open(residualTrait());
    await press(triangle("layer1"));
    expect(model.state.unfolded).toEqual(["layer1.0", "layer2"]);
    expect(keys()).not.toContain("layer1.0");
    await press(triangle("layer1"));
    expect(keys()).toContain("layer1.0.conv1");
    expect(model.state.selected).toBe("");
    await press(cell("fc", "detail"));
    expect(model.state.selected).toBe("fc");
    expect(row("fc").getAttribute("aria-selected")).toBe("true");
    expect(all(".nnw-al-ring")).toHaveLength(1);
  });

  it("keeps the elements of all rows that stay", async () => {
    await open(residualTrait());
    const [before, other] = [row("fc"), row("layer1.1")];
    await press(triangle("layer1.0"));
    expect(row("fc")).toBe(before);
    expect(row("layer1.1")).toBe(other);
    model.update("_anatomy", { ...residualTrait(), version: 2 });
    await nextFrame();
    expect(row("fc")).toBe(before);
  });

  it("keeps a row where it is when rows come above it", async () => {
    await open(manyTrait(600), { unfolded: [] });
    const table = view.root.querySelector(".nnw-al") as HTMLElement;
    table.scrollTop = 20 * ROW + 7;
    table.dispatchEvent(new Event("scroll"));
    await nextFrame();
    const first = keys().find((name) => top(row(name ?? "")) >= table.scrollTop) ?? "";
    const below = top(row(first)) - table.scrollTop;
    await press(
      [...view.root.querySelectorAll("button")].find((each) => each.textContent === "Unfold one level"),
    );
    await nextFrame();
    expect(top(row(first))).toBeGreaterThan(30 * ROW);
    expect(top(row(first)) - table.scrollTop).toBe(below);
  });
});

describe("the keyboard", () => {
  it("goes from row to row; one of them is reached by Tab", async () => {
    await open(residualTrait());
    const tabbed = () => rows().filter(({ tabIndex }) => tabIndex === 0);
    expect(tabbed()).toEqual([row(":input")]);
    row(":input").focus();
    await key("ArrowDown");
    expect(now()).toBe("conv1");
    expect(tabbed()).toEqual([row("conv1")]);
    await key("End");
    expect(now()).toBe(":output");
    await key("ArrowDown");
    expect(now()).toBe(":output");
    await key("Home");
    await key("ArrowUp");
    expect(now()).toBe(":input");
  });

  it("unfolds and goes in, goes out and folds", async () => {
    await open(residualTrait(), { unfolded: [] });
    row("layer1").focus();
    await key("ArrowRight");
    expect(row("layer1").getAttribute("aria-expanded")).toBe("true");
    expect(now()).toBe("layer1");
    await key("ArrowRight");
    expect(now()).toBe("layer1.0");
    await key("*");
    expect(row("layer1.1").getAttribute("aria-expanded")).toBe("true");
    await key("ArrowRight");
    expect(now()).toBe("layer1.0.conv1");
    await key("ArrowRight");
    expect(now()).toBe("layer1.0.conv1");
    await key("ArrowLeft");
    expect(now()).toBe("layer1.0");
    await key("ArrowLeft");
    expect(row("layer1.0").getAttribute("aria-expanded")).toBe("false");
    await key("ArrowLeft");
    expect(now()).toBe("layer1");
  });

  it("opens a layer, closes it, and goes to the search", async () => {
    await open(residualTrait());
    row("conv1").focus();
    await key("Enter");
    expect(model.state.selected).toBe("conv1");
    await key("Escape");
    expect(model.state.selected).toBe("");
    expect(now()).toBe("conv1"); // the keyboard is where it was
    await key("Enter");
    view.button("Close the layer").focus();
    await press(view.button("Close the layer"));
    expect(now()).toBe("conv1");
    row("bn1").focus();
    await key(" ");
    expect(model.state.selected).toBe("bn1");
    await key("/");
    expect(document.activeElement).toBe(field());
  });

  it("keeps a modified key for the page", async () => {
    await open(residualTrait());
    row("conv1").focus();
    await view.key(row("conv1"), "ArrowDown", { ctrlKey: true });
    expect(now()).toBe("conv1");
  });

  it("holds on to its row when that is scrolled away", async () => {
    await open(manyTrait(600));
    row(":input").focus();
    const table = view.root.querySelector(".nnw-al") as HTMLElement;
    table.scrollTop = 300 * ROW;
    table.dispatchEvent(new Event("scroll"));
    await nextFrame();
    expect(now()).toBe(":input");
    await key("ArrowDown");
    expect(now()).toBe("block0");
    expect(table.scrollTop).toBe(ROW);
  });
});

describe("many rows", () => {
  it("are in the page only around where it is scrolled to", async () => {
    await open(manyTrait(3000));
    expect(rows().length).toBeLessThan(60);
    const table = view.root.querySelector(".nnw-al") as HTMLElement;
    expect(view.root.querySelector<HTMLElement>(".nnw-al-rows")?.style.height).toBe(`${3302 * ROW}px`);
    for (const at of [500, 1700, 3302 - 21]) {
      table.scrollTop = at * ROW;
      table.dispatchEvent(new Event("scroll"));
      await nextFrame();
      const places = rows().map((each) => top(each) / ROW);
      for (let place = at; place < Math.min(at + 21, 3302); place++) expect(places).toContain(place);
      expect(rows().length).toBeLessThan(60);
      expect(all(".nnw-al-rail path").length).toBeLessThan(250);
    }
    expect(keys()).toContain(":output");
  });
});

describe("the rail", () => {
  it("shows what belongs to the row under the pointer, then to the one that is open", async () => {
    await open(residualTrait());
    expect(lit()).toBe(0);
    row("layer1.0:add_").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(lit()).toBe(3);
    expect(all(".nnw-al-dot[data-lit]")).toHaveLength(4);
    row("layer1.0:add_").dispatchEvent(new Event("pointerleave"));
    await nextFrame();
    expect(lit()).toBe(0);
    await press(row("conv1"));
    expect(lit()).toBe(2);
  });
});

describe("search", () => {
  it("finds by name and type, all words at once", () => {
    const tree = treeOf(residualTrait());
    const found = (query: string) => matchesOf(tree, query).map((each) => tree.nodes[each]?.key);
    expect(found("CONV2 layer1")).toEqual([
      ...["layer1.0.conv2", "layer1.1.conv2", "layer1.0.conv1", "layer1.1.conv1"],
    ]);
    expect(found("linear")).toEqual(["fc"]);
    expect(found("  ")).toEqual([]);
    expect(found("nothing of the kind")).toEqual([]);
    expect(stepTo([3, 5, 8], 5, 1)).toBe(8);
    expect(stepTo([3, 5, 8], 8, 1)).toBe(3);
    expect(stepTo([3, 5, 8], 3, -1)).toBe(8);
    expect(stepTo([8, 3, 5], 8, 1)).toBe(3);
    expect(stepTo([8, 3, 5], null, -1)).toBe(5);
    expect(stepTo([], null, 1)).toBeNull();
  });

  it("marks what was typed, and nothing else", () => {
    expect(markedPieces("Conv2d", "v2 con")).toEqual([
      ["Conv2", true],
      ["d", false],
    ]);
    expect(markedPieces("aaa", "aa")).toEqual([["aaa", true]]);
    expect(markedPieces("a.b*", ".b*")).toEqual([
      ["a", false],
      [".b*", true],
    ]);
    expect(
      markedPieces("İx", "x")
        .map(([piece]) => piece)
        .join(""),
    ).toBe("İx");
  });

  it("unfolds what is found for as long as it lasts", async () => {
    await open(residualTrait(), { unfolded: [] });
    const before = keys();
    await type("downsample.1");
    expect(keys()).toContain("layer2.0.downsample.1");
    expect(row("layer2.0.downsample.1").hasAttribute("data-gone")).toBe(true);
    expect(view.numbers().found).toBe("1 of 1");
    expect(model.state.unfolded).toEqual([]);
    await view.key(field(), "Escape");
    await nextFrame();
    expect(field().value).toBe("");
    expect(keys()).toEqual(before);
  });

  it("goes from match to match, around the end", async () => {
    await open(residualTrait(), { unfolded: [] });
    await type("add_");
    const gone = () => all("[data-gone]").map(({ dataset }) => dataset.key);
    expect(view.numbers().found).toBe("1 of 4");
    expect(marks()).toEqual(["add_", "add_", "add_", "add_"]);
    expect(gone()).toEqual(["layer1.0:add_"]);
    await view.key(field(), "Enter");
    expect(gone()).toEqual(["layer1.1:add_"]);
    await view.key(field(), "Enter", { shiftKey: true });
    await view.key(field(), "Enter", { shiftKey: true });
    expect(gone()).toEqual(["layer2.1:add_"]);
    expect(view.numbers().found).toBe("4 of 4");
    await view.press("Next match");
    expect(gone()).toEqual(["layer1.0:add_"]);
    await view.key(field(), "ArrowDown");
    expect(now()).toBe("layer1.0:add_");
    await type("no such layer");
    expect(view.numbers().found).toBe("not found");
  });

  it("lets a container be folded again, and keeps one whose layer was opened", async () => {
    await open(residualTrait(), { unfolded: [] });
    await type("add_");
    await press(triangle("layer1"));
    expect(keys()).not.toContain("layer1.0:add_");
    expect(keys()).toContain("layer2.0:add_");
    await press(row("layer2.0:add_"));
    expect([...(model.state.unfolded as string[])].sort()).toEqual(["layer2", "layer2.0"]);
    await view.key(field(), "Escape");
    await nextFrame();
    expect(keys()).toContain("layer2.0:add_");
    expect(keys()).not.toContain("layer1.0");
  });
});

describe("a guess", () => {
  it("hides all amounts until they are revealed, with their arithmetic", async () => {
    await open(denseTrait(), { guessing: true, unfolded: [""] });
    const amount = (name: string) => view.numbers()[`${name}.parameters`];
    expect([amount("0"), amount("2"), amount("1")]).toEqual(["·", "·", "·"]);
    expect(all(".nnw-al-bar i")).toHaveLength(0);
    expect(cell("0", "parameters")?.getAttribute("title")).toBeNull();
    model.update("guess", 1000);
    model.update("revealed", 1);
    await nextFrame();
    expect([amount("0"), amount("2")]).toEqual(["50,240", "·"]);
    expect(cell("0", "detail")?.textContent?.replaceAll("\u2009", " ")).toContain("784 × 64 + 64 = 50,240");
  });

  it("gives away neither where weights are nor which layer has the most", async () => {
    const trait = denseTrait();
    const rowOf = (name: string): RowTrait => ({
      node: trait.nodes.findIndex(({ key }) => key === name),
      weights: 0.1,
      gradients: 0.01,
      update: null,
      low: -0.1,
      high: 0.3,
      counts: [2, 4, 8, 4],
    });
    const numbers = numbersTrait({ rows: ["0", "2", "4"].map(rowOf), has_gradients: true });
    await open(trait, { guessing: true, guess: 1000, revealed: 0, unfolded: [""] }, numbers);
    expect(all(".nnw-al-spread, .nnw-al-size, .nnw-al-bar i")).toHaveLength(0);
    expect(cell("0", "spread")?.getAttribute("title") ?? "").toBe("");
    const turned: AnatomyTrait = { ...trait, version: trait.version + 1 };
    turned.nodes = trait.nodes.map((node) =>
      node.key === "4" ? { ...node, trainable: 99_999, count: 99_999, fresh: 99_999 } : node,
    );
    model.update("_anatomy", turned);
    model.update("revealed", 1);
    await nextFrame();
    expect(all(".nnw-al-spread")).toHaveLength(1);
    expect(all(".nnw-al-bar i").map(({ style }) => style.width)).toContain("100.00%");
  });
});

describe("what is drawn in a row", () => {
  const spread = (changes: Partial<RowTrait> = {}): RowTrait => ({
    node: 0,
    weights: 0.1,
    gradients: 0.01,
    update: null,
    low: -0.1,
    high: 0.3,
    counts: [2, 4, 8, 4],
    ...changes,
  });

  it("a block as wide as the image and as high as it has channels, to one scale", () => {
    const tree = treeOf(residualTrait());
    const block = blocksOf(tree);
    const of = (name: string) => block(tree.nodes[tree.byKey.get(name) as number] as never);
    const [input, first, later, flat] = [":input", "conv1", "layer2.1", ":flatten"].map(of);
    expect(input?.width).toBeCloseTo(40);
    expect(input?.width).toBeGreaterThan(first?.width ?? 99);
    expect(first?.width).toBeGreaterThan(later?.width ?? 99);
    expect(later?.height).toBeGreaterThan(first?.height ?? 99);
    expect(flat?.width).toBeCloseTo(2.5);
    expect(flat?.height).toBeCloseTo(later?.height ?? 0);
  });

  it("weights around a zero in the middle, by their sign", () => {
    const bins = binsOf(spread(), 60, 20);
    expect(bins.map(({ sign }) => sign)).toEqual([-1, 1, 1, 1]);
    expect(Math.max(...bins.map(({ height }) => height))).toBe(20);
    // −0.1 to 0 of ±0.3.
    expect(bins[0]).toMatchObject({ x: expect.closeTo(20), width: expect.closeTo(10) });
    expect(binsOf(spread({ low: null, counts: [] }), 60, 20)).toEqual([]);
    expect(binsOf(spread({ low: 0, high: 0, counts: [7] }), 60, 20)).toMatchObject([{ sign: 0 }]);
  });

  it("gradients on one scale of decades", () => {
    const rows = [spread({ gradients: 3e-5 }), spread({ gradients: 0.02 }), spread({ gradients: null })];
    const decades = decadesOf(numbersTrait({ rows }));
    expect(decades).toEqual([-5, -1]);
    expect(decadePlace(1e-3, decades)).toBeCloseTo(0.5);
    expect(decadePlace(0, decades)).toBe(0);
    expect(decadePlace(null, decades)).toBeNull();
    expect(decadesOf(numbersTrait({ rows: [] }))).toBeNull();
    expect(decadesOf(numbersTrait({ rows: [spread({ gradients: 0.02 })] }))).toEqual([-3, -1]);
  });

  it("follows a refresh in the same elements", async () => {
    const trait = residualTrait();
    const node = trait.nodes.findIndex((each) => each.key === "conv1");
    const numbers = (low: number) =>
      numbersTrait({ has_gradients: true, rows: [spread({ node, low })], version: low < -0.5 ? 2 : 1 });
    await open(trait, {}, numbers(-0.1));
    const before = row("conv1");
    const path = () => cell("conv1", "spread")?.querySelector("[data-sign=neg]")?.getAttribute("d");
    const drawn = path();
    expect(drawn).toBeTruthy();
    expect(cell("conv1", "gradient")?.querySelector("i")).not.toBeNull();
    model.update("_numbers", numbers(-0.9));
    await nextFrame();
    expect(row("conv1")).toBe(before);
    expect(path()).not.toBe(drawn);
  });
});
