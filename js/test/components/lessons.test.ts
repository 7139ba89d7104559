// What a student sees, the keys, the presentation, and the texts.
import { describe, expect, it, vi } from "vitest";
import { highlight } from "../../src/draw/highlight";
import { setOnScreen } from "../dom";
import { defaultTraits, makeFrame } from "../fake-model";
import { model, nextFrame, useTrainer, view } from "../view";

const press = (target: Element, key: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
};
const commands = () =>
  model.sent.filter(({ type }) => !["look", "request_full", "ack", "here", "read"].includes(type));
/** Python has begun what was asked for. */
function beginAnew(): void {
  const [header, buffer] = makeFrame(defaultTraits(), { full: true });
  model.update("_snapshot", { ...header, buffer });
}
/** Where the text of a configuration of others goes, and what begins with it. */
async function openPaste() {
  view.button("More").click();
  await nextFrame();
  [...view.root.querySelectorAll<HTMLElement>("[role=menuitem]")]
    .find(({ textContent }) => textContent?.startsWith("Paste"))
    ?.click();
  await nextFrame();
  const field = view.field<HTMLTextAreaElement>("Configuration to paste");
  const button = [...view.root.querySelectorAll("button")].find(
    ({ textContent }) => textContent === "Begin anew with it",
  );
  const write = async (text: string) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await nextFrame();
  };
  return { field, button, write };
}
const names = () =>
  [...view.root.querySelectorAll("[aria-label]")].map((element) => element.getAttribute("aria-label"));

describe("what is left out", () => {
  useTrainer();

  it("is not in the document, and is there again", async () => {
    model.update("panels", ["network", "output"]);
    await nextFrame();
    expect(names()).toContain("Network");
    for (const gone of ["Data", "Hyperparameters", "Learning curves", "Look inside"])
      expect(names()).not.toContain(gone);
    expect(view.root.querySelector<HTMLElement>(".nnw-app")?.dataset.hidden).toContain("data");
    model.update("panels", null);
    await nextFrame();
    for (const back of ["Data", "Hyperparameters", "Learning curves", "Look inside"])
      expect(names()).toContain(back);
  });

  it("takes single controls, and panels that are empty without them", async () => {
    model.update("controls", ["play", "noise"]);
    await nextFrame();
    expect(names()).toEqual(expect.arrayContaining(["Play", "Noise", "Data"]));
    for (const gone of [
      "Step batch",
      "Reset",
      "Samples",
      "Speed",
      "Learning rate",
      "Hyperparameters",
      "More",
    ])
      expect(names()).not.toContain(gone);
    expect(view.root.querySelector(".nnw-step")).toBeNull();
    model.update("controls", []);
    await nextFrame();
    for (const gone of ["Play", "Noise", "Data", "Presentation"]) expect(names()).not.toContain(gone);
    expect(names()).toContain("Network");
  });

  it("takes each row of the data zone by its own name", async () => {
    const rows = {
      n_classes: "Classes",
      noise: "Noise",
      n_samples: "Samples",
      test_share: "Test share",
      batch_size: "Batch size",
      data_seed: "Data seed",
    };
    for (const [control, row] of Object.entries(rows)) {
      model.update("controls", [control]);
      await nextFrame();
      const there = Object.values(rows).filter((name) => names().includes(name));
      expect([control, ...there]).toEqual([control, row]);
    }
  });

  it("leaves one panel that looks inside, open from the start", async () => {
    model.update("panels", ["network", "errors"]);
    await nextFrame();
    const toggles = [...view.root.querySelectorAll(".nnw-inside-row button")];
    expect(toggles.map((toggle) => [toggle.textContent, toggle.getAttribute("aria-expanded")])).toEqual([
      ["Errors", "true"],
    ]);
  });
});

