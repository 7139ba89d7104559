import { beforeEach, describe, expect, it, vi } from "vitest";
import { CHOSEN, SIDE } from "../../fake-image-model";
import { imageModel, nextFrame, useImageTrainer, view } from "../../view";
import { all, button, one, press, texts } from "./support";

useImageTrainer();

const shown = () => imageModel.sentOf("show_image");
const last = () => {
  const { pixels = "", ...rest } = shown().at(-1) ?? {};
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  return { ...rest, bytes };
};
const pad = () => one(".nnw-large--pad");
const pointer = (name: string, x: number, y: number, id = 1) =>
  Object.assign(new MouseEvent(name, { clientX: x, clientY: y, button: 0, bubbles: true }), {
    pointerId: id,
  });
const focused = () => (view.root.getRootNode() as Document).activeElement;
const draw = async (...way: [number, number][]) => {
  const [[x, y] = [0, 0], ...more] = way;
  await press(pad(), pointer("pointerdown", x, y));
  for (const [across, down] of more) await press(pad(), pointer("pointermove", across, down));
  await press(pad(), pointer("pointerup", 0, 0));
};
/** The row of an image's bytes. */
const row = (bytes: Uint8Array, index: number) => [...bytes.subarray(index * SIDE, (index + 1) * SIDE)];

/** Python shows what was drawn last. */
async function drawnArrives(version = 2): Promise<void> {
  const pixels = new DataView(last().bytes.buffer);
  imageModel.update("_chosen", { ...CHOSEN, version, source: "drawn", image: null, label: null, pixels });
  await nextFrame();
}

