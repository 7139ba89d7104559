import { describe, expect, it } from "vitest";
import { LETTERS, PAIRS } from "../../src/concepts/hebb";
import hebb from "../../src/widgets/hebb";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const SETTINGS = {
  patterns: Object.values(LETTERS),
  presented: [0, 1, 2, 0, 1, 2],
  moment: null,
  rate: 0.5,
  decay: 0,
  silent: -1,
  pair: [0, 4],
  pattern: 0,
  damage: [11, 0, 13, 10, 8, 2],
  update: "asynchronous",
  steps: null,
};
const ALL = [0, 1, 2, 3, 4, 5, 6, 7];

useExplorer(hebb, SETTINGS, {
  about: { presets: [{ name: "Eight letters", settings: { presented: ALL } }] },
});

const labelled = (label: string) => view.root.querySelector(`[aria-label="${label}"]`) as SVGElement;
const bonds = () => [...view.root.querySelectorAll(".nnw-hebb-pair path.nnw-hebb-wire")];
const pressText = async (text: string) => {
  const button = [...view.root.querySelectorAll("button")].find(({ textContent }) => textContent === text);
  button?.click();
  await nextFrame();
};
const click = async (element: Element) => {
  element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};

describe("Hebb's rule", () => {
  it("shows one connection, what it remembers, and its numbers", () => {
    expect(view.numbers()).toMatchObject({
      weight: "1.000",
      before: "1.500",
      "x.i": "1",
      "x.j": "−1",
      energy: "−280.0",
      step: "14",
      sum: "−20.00",
      "right.now": "25",
      "recalled.2": "25",
      remembered: "3",
      stored: "3",
      capacity: "3.5",
    });
    expect(view.numbers()).not.toHaveProperty("recalled.3");
  });

  it("draws the connection the wider the stronger it is at a presentation", () => {
    const widths = bonds().map((bond) => Number(bond.getAttribute("stroke-width")));
    expect(widths).toHaveLength(6);
    const [first = 0, second = 0, third = 0, , fifth = 0] = widths;
    expect(second).toBeGreaterThan(first);
    expect(third).toBe(first); // apart: what was gained is lost
    expect(fifth).toBeGreaterThan(second);
  });

  it("presents a pattern, and takes it back", async () => {
    await pressText("Present");
    expect(model.state.presented).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(view.numbers()).toMatchObject({ weight: "1.500", given: "7", "shown.0": "3" });
    await view.press("Take back the last presentation");
    await view.press("Take back the last presentation");
    expect(model.state.presented).toEqual([0, 1, 2, 0, 1]);
  });

  it("goes back in time with the arrow keys: weights and recall are those of then", async () => {
    const handle = view.field("Presentation");
    await view.key(handle, "Home");
    expect(model.state.moment).toBe(0);
    expect(view.numbers()).toMatchObject({ weight: "0.000", energy: "0.0", given: "0" });
    await view.key(handle, "ArrowRight");
    expect(view.numbers()).toMatchObject({ weight: "0.500", stored: "1" });
    await view.key(handle, "End");
    expect(model.state.moment).toBeNull();
  });

  it("learns another pattern where a cell of it is changed", async () => {
    await click(labelled("Cell 5, fires"));
    expect((model.state.patterns as string[])[0]).toBe("####. ..#.. ..#.. ..#.. ..#..");
    expect(view.numbers().weight).toBe("−1.000");
    expect(view.root.textContent).toContain("pattern 1");
  });

  it("looks at another pair: by two presses, in the matrix, and by keyboard", async () => {
    const squares = view.root.querySelectorAll(".nnw-hebb-cells [role=button]");
    await click(squares[1] as Element);
    expect(model.state.pair).toEqual([4, 1]);
    await click(squares[3] as Element);
    expect(model.state.pair).toEqual([1, 3]);
    const place = labelled("Pair of cells");
    await view.key(place, "ArrowLeft");
    expect(model.state.pair).toEqual([1, 2]);
    await view.key(place, "ArrowLeft"); // over the diagonal
    expect(model.state.pair).toEqual([1, 0]);
    await view.key(place, "ArrowUp");
    expect(model.state.pair).toEqual([0, 1]);
  });

  it("damages cells by pressing them, or as many as a slider says", async () => {
    await click(labelled("Damaged cell 1, silent"));
    expect(model.state.damage).toEqual([11, 13, 10, 8, 2]);
    await view.key(labelled("Damaged cell 25, silent"), " ");
    expect(model.state.damage).toEqual([11, 13, 10, 8, 2, 24]);
    await view.slide("Cells damaged", 6);
    expect(model.state.damage).toEqual(SETTINGS.damage);
    await pressText("Other cells");
    expect(model.state.damage).toHaveLength(6);
    expect(model.state.damage).not.toEqual(SETTINGS.damage);
  });

  it("asks one cell after the other", async () => {
    await pressText("Start");
    expect(model.state.steps).toBe(0);
    expect(view.numbers()).toMatchObject({ step: "0", energy: "−76.0", "right.now": "19" });
    await pressText("Next cell");
    expect(view.numbers()).toMatchObject({ step: "1", energy: "−88.0", "right.now": "20", spin: "1" });
    await view.key(view.field("Update"), "End");
    expect(view.numbers()).toMatchObject({ step: "39", energy: "−280.0" });
    await pressText("End");
    expect(model.state.steps).toBeNull();
  });

  it("stays at the end when it is there by steps, and goes there when it recalls in another way", async () => {
    model.update("steps", 13);
    await nextFrame();
    await pressText("Next cell");
    expect(model.state.steps).toBeNull();
    model.update("steps", 3);
    await nextFrame();
    view.field("Recall: all at once").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await nextFrame();
    expect(model.state).toMatchObject({ update: "synchronous", steps: null });
  });

  it("damages every pattern alike, whatever is damaged", async () => {
    expect(view.numbers()["recalled.1"]).toBe("25");
    model.update("damage", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    await nextFrame();
    expect(Number(view.numbers()["recalled.1"])).toBeLessThan(25);
  });

  it("measures that eight letters are too many", async () => {
    await pressText("Present all 8");
    expect(model.state.presented).toEqual(ALL);
    expect(view.numbers()).toMatchObject({ remembered: "1", stored: "8", "recalled.0": "17" });
    await pressText("Present three only");
    expect(view.numbers().remembered).toBe("3");
  });

  it("says that nothing silences a cell where silent counts as 0", async () => {
    await view.press("A silent cell counts as: 0");
    expect(view.numbers().firing).toBe("22");
  });

  it("says so if all at once swings for ever", async () => {
    model.update("patterns", Object.values(PAIRS));
    model.update("presented", [1]);
    model.update("damage", []);
    model.update("update", "synchronous");
    await nextFrame();
    expect(view.root.textContent).toContain("Two states follow each other for ever");
    await pressText("One by one");
    expect(model.state.update).toBe("asynchronous");
  });

  it("is readable between two messages, and where nothing was presented", async () => {
    model.update("patterns", ["##", "#."]);
    await nextFrame();
    expect(view.root.innerHTML).not.toContain("NaN");
    model.update("presented", []);
    await nextFrame();
    expect(view.numbers()).toMatchObject({ weight: "0.000", given: "0" });
    expect(view.root.textContent).toContain("No pattern was presented");
    expect(view.root.innerHTML).not.toContain("NaN");
  });

  it("shows the last of many presentations, or those from where you are", async () => {
    model.update(
      "presented",
      Array.from({ length: 40 }, (_, index) => index % 3),
    );
    await nextFrame();
    expect(view.numbers().given).toBe("40");
    expect(bonds()).toHaveLength(12);
    model.update("moment", 3);
    await nextFrame();
    expect(view.numbers()).toMatchObject({ given: "3", weight: "0.500" });
    const [, x] =
      /translate\(([-\d.]+)/.exec(view.field("Presentation").getAttribute("transform") ?? "") ?? [];
    expect(Number(x)).toBeGreaterThan(50); // not left of the axis
  });
});