describe("a lesson", () => {
  useTrainer();

  it("stands over the picture until it is dismissed, and another one stands there again", async () => {
    expect(view.root.querySelector(".nnw-lesson")).toBeNull();
    model.update("lesson", "One neuron: look at 1:2 here.");
    await nextFrame();
    expect(view.text(".nnw-lesson p")).toBe("One neuron: look at 1:2 here.");
    expect(view.text(".nnw-lesson b")).toBe("One neuron:");
    view.button("Dismiss the lesson").click();
    await nextFrame();
    expect(view.root.querySelector(".nnw-lesson")).toBeNull();
    model.update("lesson", "No title");
    await nextFrame();
    expect(view.text(".nnw-lesson p")).toBe("No title");
    expect(view.text(".nnw-lesson b")).toBe("");
  });

  it("is there again when it is chosen again, and not before that", async () => {
    model.update("lesson", "XOR: one neuron cannot.");
    await nextFrame();
    const dismiss = async () => {
      view.button("Dismiss the lesson").click();
      await nextFrame();
      expect(view.root.querySelector(".nnw-lesson")).toBeNull();
    };
    await dismiss();
    view.button("More").click();
    await nextFrame();
    view.root.querySelector<HTMLElement>("[role=menuitem]")?.click();
    await nextFrame();
    expect(view.root.querySelector(".nnw-lesson")).toBeNull();
    beginAnew();
    await nextFrame();
    expect(view.text(".nnw-lesson")).toContain("XOR: one");
    await dismiss();
    // As a cell does it.
    model.update("lesson", "Circles: three can.");
    model.update("lesson", "XOR: one neuron cannot.");
    await nextFrame();
    expect(view.text(".nnw-lesson")).toContain("XOR: one");
  });

  it("is not back with a run that begins after it could not be chosen", async () => {
    model.update("lesson", "XOR: one neuron cannot.");
    await nextFrame();
    view.button("Dismiss the lesson").click();
    view.button("More").click();
    await nextFrame();
    view.root.querySelector<HTMLElement>("[role=menuitem]")?.click();
    model.receive({ type: "failed", command: "preset", message: "a module of your own" });
    beginAnew();
    await nextFrame();
    expect(view.root.querySelector(".nnw-lesson")).toBeNull();
  });

  it("is announced, and hands the keyboard over to what is above it when it goes", async () => {
    const region = view.root.querySelector("[aria-live=polite]");
    model.update("lesson", "Look here.");
    await nextFrame();
    expect(region?.textContent).toContain("Look here.");
    const dismiss = view.button("Dismiss the lesson");
    dismiss.focus();
    dismiss.click();
    await nextFrame();
    expect(document.activeElement).toBe(view.button("More"));
    model.update("lesson", "Look there.");
    model.update("controls", []);
    await nextFrame();
    view.button("Dismiss the lesson").focus();
    model.update("lesson", "");
    await nextFrame();
    expect(document.activeElement).toBe(view.root);
  });

  it("is chosen in the menu, by keyboard too", async () => {
    view.button("More").click();
    await nextFrame();
    const first = document.activeElement as HTMLElement;
    expect(first.textContent).toBe("One neuron cannot do XOR");
    press(first, "ArrowDown");
    expect(document.activeElement?.textContent).toContain("Configuration…");
    press(document.activeElement as Element, "ArrowUp");
    press(document.activeElement as Element, "ArrowUp");
    expect(document.activeElement?.textContent).toBe("Keys");
    view.button("More").focus();
    press(view.button("More"), "ArrowUp");
    expect(document.activeElement?.textContent).toBe("Keys");
    first.click();
    await nextFrame();
    expect(commands()).toEqual([{ type: "preset", name: "xor" }]);
    expect(view.root.querySelector("[role=menu]")).toBeNull();
    expect(document.activeElement).toBe(view.button("More"));
  });
});

