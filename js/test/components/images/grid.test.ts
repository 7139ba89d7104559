import { describe, expect, it, vi } from "vitest";
import { CLASSES, GALLERY } from "../../fake-image-model";
import { imageModel, nextFrame, type, useImageTrainer, view } from "../../view";
import { all, button, frame, one, partsWith, press, pressKey, selectedOf, THIN } from "./support";

useImageTrainer();

const pictures = () => all(".nnw-gallery > [role=option]");
const without = (picture: HTMLElement | undefined, left: string) => {
  const rest = picture?.cloneNode(true) as HTMLElement;
  for (const each of rest.querySelectorAll(left)) each.remove();
  return rest.textContent;
};
const spoken = (picture: HTMLElement | undefined) => without(picture, "[aria-hidden]");
const seen = (picture: HTMLElement | undefined) => without(picture, ".nnw-unseen");
const here = () => one(".nnw-gallery").getAttribute("aria-activedescendant");
const sent = () => imageModel.sentOf("gallery").at(-1);
const note = () => view.text(".nnw-images .nnw-titlerow .nnw-2nd");
const heading = () => view.text(".nnw-images h3");
const ALL = { type: "gallery", wrong: false, actual: null, predicted: null, others: false };

describe("test images", () => {
  it("have their names, and what the network answers, as text and for who cannot see it", async () => {
    expect(pictures()).toHaveLength(28);
    expect(spoken(pictures()[0])).toBe("Pullover");
    await frame();
    expect(spoken(pictures()[0])).toBe(`Pullover, the network answers Dress, 50${THIN}%`);
    expect(spoken(pictures()[1])).toBe(`Dress, the network answers Dress, 60${THIN}%`);
    expect(pictures().slice(0, 2).map(seen)).toEqual([`PulloverDress?\u00a050${THIN}%`, `Dress60${THIN}%`]);
    expect(pictures().map(({ dataset }) => "wrong" in dataset)).toEqual(
      GALLERY.labels.map((_, index) => index % 5 === 0),
    );
    expect(note()).toBe("28 of 10,000, 6 wrong here; name, then the network’s answer");
  });

  it("are not taken for numbers where names are: these are called classes", async () => {
    const names = CLASSES.map((_, index) => String(index));
    imageModel.update("_data", { ...imageModel.get("_data"), version: 2, class_names: names });
    await frame({ data_version: 2 });
    expect(spoken(pictures()[0])).toBe(`class 2, the network answers class 3, 50${THIN}%`);
    expect(seen(pictures()[0])).toBe(`class 2class 3?\u00a050${THIN}%`);
  });

  it("are marked anew with each frame, and not by answers for other images", async () => {
    await frame({}, { parts: partsWith({ answers: GALLERY.labels }) });
    expect(note()).toContain("0 wrong here");
    imageModel.update("_gallery", { ...GALLERY, version: 2, labels: [...GALLERY.labels].reverse() });
    await nextFrame();
    expect(note()).not.toContain("wrong here");
    expect(pictures().some(({ dataset }) => "wrong" in dataset)).toBe(false);
  });

  it("can be chosen by pointer and by keyboard, in one stop of the Tab key", async () => {
    await press(pictures()[3]);
    expect(imageModel.sentOf("choose")).toEqual([{ type: "choose", image: GALLERY.images[3] }]);
    const list = one(".nnw-gallery");
    for (const key of ["Home", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown"])
      await pressKey(list, key);
    expect(here()).toBe(pictures()[8]?.id);
    await pressKey(list, "ArrowLeft");
    await pressKey(list, "ArrowLeft");
    expect(here()).toBe(pictures()[7]?.id);
    await pressKey(list, "Enter");
    expect(imageModel.sentOf("choose").at(-1)).toEqual({ type: "choose", image: GALLERY.images[7] });
    expect(all(".nnw-images [tabindex='0']")).toEqual([list]);
  });

  it("say which of them is the chosen one", async () => {
    expect(selectedOf(pictures())).toBe(0);
    const chosen = imageModel.get("_chosen");
    imageModel.update("_chosen", chosen && { ...chosen, version: 2, image: GALLERY.images[5] as number });
    await nextFrame();
    expect(selectedOf(pictures())).toBe(5);
    imageModel.update(
      "_chosen",
      chosen && { ...chosen, version: 3, source: "file", image: null, label: null },
    );
    await nextFrame();
    expect(selectedOf(pictures())).toBe(-1);
  });
});

describe("which images are shown", () => {
  it("is asked for by what is wrong, by class, and anew", async () => {
    view.field("Show: only wrong").click();
    expect(sent()).toEqual({ ...ALL, wrong: true });
    type(view.field<HTMLSelectElement>("True class"), "3", "change");
    expect(sent()).toEqual({ ...ALL, actual: 3 });
    await press(button("show others"));
    expect(sent()).toEqual({ ...ALL, others: true });
  });

  it("keeps what it was chosen by", async () => {
    imageModel.update("_gallery", { ...GALLERY, version: 2, wrong: true, actual: 4, fitting: 170 });
    await frame();
    expect(note()).toBe("28 of 170 coats wrong, 6 wrong now");
    await press(button("show others"));
    expect(sent()).toEqual({ ...ALL, wrong: true, actual: 4, others: true });
    type(view.field<HTMLSelectElement>("True class"), "", "change");
    expect(sent()).toEqual({ ...ALL, wrong: true });
  });

  it("has the name of the matrix's cell that it comes from, and a way back", async () => {
    imageModel.update("_gallery", {
      ...GALLERY,
      version: 2,
      wrong: true,
      actual: 2,
      predicted: 4,
      fitting: 167,
    });
    await nextFrame();
    expect(heading()).toBe("Pullover taken for Coat");
    expect(note()).toBe("28 of 167");
    // The answers are of now: of those that were chosen some are taken for something else.
    const answers = GALLERY.labels.map((_, index) => (index < 5 ? 4 : 2));
    await frame({ gallery_version: 2 }, { parts: partsWith({ answers }) });
    expect(note()).toBe("28 of 167 then, 5 now");
    await frame({ gallery_version: 2 }, { parts: partsWith({ answers: GALLERY.labels.map(() => 4) }) });
    expect(note()).toBe("28 of 167");
    await press(button("show others"));
    expect(sent()).toEqual({ ...ALL, wrong: true, actual: 2, predicted: 4, others: true });
    await press(button("Back to all"));
    expect(sent()).toEqual(ALL);
  });

  it("has a third line where a name and a share are wider than a picture's place", async () => {
    const list = () => one(".nnw-gallery");
    const wide = vi.spyOn(document, "createElement");
    expect(list().dataset.tall).toBeUndefined();
    const height = Number.parseFloat(list().style.height);
    wide.mockImplementation(((tag: string) => {
      const element = Document.prototype.createElement.call(document, tag);
      const context = { measureText: () => ({ width: 90 }) };
      return tag === "canvas" ? Object.assign(element, { getContext: () => context }) : element;
    }) as typeof document.createElement);
    imageModel.update("_data", {
      ...imageModel.get("_data"),
      version: 2,
      class_names: [...CLASSES].reverse(),
    });
    await frame({ data_version: 2 });
    wide.mockRestore();
    expect(list().dataset.tall).toBe("true");
    expect(Number.parseFloat(list().style.height)).toBe(height + 40);
  });

  it("is said where there are none, in a place as high as theirs", async () => {
    const height = one(".nnw-gallery").style.height;
    imageModel.update("_gallery", {
      ...GALLERY,
      version: 2,
      wrong: true,
      fitting: 0,
      images: [],
      labels: [],
    });
    await nextFrame();
    expect(view.text(".nnw-images-none")).toBe("None is wrong.");
    expect(one(".nnw-images-none").style.height).toBe(height);
  });

  it("cannot be asked for where Python says so, or is gone", async () => {
    imageModel.update("controls", ["play"]);
    await nextFrame();
    expect(button("show others")).toBeUndefined();
    await press(pictures()[3]);
    expect(imageModel.sentOf("choose")).toEqual([]);
    imageModel.update("controls", null);
    imageModel.update("status", "closed");
    await nextFrame();
    expect((button("show others") as HTMLButtonElement).disabled).toBe(true);
    expect(view.field("Show: only wrong").disabled).toBe(true);
    await press(pictures()[3]);
    expect(imageModel.sentOf("choose")).toEqual([]);
  });
});