describe("drawing", () => {
  beforeEach(() => press(button("draw your own")));

  it("shows what is drawn, in the size of the data, and the last of it in any case", async () => {
    // 196 pixels on screen are 28 of the image.
    await draw([24.5, 73.5], [171.5, 73.5]);
    await vi.advanceTimersByTimeAsync(200);
    const { bytes, ...rest } = last();
    expect(rest).toEqual({ type: "show_image", source: "drawn", name: "" });
    expect(bytes).toHaveLength(SIDE ** 2);
    expect(row(bytes, 10).slice(3, 25)).toEqual(Array(22).fill(255));
    expect(row(bytes, 10).slice(28 - 2)).toEqual([0, 0]);
    expect(row(bytes, 13)).toEqual(Array(28).fill(0));
  });

  it("sends no more than ten images a second", async () => {
    await press(pad(), pointer("pointerdown", 10, 10));
    for (let step = 0; step < 50; step++) {
      pad().dispatchEvent(pointer("pointermove", 10 + step, 10));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(shown().length).toBeGreaterThanOrEqual(4);
    expect(shown().length).toBeLessThanOrEqual(7);
  });

  it("follows one pointer only, while it is down", async () => {
    await press(pad(), pointer("pointermove", 50, 50));
    expect(shown()).toHaveLength(1);
    await press(pad(), pointer("pointerdown", 50, 50));
    await vi.advanceTimersByTimeAsync(200);
    const { bytes } = last();
    await press(pad(), pointer("pointermove", 150, 150, 2));
    await vi.advanceTimersByTimeAsync(200);
    expect(last().bytes).toEqual(bytes);
  });

  it("erases, and clears", async () => {
    await draw([24.5, 73.5], [171.5, 73.5]);
    view.field("Tool: erase").click();
    await nextFrame();
    await draw([24.5, 73.5], [100, 73.5]);
    await vi.advanceTimersByTimeAsync(200);
    const left = row(last().bytes, 10);
    expect([left[5], left[22]]).toEqual([0, 255]);
    await press(button("clear"));
    await vi.advanceTimersByTimeAsync(200);
    expect(last().bytes.some(Boolean)).toBe(false);
  });

  it("goes on where it ended", async () => {
    await draw([98, 98], [98, 98]);
    await vi.advanceTimersByTimeAsync(200);
    await press(button("done"));
    expect(all(".nnw-large--pad")).toHaveLength(0);
    await drawnArrives();
    await press(button("draw your own"));
    await draw([24.5, 24.5], [24.5, 24.5]);
    await vi.advanceTimersByTimeAsync(200);
    expect([last().bytes[3 * SIDE + 3], last().bytes[14 * SIDE + 14]].map(Boolean)).toEqual([true, true]);
  });
});

describe("an empty drawing", () => {
  beforeEach(() => press(button("draw your own")));

  it("is what the network is asked about, and says what to do", async () => {
    expect(last().bytes.some(Boolean)).toBe(false);
    expect(view.text(".nnw-pad-hint")).toContain("draw");
    await draw([24.5, 73.5], [171.5, 73.5]);
    expect(all(".nnw-pad-hint")).toEqual([]);
  });

  it("is left for the image from before", async () => {
    await drawnArrives();
    await press(button("done"));
    expect(imageModel.sentOf("choose")).toEqual([{ type: "choose", image: CHOSEN.image }]);
  });

  it("is left for the file from before", async () => {
    await press(button("done"));
    imageModel.update("_chosen", { ...CHOSEN, version: 2, source: "file", name: "boot.png", image: null });
    await nextFrame();
    await press(button("draw your own"));
    await vi.advanceTimersByTimeAsync(200);
    await drawnArrives(3);
    await press(button("done"));
    expect(last()).toMatchObject({ source: "file", name: "boot.png" });
    expect(last().bytes.some(Boolean)).toBe(true);
    expect(focused()).toBe(button("draw your own"));
  });

  it("is left for the image from before also where it has not been shown yet", async () => {
    await press(button("done"));
    expect(imageModel.sentOf("choose")).toEqual([{ type: "choose", image: CHOSEN.image }]);
  });

  it("is left alone where another view has drawn", async () => {
    const pixels = new DataView(new Uint8Array(SIDE ** 2).fill(9).buffer);
    imageModel.update("_chosen", {
      ...CHOSEN,
      version: 2,
      source: "drawn",
      image: null,
      label: null,
      pixels,
    });
    await nextFrame();
    await press(button("done"));
    expect(imageModel.sentOf("choose")).toEqual([]);
  });

  it("is left alone where something was drawn, or another view looks at something else", async () => {
    await draw([98, 98], [98, 98]);
    await drawnArrives();
    await press(button("done"));
    await press(button("draw your own"));
    await press(button("clear"));
    imageModel.update("_chosen", { ...CHOSEN, version: 7, image: 99 });
    await nextFrame();
    await press(button("done"));
    expect(imageModel.sentOf("choose")).toEqual([]);
  });
});

describe("drawing by keyboard", () => {
  const type = async (...keys: string[]) => {
    for (const name of keys) {
      const [key = "", shift] = name.split(" ").reverse();
      const event = new KeyboardEvent("keydown", {
        key: key || " ",
        shiftKey: shift === "Shift",
        bubbles: true,
        cancelable: true,
      });
      await press(pad(), event);
      expect(event.defaultPrevented).toBe(true);
    }
    await vi.advanceTimersByTimeAsync(200);
  };
  beforeEach(() => press(button("draw your own")));

  it("has the keyboard at once, and gives it back", async () => {
    expect(focused()).toBe(pad());
    expect(pad().getAttribute("aria-description")).toContain("Space draws a dot");
    await type("Escape");
    expect(all(".nnw-large--pad")).toHaveLength(0);
    expect(focused()).toBe(button("draw your own"));
    await press(button("draw your own"));
    expect(focused()).toBe(pad());
    await press(button("done"));
    expect(focused()).toBe(button("draw your own"));
  });

  it("draws dots and lines, pixel by pixel, and not beyond the edge", async () => {
    await type("ArrowUp", "ArrowLeft", "Enter");
    expect(last().bytes[13 * SIDE + 13]).toBe(255);
    expect(one(".nnw-pad-cursor").style.left).toBe("91px");
    await type(...Array<string>(20).fill("Shift ArrowRight"));
    expect(row(last().bytes, 13).slice(13)).toEqual(Array(15).fill(255));
    expect(row(last().bytes, 13).slice(0, 12)).toEqual(Array(12).fill(0));
  });

  it("erases", async () => {
    await type("Enter", "Delete");
    expect(last().bytes.some(Boolean)).toBe(false);
    await type("Enter", "e", "Enter");
    expect(last().bytes.some(Boolean)).toBe(false);
    expect(view.field("Tool: erase").checked).toBe(true);
    await type("d", "Enter");
    expect(last().bytes.some(Boolean)).toBe(true);
  });

  it("leaves other keys to the page", async () => {
    for (const init of [{ key: "Tab" }, { key: "s", ctrlKey: true }, { key: "q" }]) {
      const event = new KeyboardEvent("keydown", { ...init, bubbles: true, cancelable: true });
      await press(pad(), event);
      expect(event.defaultPrevented).toBe(false);
    }
    expect(all(".nnw-large--pad")).toHaveLength(1);
  });
});

describe("a file", () => {
  type Usual = HTMLCanvasElement["getContext"];
  let usual: Usual | undefined;
  beforeEach(() => (usual = undefined));
  /** What the browser makes of any file: an image of 2 × 2 pixels of this grey, or nothing. */
  function decodes(grey: number | null): void {
    class Decoded {
      src = "";
      naturalWidth = 2;
      naturalHeight = 2;
      decode = () => (grey === null ? Promise.reject(new Error("no image")) : Promise.resolve());
    }
    vi.stubGlobal("Image", Decoded);
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:it", revokeObjectURL: () => {} }));
    const getContext = vi.mocked(HTMLCanvasElement.prototype.getContext);
    usual ??= getContext.getMockImplementation() as Usual;
    const own = usual;
    getContext.mockImplementation(function (this: HTMLCanvasElement, ...kind: unknown[]) {
      const context = own.apply(this, kind as never) as unknown as CanvasRenderingContext2D;
      const data = new Uint8ClampedArray(16).map((_, index) => (index % 4 === 3 ? 255 : (grey ?? 0)));
      context.getImageData = () => ({ width: 2, height: 2, data }) as unknown as ImageData;
      return context as never;
    });
  }
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await vi.advanceTimersByTimeAsync(1);
    await nextFrame();
  };
  const arrives = async (name: string, how = "drop") => {
    const event = new Event(how, { bubbles: true, cancelable: true });
    const transfer = { types: ["Files"], files: [new File(["x"], name)] };
    Object.assign(event, how === "paste" ? { clipboardData: transfer } : { dataTransfer: transfer });
    one(".nnw-large").dispatchEvent(event);
    await settle();
    return event;
  };
  const echo = async (name: string) => {
    imageModel.update("_chosen", { ...CHOSEN, version: 2, source: "file", name, image: null, label: null });
    await nextFrame();
  };

  it("that is dropped or pasted is shown in the data's size, and not opened by the page", async () => {
    decodes(100);
    for (const how of ["drop", "paste"]) {
      const event = await arrives("boot.png", how);
      expect(event.defaultPrevented).toBe(true);
      const { bytes, ...rest } = last();
      expect(rest).toEqual({ type: "show_image", source: "file", name: "boot.png" });
      expect([...bytes]).toEqual(Array(SIDE ** 2).fill(100));
    }
    expect(shown()).toHaveLength(2);
  });

  it("with a bright ground is inverted, which is said and can be undone", async () => {
    decodes(240);
    await arrives("paper.png");
    expect(last().bytes[0]).toBe(15);
    // Another view shows a file of its own.
    await echo("other.png");
    expect(texts("[role=status].nnw-own-notice")).toEqual([]);
    await echo("paper.png");
    expect(view.text(".nnw-own-notice")).toContain("inverted: the background was bright");
    await press(button("Undo"));
    expect(last().bytes[0]).toBe(240);
    expect(texts(".nnw-own-notice")).toEqual([]);
  });

  it("that is no image is named where it was dropped, until another one is", async () => {
    decodes(null);
    await arrives("notes.txt");
    expect(shown()).toEqual([]);
    expect(view.text(".nnw-way [role=alert]")).toBe("notes.txt is no image that this browser can read");
    decodes(0);
    await arrives("boot.png");
    expect(texts(".nnw-way [role=alert]")).toEqual([]);
    expect(shown()).toHaveLength(1);
  });

  it("is nothing that a notebook without a kernel can show", async () => {
    decodes(100);
    imageModel.update("status", "closed");
    await nextFrame();
    expect((view.button("Load an image") as HTMLButtonElement).disabled).toBe(true);
    expect(view.button("Draw your own").disabled).toBe(true);
    // Nobody could make saliency, other weights or histograms.
    for (const name of ["Show: saliency", "Show: weights"]) expect(view.field(name).disabled).toBe(true);
    expect((button("Distributions") as HTMLButtonElement).disabled).toBe(true);
    expect((await arrives("boot.png")).defaultPrevented).toBe(true);
    expect(shown()).toEqual([]);
  });
});