describe("keys", () => {
  it("leave what scrolls to the keys that scroll it, and sliders to their arrows", () => {
    const long = document.createElement("div");
    long.tabIndex = 0;
    view.root.append(long);
    const before = commands().length;
    for (const key of ["ArrowRight", " ", "r"]) press(long, key);
    press(view.field("Speed"), "ArrowRight");
    expect(commands()).toHaveLength(before);
    press(view.field("Speed"), "r");
    expect(commands().at(-1)).toMatchObject({ type: "reset" });
  });

  it("work in a page whose boxes take keys themselves", () => {
    // As JupyterLab's active cell does.
    (view.root.parentElement as HTMLElement).tabIndex = 0;
    press(view.root, "ArrowRight", { shiftKey: true });
    expect(commands().at(-1)).toEqual({ type: "step", unit: "epoch", n: 1 });
  });

  it("take brackets that need a modifier, and no shortcut of the page", async () => {
    const speed = () => model.sentOf("set").filter(({ name }) => name === "speed").length;
    press(view.root, "]", { ctrlKey: true });
    await nextFrame();
    expect(speed()).toBe(0);
    press(view.root, "[", { ctrlKey: true, altKey: true });
    await nextFrame();
    expect(speed()).toBe(1);
  });

  useTrainer();

  it("play, pause, step, reset and change the speed", async () => {
    press(view.root, " ");
    model.update("status", "running");
    press(view.root, " ");
    press(view.root, "ArrowRight");
    press(view.root, "ArrowRight", { shiftKey: true });
    press(view.root, "r");
    expect(commands()).toEqual([
      { type: "play" },
      { type: "pause" },
      { type: "step", unit: "batch", n: 1 },
      { type: "step", unit: "epoch", n: 1 },
      { type: "reset", seed: null },
    ]);
    press(view.root, "]");
    await nextFrame();
    press(view.root, "[");
    await nextFrame();
    press(view.root, "[");
    await nextFrame();
    expect(model.sentOf("set").map(({ name, value }) => [name, value])).toEqual([
      ["speed", 100],
      ["speed", 30],
      ["speed", 10],
    ]);
  });

  it("leave fields and the button under the focus alone, and all that is left out", async () => {
    expect(press(view.button("Reset"), " ").defaultPrevented).toBe(false);
    press(view.field("Seed"), "r");
    press(view.field("Noise"), "ArrowRight");
    press(view.root, "r", { ctrlKey: true });
    model.update("controls", ["play"]);
    await nextFrame();
    press(view.root, "r");
    press(view.root, "ArrowRight");
    press(view.root, "]");
    await nextFrame();
    expect(commands()).toEqual([]);
    press(view.button("Play"), "h");
    await nextFrame();
    expect(names()).toContain("Keys");
  });

  it("are listed where they work, and the list gives the keyboard back", async () => {
    const listed = () =>
      [...view.root.querySelectorAll(".nnw-keys dt")].map(({ textContent }) => textContent);
    const seed = view.field("Noise");
    seed.focus();
    press(seed, "h");
    await nextFrame();
    expect(listed()).toEqual(["Space", "→", "Shift →", "R", "[ ]", "H"]);
    model.update("controls", ["step", "noise"]);
    await nextFrame();
    expect(listed()).toEqual(["→", "Shift →", "H"]);
    view.button("Close the keys").focus();
    view.button("Close the keys").click();
    await nextFrame();
    expect(document.activeElement).toBe(view.field("Noise"));
    // What the keyboard was in may be gone by then.
    press(view.field("Noise"), "h");
    await nextFrame();
    view.button("Close the keys").focus();
    model.update("controls", ["presentation"]);
    await nextFrame();
    press(view.button("Close the keys"), "Escape");
    await nextFrame();
    expect(document.activeElement).toBe(view.root);
    view.button("Presentation").click();
    press(view.root, "h");
    await nextFrame();
    expect(listed()).toEqual(["H", "Escape"]);
  });

  it("stay where they were, beside what can no longer be used", async () => {
    const fewer = view.button("Remove a hidden layer");
    fewer.focus();
    fewer.click();
    await nextFrame();
    expect(fewer.disabled).toBe(true);
    expect(document.activeElement).toBe(view.button("Add a hidden layer"));
    model.frame({ full: true });
    model.update("_edits", { version: 1, frozen: [], can_undo: true });
    await nextFrame();
    view.button("Undo edit").focus();
    model.update("_edits", { version: 1, frozen: [], can_undo: false });
    await nextFrame();
    expect(view.root.contains(document.activeElement)).toBe(true);
    expect(document.activeElement).not.toBe(view.button("Undo edit"));
  });

  it("are back where they were as soon as that can be used again, unless one was pressed meanwhile", async () => {
    model.frame({ full: true });
    const undoable = async (can_undo: boolean) => {
      model.update("_edits", { version: 1, frozen: [], can_undo });
      await nextFrame();
      return document.activeElement;
    };
    await undoable(true);
    const undo = view.button("Undo edit");
    undo.focus();
    const heir = await undoable(false);
    expect(heir).not.toBe(undo);
    expect(await undoable(true)).toBe(undo);
    expect(await undoable(false)).toBe(heir);
    press(heir as Element, "Shift");
    expect(await undoable(true)).toBe(heir);
    undo.focus();
    await undoable(false);
    view.button("Play").focus();
    expect(await undoable(true)).toBe(view.button("Play"));
  });

  it("that are held down press once, but for steps", () => {
    press(view.root, " ", { repeat: true });
    press(view.root, "r", { repeat: true });
    expect(commands()).toEqual([]);
    press(view.root, "ArrowRight", { repeat: true });
    expect(commands()).toHaveLength(1);
  });

  it("stay in the widget", () => {
    const outside = vi.fn();
    document.addEventListener("keydown", outside);
    press(view.root, "r");
    document.removeEventListener("keydown", outside);
    expect(outside).not.toHaveBeenCalled();
  });
});

