import { describe, expect, it, vi } from "vitest";
import { ASK_MS, SILENT_MS } from "../../src/model/kernel";
import anatomy from "../../src/widgets/anatomy";
import { anatomyTrait, DEFAULTS, denseTrait, nodeTrait, numbersTrait, traitsOf } from "../anatomy-fixture";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const PRESETS = [
  { name: "the chapter's", settings: { network: "dense" } },
  { name: "residual branches", settings: { network: "residual" } },
  { name: "guess", settings: { network: "dense", guessing: true, guess: null, revealed: 0 } },
];

useExplorer(
  anatomy,
  { ...DEFAULTS },
  {
    traits: traitsOf(),
    about: { name: "NetworkAnatomy", presets: PRESETS, script: "print(model)" },
  },
);

const plain = (text: string | null | undefined) => (text ?? "").replace(/\s+/g, " ").trim();
const change = async (traits: Record<string, unknown>) => {
  for (const [name, value] of Object.entries(traits)) model.update(name, value);
  await nextFrame();
};
let version = 1;
const show = (changes: Parameters<typeof anatomyTrait>[0]) =>
  change({ _anatomy: { ...denseTrait(), version: ++version, ...changes } });
const app = () => view.root.querySelector(".nnw-an") as HTMLElement;
const listed = (list: string) =>
  [...view.root.querySelectorAll(`${list} > div`)].map((each) => {
    const [number, name] = [
      plain(each.querySelector("dd")?.textContent),
      plain(each.querySelector("dt")?.textContent),
    ];
    return each.hasAttribute("data-leads") ? `${name} ${number}` : `${number} ${name}`;
  });
const facts = () => listed(".nnw-an-facts:not(.nnw-an-following)");
const following = () => listed(".nnw-an-following");
const status = () => plain(view.text(".nnw-status"));
const hint = () => plain(view.text(".nnw-diag:not(.nnw-diag--error)"));
const card = () => plain(view.text(".nnw-an-guess"));
const named = (text: string) =>
  [...view.root.querySelectorAll("button")].find(
    (button) => plain(button.textContent) === text,
  ) as HTMLButtonElement;
const pressed = async (button: HTMLElement | null | undefined) => {
  if (!button) throw new Error("there is no such button");
  button.click();
  await nextFrame();
};
const key = (name: string) => view.key(app(), name);
const sent = () => vi.spyOn(model as unknown as { send(message: unknown): void }, "send");
const leaveAlone = async () => {
  await vi.advanceTimersByTimeAsync(ASK_MS + SILENT_MS);
  await nextFrame();
};

/** A container of two layers, and one after it. */
const nested = anatomyTrait({
  name: "Net",
  owner: "module",
  nodes: [
    nodeTrait({ key: ":input", kind: "input" }),
    nodeTrait({ key: "body", kind: "container", type: "Block" }),
    nodeTrait({ key: "body.inner", kind: "container", type: "Block", parent: 1 }),
    nodeTrait({ key: "body.inner.a", parent: 2 }),
    nodeTrait({ key: "body.b", parent: 1 }),
    nodeTrait({ key: "head" }),
  ],
  unfolded: ["body"],
  parameter_count: 5,
});

