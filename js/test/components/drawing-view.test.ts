// Drawing one's own data, as a reader meets it: the thumbnail, the palette, the map under the pointer and the keys.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defaultTraits, type FakeModel, fakeModel } from "../fake-model";
import { nextFrame, type OpenView, start, useFakeBrowser } from "../view";

let model: FakeModel;
let trainer: ReturnType<typeof start>;
let view: OpenView;

async function open(data: Partial<ReturnType<typeof defaultTraits>["_data"]> = {}): Promise<void> {
  model = fakeModel({ _data: { ...defaultTraits()._data, ...data } });
  trainer = start(model);
  view = await trainer.open();
  model.frame({ full: true });
  await nextFrame();
}

beforeEach(async () => {
  useFakeBrowser();
  await open();
});

afterEach(() => {
  trainer.end.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const thumb = (name: string) => {
  const all = [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-thumb")];
  const found = all.find((one) => one.textContent === name);
  if (!found) throw new Error(`there is no thumbnail "${name}"`);
  return found;
};
const pad = () => view.root.querySelector<HTMLElement>(".nnw-pad");
const hint = () => view.text(".nnw-draw-hint");
const paints = () => model.sentOf("paint");

async function enter(): Promise<void> {
  thumb("draw").click();
  await nextFrame();
}

async function answer(changes: Partial<ReturnType<typeof defaultTraits>["_data"]>): Promise<void> {
  const data = model.get("_data") as ReturnType<typeof defaultTraits>["_data"];
  model.update("_data", { ...data, version: data.version + 1, drawn: true, generated: false, ...changes });
  model.frame();
  await nextFrame();
}

/** The map is 276 pixels wide and goes from −1.5 to 1.5; its corner is that of the page. */
const SIDE = 276;
const pixel = (value: number) => ((value + 1.5) / 3) * SIDE;

function pointer(kind: string, x: number, y: number, more: PointerEventInit = {}): void {
  const place = { clientX: pixel(x), clientY: SIDE - pixel(y), bubbles: true, cancelable: true };
  pad()?.dispatchEvent(new PointerEvent(`pointer${kind}`, { ...place, pointerId: 1, button: 0, ...more }));
}

async function key(name: string, more: KeyboardEventInit = {}): Promise<KeyboardEvent> {
  const event = new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more });
  pad()?.dispatchEvent(event);
  await nextFrame();
  return event;
}

describe("the thumbnail", () => {
  it("leads into the mode and out of it, and keeps the points", async () => {
    expect(thumb("draw").getAttribute("aria-pressed")).toBe("false");
    await enter();
    expect(thumb("draw").getAttribute("aria-pressed")).toBe("true");
    expect(thumb("circles").getAttribute("aria-pressed")).toBe("false");
    expect(pad()).not.toBeNull();
    expect(view.root.querySelector(".nnw-ramp")).toBeNull();
    await enter();
    expect(pad()).toBeNull();
    expect(view.root.querySelector(".nnw-ramp")).not.toBeNull();
    expect(thumb("circles").getAttribute("aria-pressed")).toBe("true");
    expect(model.sent.filter(({ type }) => ["paint", "erase", "undo", "set"].includes(type))).toEqual([]);
  });

  it("shows the drawing, in the frame of what is chosen, also after the mode", async () => {
    expect(thumb("draw").querySelector("canvas")).toBeNull();
    await answer({ name: "drawing" });
    expect(thumb("draw").querySelector("canvas")).not.toBeNull();
    expect(thumb("draw").dataset.current).toBe("true");
    expect(thumb("circles").dataset.current).toBeUndefined();
    expect(thumb("draw").getAttribute("aria-pressed")).toBe("false");
  });

  it("of another data set ends the mode", async () => {
    await enter();
    thumb("moons").click();
    await nextFrame();
    expect(pad()).toBeNull();
    expect(model.sentOf("set")).toMatchObject([{ name: "dataset", value: "moons" }]);
  });

  it("does nothing where nobody answers", async () => {
    await enter();
    model.update("status", "closed");
    await nextFrame();
    expect(pad()).toBeNull();
    expect(thumb("draw").disabled).toBe(true);
  });
});

describe("the palette", () => {
  const names = () =>
    [...view.root.querySelectorAll<HTMLInputElement>(".nnw-brushes input")].map((radio) => [
      radio.getAttribute("aria-label"),
      radio.checked,
    ]);

  it("has the classes of the data, one more on demand, and the eraser", async () => {
    await enter();
    expect(names()).toEqual([
      ["class 0", true],
      ["class 1", false],
      ["Eraser", false],
    ]);
    pad()?.blur();
    view.button("New class").click();
    await nextFrame();
    expect(names()[2]).toEqual(["class 2", true]);
    expect(document.activeElement).toBe(pad()); // the button is done with, and the keys go on
    pad()?.blur();
    await nextFrame();
    expect(hint()).toBe("Drag to add class 2 (new)");
    expect(view.button("New class").disabled).toBe(true);
    pointer("down", 0, 0);
    pointer("up", 0, 0);
    expect(paints()[0]?.label).toBe(2);
    await answer({ class_names: ["0", "1", "2"] });
    expect(view.button("New class").disabled).toBe(false);
    expect(names()[2]).toEqual(["class 2", true]);
    await answer({ class_names: [..."01234567"] });
    expect(view.root.querySelector('[aria-label="New class"]')).toBeNull();
    expect(names()).toHaveLength(9);
  });

  it("undoes only what there is to undo", async () => {
    await enter();
    expect(view.button("Undo stroke").disabled).toBe(true);
    await answer({ can_undo: true });
    view.button("Undo stroke").click();
    expect(model.sent.at(-1)).toEqual({ type: "undo" });
  });

  it("arms the next stroke to replace all points, and says so", async () => {
    await enter();
    view.button("Clear").click();
    await nextFrame();
    expect(hint()).toBe("The next stroke replaces all points");
    expect(view.button("Clear").getAttribute("aria-pressed")).toBe("true");
    pointer("down", 0, 0);
    pointer("up", 0, 0);
    await nextFrame();
    expect(paints()[0]?.clear).toBe(true);
    expect(view.button("Clear").getAttribute("aria-pressed")).toBe("false");
  });

  it("ends with Done, or Escape, and gives the keyboard back", async () => {
    for (const end of [
      () => view.root.querySelector<HTMLButtonElement>(".nnw-act--word")?.click(),
      () =>
        view.field("Eraser").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })),
    ]) {
      await enter();
      end();
      await nextFrame();
      expect(pad()).toBeNull();
      expect(document.activeElement).toBe(thumb("draw"));
    }
  });

  it("begins anew with two classes where the data have values to predict", async () => {
    trainer.end.abort();
    await open({ class_names: [] });
    await enter();
    expect(names()).toEqual([
      ["class 0", true],
      ["class 1", false],
      ["Eraser", false],
    ]);
    expect(hint()).toBe("The next stroke replaces all points");
    for (const name of ["Clear", "Eraser", "New class"]) expect(view.button(name).disabled, name).toBe(true);
    pointer("down", 0, 0);
    pointer("up", 0, 0);
    expect(paints()[0]).toMatchObject({ label: 0, clear: true });
  });
});

