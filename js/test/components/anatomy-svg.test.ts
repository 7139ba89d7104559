import { describe, expect, it, vi } from "vitest";
import { guessOf } from "../../src/components/anatomy/guess";
import { drawSvg, escaped, fileName, saveSvg } from "../../src/components/anatomy/svg";
import { visibleOf } from "../../src/components/anatomy/tree";
import { readTheme } from "../../src/draw/colour";
import type {
  AnatomyTrait,
  NetworkAnatomySettings,
  NodeTrait,
  NumbersTrait,
} from "../../src/generated/protocol";
import { DEFAULTS, denseTrait, numbersTrait, treeOf } from "../anatomy-fixture";
import { manyTrait, recurrentTrait, residualTrait } from "../anatomy-nets";

interface State {
  unfolded?: readonly string[];
  settings?: Partial<NetworkAnatomySettings>;
  numbers?: NumbersTrait;
  width?: number;
}

function savedOf(
  trait: AnatomyTrait,
  { unfolded = trait.unfolded, settings, numbers, width = 1232 }: State = {},
) {
  const tree = treeOf(trait);
  const visible = visibleOf(tree, new Set(unfolded));
  const selected = tree.nodes[tree.byKey.get(settings?.selected ?? "?") ?? -1] ?? null;
  return {
    anatomy: { tree, visible, numbers: numbers ?? null, selected },
    guess: guessOf(tree, { ...DEFAULTS, ...settings }),
    measure: "parameters" as const,
    theme: readTheme(document.body),
    width,
  };
}

/** Letters that are all as wide, so that a test knows where texts end. */
const ruler = (text: string, size: number) => 0.6 * size * text.length;
const drawn = (trait: AnatomyTrait, state?: State) => drawSvg(savedOf(trait, state), ruler) ?? "";

/** The file as a browser reads it: what is not well-formed is an error. */
function read(svg: string): Document {
  const found = new DOMParser().parseFromString(svg, "image/svg+xml");
  expect(found.querySelector("parsererror")).toBeNull();
  expect(found.documentElement.localName).toBe("svg");
  return found;
}

