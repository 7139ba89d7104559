import { describe, expect, it } from "vitest";
import { CHOSEN, CLASSES, LOGITS, MAPS, PROBABILITIES } from "../../fake-image-model";
import { imageModel, nextFrame, useImageTrainer, view } from "../../view";
import { all, frame, one, partsWith, THIN, texts, wants } from "./support";

useImageTrainer();

const rows = () => all(".nnw-answers li");
const note = () => view.text(".nnw-way .nnw-titlerow .nnw-2nd");
const answer = `the network answers Coat, ${Math.round(100 * (PROBABILITIES[4] ?? 0))}${THIN}%`;

describe("one image through the network", () => {
  it("has its name, what it is and what is answered in a line, which is also the picture's text", async () => {
    await frame();
    expect(note()).toBe(`test image 1,431, a pullover; ${answer}`);
    expect(one(".nnw-large").getAttribute("aria-label")).toBe(note());
  });

  it("ends in a logit and a probability for each class", async () => {
    await frame();
    expect(rows()).toHaveLength(10);
    expect(texts(".nnw-logit")).toEqual([...LOGITS].map((logit) => logit.toFixed(1).replace("-", "−")));
    expect(rows().map(({ lastChild }) => lastChild?.textContent)).toEqual(
      [...PROBABILITIES].map((share) =>
        share < 0.005 ? `< 1${THIN}%` : `${Math.round(100 * share)}${THIN}%`,
      ),
    );
    expect(rows().findIndex(({ dataset }) => "best" in dataset)).toBe(4);
    expect(rows().findIndex(({ dataset }) => "true" in dataset)).toBe(2);
    expect(texts(".nnw-share").indexOf("true")).toBe(2);
  });

  it("keeps the scale of the logits while they become smaller", async () => {
    const length = () => Number(all(".nnw-logit")[4]?.style.getPropertyValue("--length"));
    await frame();
    expect(length()).toBeCloseTo(8.2 / 8.4, 5);
    await frame({ step: 200 }, { parts: partsWith({ logits: LOGITS.map((logit) => logit / 2) }) });
    expect(length()).toBeCloseTo(4.1 / 8.4, 5);
  });

  it("keeps its bars in their room where a run has diverged", async () => {
    const logits = LOGITS.map(
      (_, index) => [Number.POSITIVE_INFINITY, Number.NaN, -1e38][index % 3] as number,
    );
    await frame({}, { parts: partsWith({ logits, probabilities: LOGITS.map(() => Number.NaN) }) });
    const lengths = (bars: string, name: string) =>
      all(bars).map(({ style }) => Number(style.getPropertyValue(name)));
    for (const length of [...lengths(".nnw-logit", "--length"), ...lengths(".nnw-share", "--share")]) {
      expect(length).toBeGreaterThanOrEqual(0);
      expect(length).toBeLessThanOrEqual(1);
    }
  });

  it("says nothing of an image that was not answered yet", async () => {
    await frame();
    imageModel.update("_chosen", { ...CHOSEN, version: 2, image: 7, label: 9 });
    await nextFrame();
    expect(note()).toBe("test image 7, a boot");
    expect(texts(".nnw-logit")).toEqual(CLASSES.map(() => "–"));
  });

  it("names one's own images", async () => {
    imageModel.update("_chosen", {
      ...CHOSEN,
      version: 2,
      source: "file",
      name: "boot.png",
      image: null,
      label: null,
    });
    await frame();
    expect(note()).toBe(`boot.png; ${answer}`);
    expect(texts(".nnw-share").includes("true")).toBe(false);
    imageModel.update("_chosen", {
      ...CHOSEN,
      version: 3,
      source: "drawn",
      name: "",
      image: null,
      label: null,
    });
    await frame();
    expect(note()).toBe(`your drawing; ${answer}`);
  });

  it("passes layers that say how many of their units are on", async () => {
    await frame();
    expect(texts(".nnw-flow p")).toEqual(["Hidden 1ReLU, 36 on", "Hidden 2ReLU, 36 on"]);
    const [conv, pool, ...others] = MAPS.stages;
    const stages = [conv, { ...pool, detail: "" }, ...others] as typeof MAPS.stages;
    imageModel.update("_way", { ...MAPS, version: 2, stages });
    imageModel.update("_network", { ...imageModel.get("_network"), version: 2 });
    await frame({ network_version: 2 });
    expect(texts(".nnw-flow p")).toEqual(["convConv2d, 8 maps", "pool8 maps"]);
  });

  it("shows of many classes the likeliest, and the true one", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `kind ${index}`);
    const shares = Float32Array.from(names, (_, index) => (index >= 20 ? 0.05 + index / 1000 : 0.001));
    imageModel.update("_data", { ...imageModel.get("_data"), version: 2, class_names: names });
    await frame(
      { data_version: 2 },
      {
        parts: [
          ["probabilities", [30], shares],
          ["logits", [30], shares],
        ],
      },
    );
    const shown = rows().map(({ firstChild }) => firstChild?.textContent);
    expect(shown).toEqual([...Array.from({ length: 9 }, (_, index) => `kind ${29 - index}`), "kind 2"]);
    expect(view.text(".nnw-answers > p")).toContain("Output, 10 of 30");
  });

  it("wants saliency only while that is shown", async () => {
    expect(await wants()).toEqual(["change", "grid", "matrix", "way"]);
    view.field("Show: saliency").click();
    await frame();
    expect(await wants()).toEqual(["change", "grid", "matrix", "saliency", "way"]);
    expect(one(".nnw-large").getAttribute("aria-label")).toMatch(/^Saliency of test image 1,431/);
    view.field("Show: image").click();
    await nextFrame();
    expect(await wants()).toEqual(["change", "grid", "matrix", "way"]);
  });
});
