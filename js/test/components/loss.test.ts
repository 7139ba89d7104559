import { describe, expect, it } from "vitest";
import loss from "../../src/widgets/loss";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const BATCH = [
  [0.9, 1],
  [0.2, 0],
  [0.6, 1],
];

useExplorer(loss, { loss_fn: "bce", target: 1, logit: -3, batch: BATCH });

const handle = (label: string) => view.field<HTMLElement>(label);

async function update(settings: Record<string, unknown>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) model.update(name, value);
  await nextFrame();
}

const press = async (text: string) => {
  [...view.root.querySelectorAll("button")].find(({ textContent }) => textContent === text)?.click();
  await nextFrame();
};

async function drag(element: HTMLElement, by: number): Promise<void> {
  const at = (type: string, clientX: number) =>
    element.dispatchEvent(new PointerEvent(type, { clientX, clientY: 0, pointerId: 1, bubbles: true }));
  at("pointerdown", 1000);
  at("pointermove", 1000 + by);
  at("pointerup", 1000 + by);
  await nextFrame();
}

describe("losses", () => {
  it("shows the chain of derivatives of cross-entropy and of squared error, multiplied", () => {
    expect(view.numbers()).toMatchObject({
      z: "−3.00",
      p: "0.047",
      L: "3.049",
      "bce.dp": "−21.086",
      "mse.dp": "−1.905",
      slope: "0.045",
      "bce.dz": "−0.953",
      "mse.dz": "−0.086",
      "hinge.dz": "−1.000",
    });
    expect(view.numbers()["hinge.dp"]).toBeUndefined();
    expect(view.text(".nnw-diag")).toContain("11 times less");
  });

  it("shows the chosen loss", async () => {
    await view.press("Loss: squared error");
    expect(model.state.loss_fn).toBe("mse");
    expect(view.numbers()).toMatchObject({ L: "0.907", dp: "−1.905", dz: "−0.086" });
    view.root
      .querySelectorAll(".nnw-pressable")[2]
      ?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await nextFrame();
    expect(view.numbers()).toMatchObject({ L: "4.000", dz: "−1.000" });
    await update({ logit: 1 });
    expect(view.numbers()).toMatchObject({ L: "0", dz: "0", dp: "0" });
  });

  it("follows the prediction that is dragged, and keys", async () => {
    const point = handle("Prediction");
    await drag(point, 5000);
    expect(model.state.logit).toBe(8);
    await drag(point, -5000);
    expect(model.state.logit).toBe(-8);
    await view.key(point, "ArrowRight");
    expect(model.state.logit).toBe(-7.9);
    await view.key(point, "ArrowUp", { shiftKey: true });
    expect(model.state.logit).toBe(-7.89);
    await view.key(point, "Home");
    expect(model.state.logit).toBe(-8);
  });

  it("has a tangent that falls towards the target, within what a logit may be", async () => {
    const ends = () => {
      const path = view.root.querySelector("path.nnw-now-line")?.getAttribute("d") ?? "";
      return path.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number) ?? [];
    };
    for (const target of [0, 1]) {
      await update({ loss_fn: "bce", target, logit: target ? -0.5 : 0.5 });
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = ends();
      // The screen's y goes down.
      expect(Math.sign((y2 - y1) * (x2 - x1))).toBe(target ? 1 : -1);
    }
    await update({ logit: 200 });
    await view.key(handle("Logit of cross-entropy"), "ArrowRight");
    expect(model.state.logit).toBe(200);
  });

  it("keeps the axis of z while it is dragged there", async () => {
    await update({ logit: 20 });
    const point = handle("Logit of squared error");
    expect(point.getAttribute("aria-valuemax")).toBe("20");
    const at = (type: string, clientX: number) =>
      point.dispatchEvent(new PointerEvent(type, { clientX, clientY: 0, pointerId: 1, bubbles: true }));
    at("pointerdown", 1000);
    at("pointermove", 900);
    await nextFrame();
    expect(Math.abs(model.state.logit as number)).toBeLessThan(8);
    expect(handle("Logit of squared error").getAttribute("aria-valuemax")).toBe("20");
    at("pointerup", 900);
    await nextFrame();
    expect(handle("Logit of squared error").getAttribute("aria-valuemax")).toBe("8");
  });

  it.each([0, 1])(
    "has the loss and the slope beside the point within the drawing: target %s",
    async (target) => {
      const width = Number(view.root.querySelector(".nnw-scene svg")?.getAttribute("width"));
      for (const logit of [-200, -8, -3, -0.5, 0, 0.5, 3, 8, 200]) {
        await update({ logit, target });
        for (const text of view.root.querySelectorAll<SVGTextElement>(".nnw-loss-point text")) {
          const x = Number(text.getAttribute("x"));
          const isToTheLeft = text.getAttribute("text-anchor") === "end";
          expect(isToTheLeft ? x - 112 : width - x - 112).toBeGreaterThanOrEqual(0);
        }
      }
    },
  );

  it("compares with float32 what goes by way of p", async () => {
    expect(view.numbers()).toMatchObject({ "single.p": "0.047", "single.L": "3.049" });
    await update({ loss_fn: "mse" });
    expect(view.numbers()["single.L"]).toBeUndefined();
  });

  it("follows the slider and the target", async () => {
    await view.slide("Logit z", 2.5);
    await view.press("Target y: 0");
    expect(model.state).toMatchObject({ logit: 2.5, target: 0 });
    expect(view.numbers()).toMatchObject({ L: Math.log1p(Math.exp(2.5)).toFixed(3), "bce.dz": "0.924" });
  });

  it("says what float32 makes of a loss by way of p", async () => {
    await update({ logit: 20, target: 0 });
    expect(view.numbers()).toMatchObject({ L: "20.000", "single.p": "1", "single.L": "100.000" });
    expect(view.text(".nnw-diag")).toContain("p is exactly 1");
    await press("z = 4");
    expect(model.state.logit).toBe(4);
    await update({ logit: 10 });
    expect(view.numbers()["single.p"]).toBe("0.99995458");
  });

  it("makes a prediction wrong to show what it is about", async () => {
    await update({ logit: 2 });
    expect(view.text(".nnw-diag")).toContain(
      "Squared error then pulls with −0.005, cross-entropy with −0.998",
    );
    await press("Make it wrong");
    expect(model.state.logit).toBe(-6);
    expect(view.numbers()).toMatchObject({ "bce.dz": "−0.998", "mse.dz": "−0.005" });
  });
});