describe("the title", () => {
  it("says what the model is and consists of, each number with its name", () => {
    expect(view.text(".nnw-an-head h3")).toBe("Sequential");
    expect(facts()).toEqual([
      "55,050 parameters",
      "220 kB weights",
      "input 1 sample of 784",
      "54.9 k multiply–adds",
      "1.06 kB put out",
      "evaluation mode",
    ]);
    expect(view.numbers()).toMatchObject({ parameters: "55,050" });
    expect(view.root.querySelector("[title='54,912 multiply–adds, for one sample']")).not.toBeNull();
  });

  it("says what is frozen, how many samples there are, and how far it went before it failed", async () => {
    await show({ ...denseTrait([4, 3], 8), frozen: 1200, failed: "0", mode: "training" });
    expect(facts()).toEqual([
      "15 parameters",
      "+ 1,200 frozen",
      "60 B weights",
      "input 8 samples of 4",
      "96 multiply–adds until it failed",
      "96 B put out until it failed",
      "training mode",
    ]);
  });

  it("says where a training is, and what following it costs", async () => {
    expect(following()).toEqual([]);
    const numbers = numbersTrait({ step: 1234, epoch: 2.5, loss: 0.4321, share: 0.0094, settled: false });
    await change({ status: "following", _numbers: numbers });
    expect(following()).toEqual(["step 1,234", "epoch 2.5", "loss 0.432", "0.9 % of the time"]);
    expect(status()).toBe("training");
    // A trainer's status is its own.
    await change({ status: "ready" });
    expect(status()).toBe("training");
    await change({ status: "following" });
    await change({ _numbers: { ...numbers, version: 2, epoch: 3, loss: null, share: null, settled: true } });
    expect(following()).toEqual(["step 1,234", "epoch 3"]);
    expect(status()).toBe("following");
  });

  it("says in a word what goes on", async () => {
    expect(status()).toBe("ready");
    await change({ status: "reading" });
    expect(status()).toBe("reading…");
    await change({ status: "error", _trouble: "no" });
    expect(status()).toBe("error");
    await change({ status: "closed" });
    expect(status()).toBe("closed");
    await leaveAlone();
    expect(status()).toBe("no kernel");
  });

  it("has Python read the model again", async () => {
    const messages = sent();
    await view.press("Read the model again");
    expect(messages).toHaveBeenCalledWith({ type: "refresh" });
  });

  it("resets to what it was made with, and without a kernel only where one looks", async () => {
    await change({ network: "residual", selected: "0", guessing: true });
    await view.press("Reset");
    expect(model.state).toMatchObject({ network: "dense", selected: "", guessing: false });
    await change({ network: "residual", selected: "0", guessing: true });
    await leaveAlone();
    await view.press("Reset");
    expect(model.state).toMatchObject({ network: "residual", selected: "", guessing: false });
    expect(view.button("Read the model again").disabled).toBe(true);
  });
});

describe("whether what is shown is what is asked for", () => {
  it("is written on it", async () => {
    expect(app().dataset).toMatchObject({ settled: "true" });
    await change({ selected: "0" });
    expect(app().dataset).toMatchObject({ settled: "false", open: "true" });
    const asked = { selected: "0", sample: 1, channel: 0, pixel: [], tensor: "", window: [], first: 0 };
    await change({
      _opened_3: {
        version: 1,
        of: 1,
        asked,
        kind: "tensors",
        channels: 0,
        pictures: [],
        spreads: [],
        pixel: null,
        moments: null,
        note: "",
      },
    });
    expect(app().dataset.settled).toBe("true");
    await change({ channel: 3 });
    expect(app().dataset.settled).toBe("false");
    // Nobody is there to send it.
    await leaveAlone();
    expect(app().dataset).toMatchObject({ settled: "true", alone: "true" });
  });

  it("is not before a model is read, and says so", async () => {
    await change({ _anatomy: null, status: "reading" });
    expect(app().dataset.settled).toBe("false");
    expect(view.text(".nnw-an-wait")).toBe("reading the model…");
    await leaveAlone();
    expect(view.text(".nnw-an-wait")).toBe("no model was read; the kernel is needed for it");
    expect(app().dataset.settled).toBe("false");
  });
});

describe("the tools", () => {
  it("fold all, and unfold one level at a time", async () => {
    await change({ _anatomy: { ...nested, version: ++version } });
    expect([named("Fold all").disabled, named("Unfold one level").disabled]).toEqual([false, false]);
    await pressed(named("Unfold one level"));
    expect(model.state.unfolded).toEqual(["body", "body.inner"]);
    expect(named("Unfold one level").disabled).toBe(true);
    await pressed(named("Fold all"));
    expect(model.state.unfolded).toEqual([]);
    expect(named("Fold all").disabled).toBe(true);
    await key("u");
    expect(model.state.unfolded).toEqual(["body"]);
    await key("f");
    expect(model.state.unfolded).toEqual([]);
  });

  it("show the examples where no model is the reader's own, each with nothing of the one before", async () => {
    const chips = () => [...view.root.querySelectorAll(".nnw-an-presets button")] as HTMLButtonElement[];
    const chosen = () =>
      chips().flatMap((chip) =>
        chip.ariaPressed === "true" || chip.getAttribute("aria-pressed") === "true"
          ? [plain(chip.textContent)]
          : [],
      );
    expect(chosen()).toEqual(["the chapter's"]);
    await change({ selected: "0", channel: 4, guessing: true, guess: 12, revealed: 2 });
    expect(chosen()).toEqual(["guess"]);
    await pressed(chips()[1]);
    expect(model.state).toMatchObject({
      network: "residual",
      selected: "",
      channel: 0,
      guess: null,
      revealed: 0,
      guessing: true,
    });
    expect(chosen()).toEqual(["residual branches"]);
    await leaveAlone();
    expect(chips().map(({ disabled }) => disabled)).toEqual([true, false, true]);
    await show({ owner: "module" });
    expect(chips()).toEqual([]);
  });
});

