import { describe, expect, it } from "vitest";
import softmax from "../../src/widgets/softmax";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const SETTINGS = { logits: [3, 1, 0.2], temperature: 1, target: 0, class_names: [], offset: 0 };

useExplorer(softmax, SETTINGS, {
  about: {
    name: "SoftmaxExplorer",
    script: "logits = ⟨logits⟩",
    presets: [
      { name: "first", settings: { logits: [3, 1, 0.2], target: 0 } },
      { name: "other", settings: { logits: [1, 2], target: 1 } },
    ],
  },
});

const panel = () => view.root.querySelector(".nnw-text");
const press = async (button: HTMLElement) => {
  button.focus();
  button.click();
  await nextFrame();
};
const chip = (name: string) =>
  [...view.root.querySelectorAll<HTMLElement>(".nnw-choice")].find(({ textContent }) => textContent === name);

describe("the sheet of an explorer", () => {
  it("shows its script, which has the keys and gives them back", async () => {
    const code = view.button("PyTorch code");
    await press(code);
    expect(panel()?.textContent).toContain("logits = [3, 1, 0.2]");
    expect(document.activeElement?.className).toBe("nnw-text-body");
    await view.press("One more class");
    expect(panel()?.textContent).toContain("logits = [3, 1, 0.2, 0]");
    const outside: string[] = [];
    const hear = (event: KeyboardEvent) => outside.push(event.key);
    const sheet = panel()?.parentElement;
    sheet?.addEventListener("keydown", hear);
    await view.key(document.activeElement as Element, "Escape");
    expect(outside).toEqual([]); // a presentation would end by it
    await view.key(sheet as Element, "Escape");
    expect(outside).toEqual(["Escape"]);
    expect(panel()).toBeNull();
    expect(document.activeElement).toBe(code);
  });

  it("closes its script by the button that opened it", async () => {
    await press(view.button("PyTorch code"));
    expect(view.button("PyTorch code").getAttribute("aria-pressed")).toBe("true");
    await press(view.button("PyTorch code"));
    expect(panel()).toBeNull();
  });

  it("writes the call that makes it as it is, and gives the keys back to the door of the menu", async () => {
    await view.slide("Temperature T", -0.3);
    await press(view.button("More"));
    const entry = [...view.root.querySelectorAll<HTMLElement>("[role=menuitem]")].find(({ textContent }) =>
      textContent?.startsWith("This state as Python"),
    );
    await press(entry as HTMLElement);
    expect(panel()?.textContent).toContain("SoftmaxExplorer(temperature=0.5)");
    await view.press("Close");
    expect(panel()).toBeNull();
    expect(document.activeElement?.getAttribute("aria-label")).toBe("More");
  });

  it("says what Python refused in place of what to try, until something is changed", async () => {
    model.receive({ type: "refused", message: "logits must be at most 1e6" });
    await nextFrame();
    expect(view.text(".nnw-diag [role=alert]")).toBe("Not accepted: logits must be at most 1e6");
    expect(view.text(".nnw-diag")).not.toContain("Try this");
    await view.press("One more class");
    expect(view.text(".nnw-diag [role=alert]")).toBe("");
    expect(view.text(".nnw-diag")).toContain("Try this");
  });

  it("rings the preset that holds as a whole", async () => {
    expect([chip("first"), chip("other")].map((each) => each?.getAttribute("aria-pressed"))).toEqual([
      "true",
      "false",
    ]);
    await press(chip("other") as HTMLElement);
    expect(model.state).toMatchObject({ logits: [1, 2], target: 1 });
    expect([chip("first"), chip("other")].map((each) => each?.getAttribute("aria-pressed"))).toEqual([
      "false",
      "true",
    ]);
    model.update("target", 0);
    await nextFrame();
    expect(chip("other")?.getAttribute("aria-pressed")).toBe("false");
  });

  it("goes back to what it was made with", async () => {
    await press(chip("other") as HTMLElement);
    await view.press("Reset");
    expect(model.state).toMatchObject(SETTINGS);
  });
});