describe("a batch", () => {
  it("has a mean, and a gradient for each of its samples", () => {
    expect(view.numbers()).toMatchObject({
      "b.p.0": "0.90",
      "b.L.0": "0.105",
      "b.L.2": "0.511",
      "b.mean": "0.280",
      "b.g.0": "−0.033",
      "b.g.1": "0.067",
      "b.g.2": "−0.133",
      "b.total": "−0.100",
    });
  });

  it("is changed by mouse and keys, up to exactly 0 and 1", async () => {
    const sample = handle("Prediction of sample 1");
    await drag(sample, -5000);
    expect(model.state.batch).toEqual([[0, 1], ...BATCH.slice(1)]);
    expect(view.numbers()).toMatchObject({
      "b.L.0": "∞",
      "b.mean": "∞",
      "b.clamped": "33.578",
      "b.g.0": "−0.333",
    });
    expect(view.text(".nnw-diag")).toContain("33.578");
    await press("Make it 0.01");
    expect(model.state.batch).toEqual([[0.01, 1], ...BATCH.slice(1)]);
    await view.key(handle("Prediction of sample 2"), "End");
    await view.key(handle("Prediction of sample 2"), "ArrowLeft", { shiftKey: true });
    expect((model.state.batch as number[][])[1]).toEqual([0.999, 0]);
  });

  it("has other targets, and more and fewer samples", async () => {
    await view.press("Target of sample 2: 0, change");
    expect(model.state.batch).toEqual([
      [0.9, 1],
      [0.2, 1],
      [0.6, 1],
    ]);
    await view.press("One sample less");
    await view.press("One sample less");
    expect(model.state.batch).toEqual([[0.9, 1]]);
    expect(view.button("One sample less").disabled).toBe(true);
    for (let more = 0; more < 7; more++) await view.press("One more sample");
    expect(view.button("One more sample").disabled).toBe(true);
    expect((model.state.batch as number[][]).at(-1)).toEqual([0.5, 1]);
  });

  it("says what PyTorch makes of a certain mistake, only where there is one", async () => {
    expect(view.numbers()["b.clamped"]).toBeUndefined();
    await update({ batch: [[0, 1]] });
    expect(view.numbers()).toMatchObject({ "b.mean": "∞", "b.clamped": "100.000" });
  });

  it("whose gradients cancel has none by a shared bias", async () => {
    await update({
      batch: [
        [0.7, 1],
        [0.3, 0],
      ],
    });
    expect(view.numbers()["b.total"]).toBe("0");
  });
});

describe("extremes", () => {
  it.each([
    { logit: 200, target: 0, loss_fn: "mse", batch: [[1, 0]] },
    {
      logit: -200,
      target: 1,
      loss_fn: "bce",
      batch: [
        [0, 1],
        [1, 0],
      ],
    },
    {
      logit: 200,
      target: 1,
      loss_fn: "hinge",
      batch: [
        [0, 1],
        [1, 1],
        [0.5, 0],
      ],
    },
    { logit: 0, target: 0, loss_fn: "hinge", batch: [[1e-300, 1]] },
  ])("are readable: $logit, $loss_fn", async (settings) => {
    await update(settings);
    expect(view.root.innerHTML).not.toContain("NaN");
    expect(view.root.innerHTML).not.toContain("undefined");
    expect(view.root.querySelector("svg")?.outerHTML).not.toContain("Infinity");
  });
});