describe("presentation", () => {
  useTrainer();

  it("fills the screen, enlarged, and Escape ends it after the list of keys", async () => {
    vi.stubGlobal("innerWidth", 1600);
    vi.stubGlobal("innerHeight", 900);
    view.button("Presentation").click();
    await nextFrame();
    expect(view.root.dataset.presentation).toBe("");
    expect(Number(view.root.style.getPropertyValue("--nnw-zoom"))).toBeGreaterThan(1.3);
    press(view.root, "?");
    await nextFrame();
    expect(names()).toContain("Keys");
    press(view.root, "Escape");
    await nextFrame();
    expect(names()).not.toContain("Keys");
    expect(view.root.dataset.presentation).toBe("");
    press(view.root, "Escape");
    await nextFrame();
    expect(view.root.dataset.presentation).toBeUndefined();
    expect(view.root.style.getPropertyValue("--nnw-zoom")).toBe("");
  });

  it("is left by the last of several presses of Escape: the innermost thing goes first", async () => {
    const epochs = [1, 2, 3].map((epoch) => [epoch, 1 / epoch, 1, Number.NaN, Number.NaN]);
    model.frame({ full: true, epoch: 3, step: 300 }, { epochs });
    view.button("Presentation").click();
    await nextFrame();
    const scrubber = view.field("Epoch shown");
    scrubber.value = "1";
    scrubber.dispatchEvent(new Event("input", { bubbles: true }));
    model.frame({ preview: true, epoch: 1 });
    press(view.root, "h");
    await nextFrame();
    const proceed = view.root.querySelector<HTMLButtonElement>(".nnw-time button") as HTMLButtonElement;
    proceed.focus();
    press(proceed, "Escape");
    await nextFrame();
    expect(names()).not.toContain("Keys");
    expect(view.text(".nnw-status")).toBe("preview");
    expect(document.activeElement).toBe(proceed);
    press(proceed, "Escape");
    model.frame({ epoch: 3 });
    await nextFrame();
    expect(view.text(".nnw-status")).toBe("idle");
    expect(view.root.dataset.presentation).toBe("");
    expect(document.activeElement).toBe(scrubber);
    press(scrubber, "Escape");
    expect(view.root.dataset.presentation).toBeUndefined();
  });

  it("that is left before the browser has filled the screen leaves nothing behind", async () => {
    let full: Element | null = null;
    let filled = () => {};
    Object.defineProperty(document, "fullscreenElement", { configurable: true, get: () => full });
    const exit = vi.fn(async () => {
      full = null;
    });
    document.exitFullscreen = exit;
    view.root.requestFullscreen = () =>
      new Promise((resolve) => {
        filled = () => {
          full = view.root;
          resolve();
        };
      });
    const listens = vi.spyOn(document, "addEventListener");
    view.button("Presentation").click();
    await nextFrame();
    view.button("Presentation").click();
    await nextFrame();
    filled();
    await nextFrame();
    Reflect.deleteProperty(document, "fullscreenElement");
    Reflect.deleteProperty(document, "exitFullscreen");
    expect(exit).toHaveBeenCalledTimes(1);
    expect(listens.mock.calls.map(([name]) => name)).not.toContain("fullscreenchange");
  });

  it("leaves the keyboard where it is when the window goes to the back", async () => {
    view.button("Presentation").click();
    await nextFrame();
    const noise = view.field("Noise");
    noise.focus();
    // The field is told, and stays the active one.
    noise.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    await nextFrame();
    expect(document.activeElement).toBe(noise);
  });

  it("is asked of the browser, and ends when the browser ends it", async () => {
    let full: Element | null = null;
    Object.defineProperty(document, "fullscreenElement", { configurable: true, get: () => full });
    view.root.requestFullscreen = vi.fn(async () => {
      full = view.root;
    });
    view.button("Presentation").click();
    await nextFrame();
    expect(view.root.requestFullscreen).toHaveBeenCalled();
    full = null;
    document.dispatchEvent(new Event("fullscreenchange"));
    Reflect.deleteProperty(document, "fullscreenElement");
    expect(view.root.dataset.presentation).toBeUndefined();
  });
});

