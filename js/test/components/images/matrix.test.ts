import { describe, expect, it } from "vitest";
import { CLASSES, CONFUSION } from "../../fake-image-model";
import { imageModel, nextFrame, useImageTrainer, view } from "../../view";
import { all, button, frame, one, partsWith, press, pressKey, selectedOf, THIN, texts } from "./support";

useImageTrainer();

const cells = () => all(".nnw-confusion-rows [role=gridcell][id]");
const cell = (row: number, column: number) => cells()[row * CLASSES.length + column];
const sentence = () => view.text(".nnw-mistakes .nnw-images-foot > span");
const selected = () => selectedOf(cells());
const largest = () => texts(".nnw-shades > span").at(-1);

describe("mistakes", () => {
  it("are counted by true class and answer, numbers from ten up, with the accuracy of each class", async () => {
    await frame();
    expect(cells()).toHaveLength(100);
    expect(cell(0, 1)?.textContent).toBe("150");
    expect(cell(0, 2)?.textContent).toBe("50");
    expect([cell(0, 0)?.textContent, cell(0, 3)?.textContent]).toEqual(["", ""]);
    expect(cell(0, 0)?.getAttribute("aria-label")).toBe("800 of 1,000 t-shirts are right");
    expect(texts(".nnw-confusion-rows .nnw-confusion-share")).toEqual(CLASSES.map(() => `80${THIN}%`));
    expect(view.text(".nnw-mistakes .nnw-titlerow .nnw-2nd")).toBe(
      "2,000 of 10,000; rows true, columns answered",
    );
  });

  it("are said in a sentence: the most frequent one, the one that is chosen, the one pointed at", async () => {
    await frame();
    expect(sentence()).toBe("150 of 1,000 t-shirts are taken for trousers");
    await pressKey(one(".nnw-confusion"), "ArrowDown");
    await pressKey(one(".nnw-confusion"), "ArrowRight");
    expect(sentence()).toBe("150 of 1,000 trousers are taken for pullovers");
    expect(one(".nnw-confusion").getAttribute("aria-activedescendant")).toBe(cell(1, 2)?.id);
    const rows = one(".nnw-confusion-rows");
    const at = (x: number, y: number, name: string) =>
      new MouseEvent(name, { clientX: x, clientY: y, bubbles: true });
    const side = Number.parseFloat(one(".nnw-confusion").style.getPropertyValue("--cell"));
    await press(rows, at(4.5 * side, 3.5 * side, "pointermove"));
    expect(sentence()).toBe("150 of 1,000 dresses are taken for coats");
    expect(selected()).toBe(12);
    await press(rows, at(0, 0, "pointerleave"));
    expect(sentence()).toBe("150 of 1,000 trousers are taken for pullovers");
    await press(rows, at(4.5 * side, 3.5 * side, "click"));
    expect(selected()).toBe(34);
  });

  it("lead to the images behind them", async () => {
    await frame();
    await press(button("Show them"));
    expect(imageModel.sentOf("gallery")).toEqual([
      { type: "gallery", wrong: true, actual: 0, predicted: 1, others: false },
    ]);
    await pressKey(one(".nnw-confusion"), "ArrowLeft");
    expect(sentence()).toBe("800 of 1,000 t-shirts are right");
    expect((button("Show them") as HTMLButtonElement).disabled).toBe(true);
    await pressKey(one(".nnw-confusion"), "Enter");
    expect(imageModel.sentOf("gallery")).toHaveLength(1);
    const side = Number.parseFloat(one(".nnw-confusion").style.getPropertyValue("--cell"));
    const click = (x: number, y: number) =>
      press(
        one(".nnw-confusion-rows"),
        new MouseEvent("click", { clientX: x * side, clientY: y * side, bubbles: true }),
      );
    await click(4.5, 3.5);
    await pressKey(one(".nnw-confusion"), "ArrowDown");
    await pressKey(one(".nnw-confusion"), "ArrowRight");
    await pressKey(one(".nnw-confusion"), "Enter");
    // There are none of these.
    await click(7.5, 0.5);
    expect(imageModel.sentOf("gallery").slice(1)).toEqual([
      { type: "gallery", wrong: true, actual: 3, predicted: 4, others: false },
      { type: "gallery", wrong: true, actual: 4, predicted: 5, others: false },
    ]);
    expect((button("Show them") as HTMLButtonElement).disabled).toBe(true);
    imageModel.update("controls", ["play"]);
    await nextFrame();
    await click(4.5, 3.5);
    expect(imageModel.sentOf("gallery")).toHaveLength(3);
  });

  it("keep the meaning of their shades during a run, unless a count exceeds it or half of it is not used", async () => {
    await frame({ step: 100 });
    expect(largest()).toBe("150");
    await frame({ step: 200 }, { parts: partsWith({ confusion: CONFUSION.map((count) => count / 2) }) });
    expect(largest()).toBe("150");
    await frame({ step: 250 }, { parts: partsWith({ confusion: CONFUSION.map((count) => count / 3) }) });
    expect(largest()).toBe("50");
    await frame({ step: 300 }, { parts: partsWith({ confusion: CONFUSION.map((count) => count * 2) }) });
    expect(largest()).toBe("300");
    await frame({ step: 0 });
    expect(largest()).toBe("150");
  });

  it("of many classes are drawn without numbers, and can still be walked through", async () => {
    const names = Array.from({ length: 40 }, (_, index) => String(index));
    const counts = Float32Array.from({ length: 1600 }, (_, at) => (at % 41 ? Number(at === 81) * 20 : 80));
    imageModel.update("_data", { ...imageModel.get("_data"), version: 2, class_names: names });
    await frame({ data_version: 2 }, { parts: [["confusion", [40, 40], counts]] });
    expect(cells()).toHaveLength(1);
    expect(cells()[0]?.getAttribute("aria-label")).toBe("20 of 100 images of class 2 are taken for class 1");
    expect(cells()[0]?.textContent).toBe("");
    const named = texts(".nnw-confusion-rows [role=rowheader]").filter(Boolean);
    expect(named.length).toBeLessThan(40);
    expect(named).toContain("2");
    await pressKey(one(".nnw-confusion"), "End");
    expect(cells()[0]?.getAttribute("aria-label")).toBe("80 of 80 images of class 39 are right");
  });

  it("may be none", async () => {
    const right = CONFUSION.map((_, at) => (at % 11 ? 0 : 1000));
    await frame({}, { parts: partsWith({ confusion: right }) });
    expect(sentence()).toBe("None is wrong");
    await pressKey(one(".nnw-confusion"), "Home");
    expect(sentence()).toBe("1,000 of 1,000 t-shirts are right");
  });

  it("are empty before anything is counted", async () => {
    expect(sentence()).toBe("");
    expect((button("Show them") as HTMLButtonElement).disabled).toBe(true);
    expect(texts(".nnw-confusion-rows .nnw-confusion-share")[0]).toBe("–");
    await nextFrame();
  });
});
