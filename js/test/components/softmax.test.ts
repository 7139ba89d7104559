import { describe, expect, it } from "vitest";
import { frameOf } from "../../src/components/softmax/state";
import softmax from "../../src/widgets/softmax";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const NAMES = ["Sneaker", "Sandal", "Boot", "Bag"];

useExplorer(softmax, { logits: [3, 1, 0.2], temperature: 1, target: 0, class_names: NAMES, offset: 0 });

const handle = (name: string) => view.field<HTMLElement>(`Logit of ${name}`);

async function update(settings: Record<string, unknown>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) model.update(name, value);
  await nextFrame();
}

const press = async (text: string) => {
  [...view.root.querySelectorAll("button")].find(({ textContent }) => textContent === text)?.click();
  await nextFrame();
};

async function drag(element: HTMLElement, ...places: number[]): Promise<void> {
  const at = (type: string, clientX: number) =>
    element.dispatchEvent(new PointerEvent(type, { clientX, clientY: 0, pointerId: 1, bubbles: true }));
  const [first, ...rest] = places;
  at("pointerdown", first as number);
  for (const place of rest) at("pointermove", place);
  at("pointerup", places.at(-1) as number);
  await nextFrame();
}

describe("softmax", () => {
  it("shows the chapter's numbers, and the loss on both ways", () => {
    expect(view.numbers()).toMatchObject({
      "z.0": "3.0",
      "e.0": "20.09",
      "sum.e": "24.03",
      "p.0": "0.836",
      "p.1": "0.113",
      "p.2": "0.051",
      "sum.p": "1.000",
      "g.0": "−0.164",
      "g.1": "0.113",
      naive: "0.836",
      loss: "0.179",
      "loss.p": "0.179",
      logp: "−0.179",
    });
  });

  it("follows a bar that is dragged, in tenths, and within its axis", async () => {
    const boot = handle("Boot");
    await drag(boot, 100, 100);
    expect(model.state.logits).toEqual([3, 1, 0.2]);
    await drag(boot, 100, 120);
    const [, , moved] = model.state.logits as number[];
    expect(moved).toBeGreaterThan(0.4);
    expect((moved as number) * 10).toBeCloseTo(Math.round((moved as number) * 10), 9);
    await drag(boot, 100, 5000);
    expect(model.state.logits).toEqual([3, 1, 4]);
    expect(boot.getAttribute("aria-valuemax")).toBe("6");
    await drag(boot, 100, 5000);
    expect(model.state.logits).toEqual([3, 1, 6]);
    await drag(boot, 100, -5000);
    expect(model.state.logits).toEqual([3, 1, -10]);
  });

  it("keeps its axis while it is dragged, and takes a new one at the end", async () => {
    await update({ logits: [5.5, 1, 0.2] });
    const sneaker = handle("Sneaker");
    const at = (type: string, clientX: number) =>
      sneaker.dispatchEvent(new PointerEvent(type, { clientX, clientY: 0, pointerId: 1, bubbles: true }));
    at("pointerdown", 100);
    at("pointermove", 60);
    await nextFrame();
    expect(Math.abs((model.state.logits as number[])[0] as number)).toBeLessThan(4);
    expect(handle("Sneaker").getAttribute("aria-valuemax")).toBe("6");
    at("pointerup", 60);
    await nextFrame();
    expect(handle("Sneaker").getAttribute("aria-valuemax")).toBe("4");
  });

  it("is worked by keys", async () => {
    const sandal = handle("Sandal");
    await view.key(sandal, "ArrowRight");
    expect(model.state.logits).toEqual([3, 1.1, 0.2]);
    await view.key(sandal, "ArrowDown", { shiftKey: true });
    expect(model.state.logits).toEqual([3, 1.09, 0.2]);
    expect(view.numbers()["z.1"]).toBe("1.09");
    await view.key(sandal, "PageUp");
    expect(model.state.logits).toEqual([3, 2.09, 0.2]);
    await view.key(sandal, "End");
    expect(model.state.logits).toEqual([3, 4, 0.2]);
    await view.key(sandal, "Home");
    expect(model.state.logits).toEqual([3, -6, 0.2]);
  });

  it("does not reckon with a bound", async () => {
    await update({ temperature: 0.1 });
    expect(view.numbers()["p.0"]).toBe("> 0.99999");
    const [, stable, entropy, , gradient] = [...view.root.querySelectorAll(".nnw-formulas > div")].map(
      (row) => (row.textContent ?? "").replaceAll("\u2009", ""),
    );
    expect(stable).toContain("> 0.99999");
    expect(stable).not.toContain("=>");
    expect(entropy).toBe("L=−lnpSneaker=2.1·10⁻⁹");
    expect(gradient).toContain("pSneaker−1");
    expect(view.text(".nnw-diag")).toContain("Sneaker takes more than 0.99999.");
  });

  it("gives nan in float32 where 100 is added, and by its cure what it gave before", async () => {
    await press("Add 100 to all");
    expect(model.state.offset).toBe(100);
    expect(view.numbers()).toMatchObject({
      "e.0": "inf",
      "sum.e": "inf",
      naive: "nan",
      "p.0": "0.836",
      loss: "0.179",
      "zo.0": "103.0",
      "zm.1": "−2.0",
    });
    expect(view.text(".nnw-diag")).toContain("nan, nan, nan");
    await press("Take 100 away");
    expect(model.state.offset).toBe(0);
    expect(view.numbers().naive).toBe("0.836");
  });

  it("gives 0/0 where all exponentials are too small", async () => {
    await view.press("Added to every logit: −1,000");
    expect(view.numbers()).toMatchObject({ "e.0": "0", "sum.e": "0", naive: "nan", "p.0": "0.836" });
    await press("Add 1,000");
    expect(model.state.offset).toBe(0);
  });

  it("shows logits of a thousand from a thousand on, and takes them away", async () => {
    await update({ logits: [1003, 1001, 1000.2] });
    expect(view.numbers()).toMatchObject({ "z.0": "1003.0", "p.0": "0.836", naive: "nan", "zm.2": "−2.8" });
    expect(handle("Boot").getAttribute("aria-valuemin")).toBe("996");
    await press("Take 1,000 away");
    expect(model.state.logits).toEqual([3, 1, 0.2]);
  });

  it("says that p is 0 where no float is small enough, and what the loss is all the same", async () => {
    await update({ logits: [0, 80], temperature: 0.1 });
    expect(view.numbers()).toMatchObject({ "p.0": "0", "loss.p": "∞", loss: "800.000", naive: "0" });
    await update({ offset: -76 });
    expect(view.text(".nnw-diag")).toContain("−ln 0 is ∞");
  });

  it("lowers the loss by a step down the gradient", async () => {
    await update({ logits: [-1, 4, 0.5] });
    expect(view.numbers()).toMatchObject({ loss: "5.036", "g.0": "−0.994" });
    await press("Take that step");
    expect(model.state.logits).toEqual([-0.01, 3.04, 0.47]);
    expect(Number(view.numbers().loss)).toBeLessThan(3.2);
  });

  it("has an axis of losses that is long enough, up to where it is said to end", async () => {
    const plot = () => view.root.querySelector('[aria-label="The loss of a probability"]')?.textContent ?? "";
    expect(plot()).toContain("024");
    await update({ logits: [-1, 4, 0.5] });
    expect(plot()).toContain("048");
    expect(plot()).not.toContain("beyond the axis");
    await update({ logits: [-30, 4, 0.5] });
    expect(plot()).toContain("0816");
    expect(plot()).toContain("beyond the axis");
  });

  it("divides logits and gradient by the temperature", async () => {
    await view.slide("Temperature T", -0.3);
    expect(model.state.temperature).toBe(0.5);
    const e = [6, 2, 0.4].map(Math.exp);
    const p = (e[0] as number) / e.reduce((sum, each) => sum + each);
    expect(view.numbers()).toMatchObject({
      "p.0": p.toFixed(3),
      "g.0": `−${(2 * (1 - p)).toFixed(3)}`,
      T: "0.50",
    });
  });

  it("takes and gives classes, and keeps a true class", async () => {
    await view.press("True class: Boot");
    expect(model.state.target).toBe(2);
    await view.press("One class less");
    expect(model.state).toMatchObject({ logits: [3, 1], target: 1 });
    expect(view.button("One class less").disabled).toBe(true);
    for (let more = 0; more < 8; more++) await view.press("One more class");
    expect((model.state.logits as number[]).length).toBe(10);
    expect(view.button("One more class").disabled).toBe(true);
    expect(handle("Bag").getAttribute("aria-valuenow")).toBe("0");
    expect(handle("class 9")).toBeTruthy();
    const select = view.field<HTMLSelectElement>("True class");
    select.value = "9";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await nextFrame();
    expect(model.state.target).toBe(9);
  });

  it("can be told the true class by a press on its name", async () => {
    view.root
      .querySelectorAll(".nnw-pressable")[1]
      ?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await nextFrame();
    expect(model.state.target).toBe(1);
    expect(view.numbers()["g.1"]).toBe("−0.887");
  });

  it.each([
    { logits: [1e6, -1e6, 0], temperature: 0.1, offset: 1e6 },
    { logits: [-1e6, -1e6], temperature: 0.1, offset: -1e6 },
    { logits: [0, 0], temperature: 10, offset: 1000 },
    { logits: [1e-12, -1e-12, 88.73, 4], temperature: 1, offset: 0 },
  ])("is readable at $logits", async (settings) => {
    await update(settings);
    expect(view.root.innerHTML).not.toContain("NaN");
    expect(view.root.innerHTML).not.toContain("undefined");
  });
});

describe("the axis of logits", () => {
  it.each([
    [[3, 1, 0.2], 0, 4],
    [[4, -4], 0, 6],
    [[-5.5, 4.5], 0, 6],
    [[12, 11, 3], 0, 20],
    [[1003, 1001, 1000.2], 1000, 4],
    [[-100.5, -99], -100, 4],
    [[1000, -1000], 0, 2000],
    [[30, 28, 0], 0, 40],
    [[61, 60], 60, 4],
  ])("of %j begins at %d and reaches %d", (logits, base, reach) => {
    expect(frameOf(logits)).toEqual({ base, reach });
  });
});