describe("what went wrong", () => {
  const alert = () => plain(view.text(".nnw-an-trouble"));

  it("is said with where it is, which one press shows", async () => {
    await change({
      _anatomy: { ...nested, version: ++version, unfolded: [], failed: "body.inner.a" },
      _trouble: "Linear got (1, 3): RuntimeError: shapes",
    });
    expect(alert()).toBe(
      "The forward pass failed: Linear got (1, 3): RuntimeError: shapesWhat is shown is what ran until then.Show where",
    );
    await pressed(named("Show where"));
    expect(model.state).toMatchObject({ selected: "body.inner.a", unfolded: ["body.inner", "body"] });
  });

  it("is said where nothing can be shown, and where something else still is", async () => {
    await change({ _trouble: "the input is no tensor" });
    expect(alert()).toBe("Not read again: the input is no tensor");
    await change({ selected: "nothing" });
    expect(alert()).toBe("Not opened: the input is no tensor");
    await change({ selected: "" });
    await change({ _anatomy: null, status: "error" });
    expect(alert()).toBe("Not shown: the input is no tensor");
    expect(view.text(".nnw-an-wait")).toBe("");
    expect(view.root.querySelector("[role=alert] button")).toBeNull();
  });

  it("is said of what is not shown, the first at once", async () => {
    const notes = () => plain(view.text(".nnw-an-notes"));
    expect(view.root.querySelector(".nnw-an-notes")).toBeNull();
    await show({ notes: ["One is opaque."] });
    expect(notes()).toBe("One is opaque.");
    await show({ notes: ["One is opaque.", "Two is lazy.", "Three is gone."] });
    expect(notes()).toBe("One is opaque. 2 more notesTwo is lazy.Three is gone.");
  });
});

describe("the sentence", () => {
  it("is one of several, with its action, and stays while its numbers change", async () => {
    expect(hint()).toContain("0 (Linear) holds 91 % of the parameters.");
    expect(hint()).toContain("1 of 2");
    await view.press("Finding 1 of 2, show the next");
    expect(hint()).toContain("hide the counts");
    await show({ ...denseTrait([784, 32, 10]) });
    expect(hint()).toContain("hide the counts");
    await pressed(named("Guess the count"));
    expect(model.state).toMatchObject({ guessing: true, guess: null, revealed: 0 });
    expect(hint()).toBe("");
  });

  it("opens the layer that it is about", async () => {
    await pressed(named("Open 0 (Linear)"));
    expect(model.state).toMatchObject({ selected: "0" });
  });

  it("gives way to what Python refuses", async () => {
    model.receive({ type: "refused", message: "sample must be …" });
    await nextFrame();
    expect(plain(view.text(".nnw-diag--error"))).toContain("Not accepted: sample must be …");
    expect(named("Open 0 (Linear)")).toBeUndefined();
  });
});