/** Tags that are closed in the order in which they were opened, attributes in quotes, and no letter that means something. */
function balanced(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>/g, (_, end, name, __, alone) => {
    if (end) expect(open.pop()).toBe(name);
    else if (!alone) open.push(name);
    return "";
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
  expect(svg).not.toMatch(/&(?!(amp|lt|gt|quot|apos);)/);
}

const texts = (svg: string) =>
  [...read(svg).querySelectorAll("text")].map(({ textContent }) =>
    (textContent ?? "").replaceAll("\u2009", " "),
  );

const HOSTILE = [
  "</text><script>alert(1)</script>",
  '" onload="alert(1)',
  "&lt;&#x3c;&nope;",
  "a\u0000b\u0008c\ud800d\uffffe",
  "<![CDATA[ ]]> ' ' --> <!--",
  "layer 名前 😀",
];

describe("the drawing as a file", () => {
  it("is as wide as its headline", () => {
    const page = read(drawn(denseTrait(), { width: 300 }));
    const [facts] = [...page.querySelectorAll("text")].filter(({ textContent }) =>
      textContent?.includes("put out"),
    );
    const end =
      Number(facts?.getAttribute("x")) +
      ruler(facts?.textContent ?? "", Number(facts?.getAttribute("font-size")));
    expect(Number(page.documentElement.getAttribute("width"))).toBeGreaterThanOrEqual(end + 16);
  });

  it("has all visible rows, also those that are scrolled away", () => {
    const trait = manyTrait(60);
    const svg = drawn(trait);
    balanced(svg);
    const page = read(svg);
    const written = [...page.querySelectorAll("text")].map(({ textContent }) => textContent);
    for (const name of ["block0", "block5", "9", "output"]) expect(written).toContain(name);
    const { rows } = visibleOf(treeOf(trait), new Set(trait.unfolded));
    expect(rows.length).toBeGreaterThan(60);
    expect(Number(page.documentElement.getAttribute("height"))).toBeGreaterThan(rows.length * 28);
  });

  it("says what is on screen: names, types, shapes, amounts, and what it is of", () => {
    const written = texts(drawn(residualTrait()));
    for (const text of [
      "ResNet",
      "layer1",
      "relu",
      "#2",
      "Conv2d",
      "64 → 64, kernel 3 × 3",
      "64 × 56 × 56",
      "36,864",
    ])
      expect(written).toContain(text);
    for (const text of ["layer", "type", "output", "parameters", "multiply–adds", "memory"])
      expect(written).toContain(text);
    expect(written.join(" ")).toContain("812,072 parameters · ");
    // What is folded is not in it.
    expect(written).not.toContain("downsample");
  });

  it("cuts no name, however long", () => {
    const trait = residualTrait();
    const name = "a_module_with_a_name_that_no_column_would_have_room_for";
    Object.assign(trait.nodes[1] as NodeTrait, { key: name, name });
    const svg = drawn(trait);
    expect(texts(svg)).toContain(name);
    const page = read(svg);
    const at = (text: string) =>
      Number([...page.querySelectorAll("text")].find((each) => each.textContent === text)?.getAttribute("x"));
    expect(at("Conv2d")).toBeGreaterThan(at(name) + ruler(name, 13));
    expect(Number(page.documentElement.getAttribute("width"))).toBeGreaterThan(
      Number(read(drawn(residualTrait())).documentElement.getAttribute("width")),
    );
  });

  it.each(HOSTILE)("writes a hostile name as text: %j", (name) => {
    const trait = residualTrait();
    Object.assign(trait.nodes[1] as NodeTrait, { key: name, name, type: name, detail: name });
    const svg = drawn({ ...trait, name });
    balanced(svg);
    const page = read(svg);
    expect(page.querySelector("script")).toBeNull();
    expect([...page.querySelectorAll("*")].some((each) => each.hasAttribute("onload"))).toBe(false);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in it
    const clean = name.replace(/[\u0000\u0008\ud800\uffff](?![\udc00-\udfff])/g, "\ufffd");
    expect([...page.querySelectorAll("text")].map(({ textContent }) => textContent)).toContain(clean);
  });

  it("has its colours in it and refers to nothing", () => {
    const svg = drawn(residualTrait(), { settings: { selected: "conv1" } });
    expect(svg).not.toMatch(/var\(|class=|url\(|href|style="[^"]*color/);
    const colours = [...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour);
    for (const colour of colours) expect(colour).toMatch(/^(none|#[0-9a-f]{6}|rgb\([\d, ]+\))$/);
    expect(colours).toContain(readTheme(document.body).accent);
  });

  it("draws rail, bars, blocks, spreads and gradients", () => {
    const trait = recurrentTrait();
    const node = trait.nodes.findIndex(({ key }) => key === "cell");
    const row = {
      node,
      weights: 0.1,
      gradients: 0.01,
      update: null,
      low: -0.2,
      high: 0.2,
      counts: [1, 3, 3, 1],
    };
    const numbers = numbersTrait({ has_gradients: true, rows: [row] });
    const page = read(drawn(trait, { numbers }));
    const theme = readTheme(document.body);
    const count = (selector: string) => page.querySelectorAll(selector).length;
    expect(count(`path[fill="${theme.neg}"]`)).toBe(1);
    expect(count(`path[fill="${theme.pos}"]`)).toBe(1);
    expect(count('path[stroke-dasharray="3 3"]')).toBe(1);
    expect(count('path[stroke-dasharray="2.5 2"]')).toBe(1);
    expect(count(`rect[fill="${theme.ink2}"][height="4"]`)).toBe(1);
    expect(count(`rect[fill="${theme.ink2}"][height="6"]`)).toBeGreaterThan(3);
    expect(count('rect[rx="1.5"]')).toBeGreaterThan(5);
  });

  it("gives away nothing of a guess", () => {
    const svg = drawn(denseTrait(), { unfolded: [""], settings: { guessing: true } });
    expect(svg).not.toContain("50,240");
    expect(svg).not.toContain("parameters ·");
    expect(texts(svg).filter((text) => text === "·").length).toBeGreaterThan(3);
    expect(svg).not.toContain('height="6"');
    expect(drawn(denseTrait(), { unfolded: [""] })).toContain("50,240");
  });

  it("is named after the model's class", () => {
    expect(fileName("ResNet")).toBe("ResNet.svg");
    expect(fileName("../../a b<c>")).toBe("a_b_c_.svg");
    expect(fileName("…")).toBe("model.svg");
    expect(fileName("x".repeat(500))).toHaveLength(84);
  });

  it("is given to the reader as a file, without a server", async () => {
    const made: { name: string; text: Blob }[] = [];
    const blobs = new Map<string, Blob>();
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
      const address = `blob:${blobs.size}`;
      blobs.set(address, blob as Blob);
      return address;
    });
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      made.push({ name: this.download, text: blobs.get(this.getAttribute("href") ?? "") as Blob });
    });
    saveSvg(savedOf(residualTrait()));
    expect(made.map(({ name }) => name)).toEqual(["ResNet.svg"]);
    expect(made[0]?.text.type).toBe("image/svg+xml");
    balanced((await made[0]?.text.text()) ?? "<");
  });

  it("is none where there is no model", () => {
    const saved = savedOf(residualTrait());
    expect(drawSvg({ ...saved, anatomy: { ...saved.anatomy, tree: null } }, ruler)).toBeNull();
    expect(escaped("<&>")).toBe("&lt;&amp;&gt;");
  });
});