describe("the pointer on the map", () => {
  it("paints where it is pressed and along its way", async () => {
    await enter();
    pointer("down", 0.5, 0.75);
    pointer("move", 1, 0.75);
    pointer("up", 1, 0.75);
    pointer("move", 0, 0);
    const [message] = paints();
    expect(message?.points[0]).toEqual([0.5, 0.75]);
    expect(message?.points).toHaveLength(1 + Math.floor(46 / 9));
    expect(paints()).toHaveLength(1);
  });

  it("erases, and shows how far it reaches", async () => {
    await enter();
    view.field("Eraser").click();
    pointer("move", 0, 0.5);
    await nextFrame();
    expect(view.root.querySelector(".nnw-pointed circle")?.getAttribute("r")).toBe("12");
    pointer("down", 0, 0.5);
    pointer("up", 0, 0.5);
    expect(model.sentOf("erase")[0]?.points).toEqual([[0, 0.5]]);
    const painting = vi.spyOn(globalThis, "requestAnimationFrame");
    pointer("move", 0, 0.25);
    await vi.advanceTimersByTimeAsync(0);
    expect(view.root.querySelector(".nnw-pointed g")?.getAttribute("transform")).toBe("translate(138 115)");
    expect(painting).not.toHaveBeenCalled();
    pointer("leave", 0, 0.5);
    await nextFrame();
    expect(view.root.querySelector(".nnw-pointed")).toBeNull();
  });

  it("paints with its first button and its first finger only, and stops when it is taken away", async () => {
    await enter();
    pointer("down", 0, 0, { button: 2 });
    pointer("up", 0, 0, { button: 2 });
    expect(paints()).toEqual([]);
    pointer("down", 0, 0);
    pointer("down", 1, 1, { pointerId: 2 });
    pointer("move", 1, -1, { pointerId: 2 });
    pointer("up", 1, 1, { pointerId: 2 });
    expect(paints()).toEqual([]);
    pointer("cancel", 0, 0);
    expect(paints().map(({ points }) => points)).toEqual([[[0, 0]]]);
    pointer("move", 1, 1);
    pointer("up", 1, 1);
    expect(paints()).toHaveLength(1);
  });

  it("paints while training runs, and while the map is that of a neuron", async () => {
    await enter();
    model.update("status", "running");
    view.button("Hidden 1, neuron 2").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    pointer("down", -1, -1);
    await vi.advanceTimersByTimeAsync(50);
    expect(paints()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(60);
    expect(paints()).toHaveLength(1);
    pointer("up", -1, -1);
    expect(paints()).toHaveLength(1);
  });
});

describe("the keyboard on the map", () => {
  beforeEach(enter);

  it("is there as soon as the mode is", () => {
    expect(document.activeElement).toBe(pad());
    expect(pad()?.getAttribute("role")).toBe("application");
    expect(pad()?.getAttribute("aria-label")).toBe("Drawing area over x1 and x2");
  });

  it("moves a cursor, says where it is, and paints there", async () => {
    await key("ArrowRight");
    await key("ArrowUp", { shiftKey: true });
    expect(view.root.querySelector(".nnw-pointed g")?.getAttribute("transform")).toBe("translate(143 113)");
    expect(hint()).toBe("class 0 at (0.054, 0.27)");
    await key(" ");
    await key(" ", { repeat: true });
    await key("2");
    await key("Enter");
    expect(paints().map(({ label, points }) => [label, points])).toEqual([
      [0, [[0.054348, 0.271739]]],
      [1, [[0.054348, 0.271739]]],
    ]);
    expect(paints()[0]?.stroke).not.toBe(paints()[1]?.stroke);
  });

  it("has its keys beside the map too, and does not lose them with a button", async () => {
    await answer({ can_undo: true });
    const press = async (element: Element, name: string, more: KeyboardEventInit = {}) => {
      element.dispatchEvent(
        new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }),
      );
      await nextFrame();
    };
    const undo = view.button("Undo stroke");
    undo.focus();
    await press(undo, "2");
    expect(view.field("class 1").checked).toBe(true);
    await press(view.field("class 1"), "e");
    expect(view.field("Eraser").checked).toBe(true);
    await press(view.field("Eraser"), "z", { ctrlKey: true });
    undo.click();
    expect(model.sentOf("undo")).toHaveLength(2);
    expect(document.activeElement).toBe(undo);
    await answer({ can_undo: false });
    expect(document.activeElement).toBe(pad());
    await press(view.button("Clear"), "Escape");
    expect(pad()).toBeNull();
  });

  it("does not leave the map", async () => {
    for (let press = 0; press < 12; press++) await key("ArrowLeft", { shiftKey: true });
    await key(" ");
    expect(paints()[0]?.points[0]?.[0]).toBeGreaterThan(-1.5);
  });

  it("erases, chooses the eraser, undoes, and ends", async () => {
    await key("Delete");
    await key("Backspace");
    expect(model.sentOf("erase")).toHaveLength(2);
    await key("e");
    expect(view.field("Eraser").checked).toBe(true);
    await key("1");
    expect(view.field("class 0").checked).toBe(true);
    await answer({ can_undo: true });
    await key("z", { ctrlKey: true });
    await key("z", { metaKey: true });
    expect(model.sentOf("undo")).toHaveLength(2);
    await key("Escape");
    expect(pad()).toBeNull();
    expect(document.activeElement).toBe(thumb("draw"));
  });

  it("keeps its keys from the page, and leaves the page its own", async () => {
    const heard: string[] = [];
    const listen = (event: Event) => heard.push((event as KeyboardEvent).key);
    document.addEventListener("keydown", listen);
    expect((await key("z", { ctrlKey: true })).defaultPrevented).toBe(true);
    expect((await key("ArrowDown")).defaultPrevented).toBe(true);
    expect(heard).toEqual([]);
    expect((await key("s", { ctrlKey: true })).defaultPrevented).toBe(false);
    expect((await key("Tab")).defaultPrevented).toBe(false);
    expect(heard).toEqual(["s"]);
    document.removeEventListener("keydown", listen);
  });
});