describe("the guess", () => {
  const input = () => view.root.querySelector(".nnw-an-guess input") as HTMLInputElement;
  const typed = async (text: string) => {
    input().value = text;
    input().dispatchEvent(new Event("input", { bubbles: true }));
    await nextFrame();
  };
  const submit = async () => {
    view.root.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await nextFrame();
  };
  const bars = () =>
    [...view.root.querySelectorAll<HTMLElement>(".nnw-an-guess-bar > span")].map(({ style }) => style.width);

  it("goes through the chapter's arithmetic layer by layer", async () => {
    await key("g");
    expect(card()).toContain("How many parameters does it have?");
    await typed("784*64 + 64*10");
    expect(card()).toContain("= 50,816");
    await submit();
    expect(model.state).toMatchObject({ guess: 50816, revealed: 0 });
    const seen: [string | undefined, string | undefined][] = [];
    for (const name of ["0", "2", "4"]) {
      const before = view.numbers();
      expect(before[`guess.${name}`]).toBeUndefined();
      await pressed(named(`Reveal ${name} (Linear)`));
      const { [`guess.${name}`]: arithmetic, "guess.total": total } = view.numbers();
      seen.push([plain(arithmetic), total]);
    }
    expect(seen).toEqual([
      ["784 × 64 + 64 = 50,240", "50,240"],
      ["64 × 64 + 64 = 4,160", "54,400"],
      // With the last one the answer is there, and its arithmetic too.
      ["64 × 10 + 10 = 650", "55,050"],
    ]);
    expect(card()).toContain(
      "You guessed 50,816: 4,234 too few (7.7 %). 2 (Linear) and all biases are missing.",
    );
    expect(card()).toContain("50,240 + 4,160 + 650 = 55,050");
    expect(plain(view.numbers()["guess.off"])).toBe("4,234 too few (7.7 %)");
    await pressed(named("Guess again"));
    expect(model.state).toMatchObject({ guessing: true, guess: null, revealed: 0 });
  });

  it("says what the numbers of a layer count, and draws it in proportion to the guess", async () => {
    await change({ guessing: true, guess: 100480, revealed: 1 });
    expect(card()).toContain("784 inputs × 64 neurons + 64 biases");
    expect(card()).toContain("so far 50,240 · you guessed 100,480");
    expect(bars()).toHaveLength(1);
    expect(Number.parseFloat(bars()[0] as string)).toBeCloseTo(50 / 1.04, 5);
    const mark = view.root.querySelector<HTMLElement>(".nnw-an-guess-bar > i");
    expect(Number.parseFloat(mark?.style.left ?? "")).toBeCloseTo(100 / 1.04, 5);
  });

  it("reveals all at once", async () => {
    await change({ guessing: true, guess: 55050 });
    await pressed(named("Reveal all"));
    expect(card()).toContain("You guessed 55,050: exactly right.");
    expect(bars()).toHaveLength(3);
  });

  it("hides what would tell it, until it is over", async () => {
    await change({ guessing: true });
    const told = /55,050|50,240|4,160|54,?9|220|1\.06/;
    const everything = () =>
      [...view.root.querySelectorAll("*")]
        .flatMap((element) =>
          [...element.attributes].map(({ name, value }) => (/^(title|aria-)/.test(name) ? value : "")),
        )
        .concat(view.root.textContent ?? "")
        .join(" ");
    expect(facts().filter((fact) => fact.startsWith("·"))).toEqual([
      "· parameters",
      "· weights",
      "· multiply–adds",
      "· put out",
    ]);
    expect(everything()).not.toMatch(told);
    await change({ guess: 3 });
    expect(everything()).not.toMatch(told);
    await change({ revealed: 3 });
    expect(facts()[0]).toBe("55,050 parameters");
  });

  it("takes what is a number, and says so of what is none", async () => {
    await change({ guessing: true });
    await typed("a lot");
    await submit();
    expect(model.state.guess).toBeNull();
    expect(input().getAttribute("aria-invalid")).toBe("true");
    expect(card()).toContain("must be a whole number");
    await typed("55,050");
    expect(input().getAttribute("aria-invalid")).toBe("false");
    // A number needs no echo.
    expect(card()).not.toContain("=");
  });

  it("keeps the keyboard from the guess to the layers, and one press too many does nothing", async () => {
    const focused = () => plain(document.activeElement?.textContent);
    await change({ guessing: true });
    input().focus();
    await typed("12");
    await submit();
    expect(focused()).toBe("Reveal 0 (Linear)");
    for (const _ of "012") await pressed(document.activeElement as HTMLElement);
    expect(model.state.revealed).toBe(3);
    expect(document.activeElement?.localName).not.toBe("button");
    await pressed(named("Guess again"));
    expect(document.activeElement).toBe(input());
    // Where Python begins another guess nothing is taken from where one is.
    view.button("Reset").focus();
    await change({ guess: 3 });
    expect(document.activeElement).toBe(view.button("Reset"));
  });

  it("is left as one came", async () => {
    await change({ guessing: true, guess: 3, revealed: 1 });
    await view.press("Stop guessing");
    expect(model.state).toMatchObject({ guessing: false, guess: null, revealed: 0 });
    expect(hint()).toContain("0 (Linear) holds");
  });

  it("has nothing to ask of a model without parameters", async () => {
    await change({ guessing: true });
    await show({ parameter_count: 0, nodes: [], parameters: [], edges: [] });
    expect(card()).toContain("There is nothing to guess");
    expect(input()).toBeNull();
  });
});

describe("keys", () => {
  it("are listed, and work", async () => {
    await key("h");
    expect(view.root.querySelector(".nnw-keys")).not.toBeNull();
    await key("Escape");
    expect(view.root.querySelector(".nnw-keys")).toBeNull();
    await change({ selected: "0" });
    await key("Escape");
    expect(model.state.selected).toBe("");
    await change({ network: "residual" });
    await key("r");
    expect(model.state.network).toBe("dense");
  });
});