describe("texts", () => {
  useTrainer();

  it("are asked for when they are opened and closed, and shown as Python sends them", async () => {
    view.button("PyTorch code").click();
    await nextFrame();
    await nextFrame();
    const [asked] = model.sentOf("read");
    expect(asked).toMatchObject({ what: "code" });
    const code = 'import torch  # "first"\nx = "a" + str(1.5e-3)\n';
    model.receive({ type: "text", what: "code", text: code, error: null });
    await nextFrame();
    expect(view.text(".nnw-text pre")).toBe(code);
    const write = vi.fn(async (_: string) => {});
    vi.stubGlobal("navigator", { clipboard: { writeText: write } });
    const copy = [...view.root.querySelectorAll("button")].find(({ textContent }) => textContent === "Copy");
    copy?.click();
    await nextFrame();
    expect(write).toHaveBeenCalledWith(code);
    expect(view.text(".nnw-text [role=status]")).toBe("Copied");
    press(view.root.querySelector(".nnw-text-body") as Element, "Escape");
    await nextFrame();
    expect(view.root.querySelector(".nnw-text")).toBeNull();
    expect(model.sentOf("read").at(-1)).toMatchObject({ what: null });
  });

  it("are asked for when they can be seen", async () => {
    setOnScreen(false);
    view.button("PyTorch code").click();
    await nextFrame();
    expect(model.sentOf("read")).toEqual([]);
    setOnScreen(true);
    await nextFrame();
    expect(model.sentOf("read")).toHaveLength(1);
  });

  it("are copied by selection where the clipboard is not allowed", async () => {
    view.button("PyTorch code").click();
    model.receive({ type: "text", what: "code", text: "pass", error: null });
    await nextFrame();
    vi.stubGlobal("navigator", {
      clipboard: {
        writeText: async () => {
          throw new Error("no");
        },
      },
    });
    let copied = "";
    document.execCommand = () => {
      copied = view.root.querySelector<HTMLTextAreaElement>(".nnw-copy")?.value ?? "";
      return true;
    };
    [...view.root.querySelectorAll("button")].find(({ textContent }) => textContent === "Copy")?.click();
    await nextFrame();
    expect(copied).toBe("pass");
    expect(view.root.querySelector(".nnw-copy")).toBeNull();
    expect(view.text(".nnw-text [role=status]")).toBe("Copied");
  });

  it("say why there is none", async () => {
    view.button("PyTorch code").click();
    model.receive({ type: "text", what: "code", text: "", error: "a module of your own" });
    await nextFrame();
    expect(view.text(".nnw-text [role=alert]")).toBe("a module of your own");
  });

  it("of others are taken over", async () => {
    const { write, button } = await openPaste();
    await write("nnw1.abc");
    button?.click();
    expect(commands()).toEqual([{ type: "configure", text: "nnw1.abc" }]);
    await nextFrame();
    beginAnew();
    await nextFrame();
    expect(view.root.querySelector(".nnw-text")).toBeNull();
    expect(document.activeElement).toBe(view.button("More"));
  });

  it("of others stay to be mended where they are refused", async () => {
    const { field, write, button } = await openPaste();
    await write("nnw1.ab");
    const page = vi.fn();
    document.addEventListener("keydown", page);
    for (const key of "acvxyz") press(field, key, { ctrlKey: true });
    document.removeEventListener("keydown", page);
    expect(page).not.toHaveBeenCalled();
    button?.click();
    await nextFrame();
    model.receive({ type: "failed", command: "The configuration", message: "this configuration is cut" });
    await nextFrame();
    expect(field.isConnected).toBe(true);
    expect(field.value).toBe("nnw1.ab");
    expect(view.text(".nnw-text-error")).toBe("this configuration is cut");
    // Another run that begins is not this text.
    press(view.root, "r");
    beginAnew();
    await nextFrame();
    expect(field.isConnected).toBe(true);
    await write("nnw1.abc");
    expect(view.text(".nnw-text-error")).toBe("");
    button?.click();
    await nextFrame();
    beginAnew();
    await nextFrame();
    expect(field.isConnected).toBe(false);
  });
});

describe("highlighting", () => {
  it("keeps all of the text, and knows comments, strings, numbers and keywords", () => {
    const text = 'for i in range(10):  # for "you"\n    x1 = "# not" + f\'{i}\' # 2\n"""a\n# b"""';
    const pieces = highlight(text);
    expect(pieces.map(([, part]) => part).join("")).toBe(text);
    const of = (ink: string) => pieces.filter(([kind]) => kind === ink).map(([, part]) => part);
    expect(of("comment")).toEqual(['# for "you"', "# 2"]);
    expect(of("string")).toEqual(['"# not"', "'{i}'", '"""a\n# b"""']);
    expect(of("number")).toEqual(["10"]);
    expect(of("keyword")).toEqual(["for", "in"]);
  });
});
