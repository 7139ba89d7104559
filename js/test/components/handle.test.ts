import { describe, expect, it } from "vitest";
import softmax from "../../src/widgets/softmax";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

useExplorer(softmax, { logits: [5.5, 1, 0.2], temperature: 1, target: 0, class_names: [], offset: 0 });

const handle = (index: number) => view.field<HTMLElement>(`Logit of class ${index}`);
const logits = () => model.state.logits as number[];

async function point(element: HTMLElement, type: string, clientX: number, pointerId = 1): Promise<void> {
  element.dispatchEvent(new PointerEvent(type, { clientX, clientY: 0, pointerId, bubbles: true }));
  await nextFrame();
}

describe("a handle", () => {
  it("follows the finger that took it, and no other", async () => {
    const one = handle(1);
    await point(one, "pointerdown", 100);
    await point(one, "pointermove", 110);
    const moved = logits()[1];
    expect(moved).toBeGreaterThan(1);
    await point(one, "pointerdown", 300, 2);
    await point(one, "pointermove", 350, 2);
    await point(one, "pointerup", 350, 2);
    expect(logits()[1]).toBe(moved);
    await point(one, "pointermove", 100);
    expect(logits()[1]).toBe(1);
    await point(one, "pointerup", 100);
    await point(one, "pointermove", 200);
    expect(logits()[1]).toBe(1);
  });

  it("is let go of by what takes the pointer away", async () => {
    await point(handle(0), "pointerdown", 100);
    await point(handle(0), "pointermove", 60);
    expect(handle(0).getAttribute("aria-valuemax")).toBe("6");
    await point(handle(0), "pointercancel", 60);
    expect(handle(0).getAttribute("aria-valuemax")).toBe("4");
    const [before] = logits();
    await point(handle(0), "pointermove", 90);
    expect(logits()[0]).toBe(before);
  });

  it("is let go of when Python takes it away: nothing waits for its release", async () => {
    await point(handle(2), "pointerdown", 100);
    await point(handle(2), "pointermove", 110);
    model.update("logits", [3, 1]);
    await nextFrame();
    expect(view.root.querySelectorAll(".nnw-handle")).toHaveLength(2);
    expect(handle(0).getAttribute("aria-valuemax")).toBe("4");
  });

  it("leaves keys that mean something to the page", async () => {
    const before = [...logits()];
    for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }])
      await view.key(handle(0), "ArrowLeft", held);
    await view.key(handle(0), "Tab");
    expect(logits()).toEqual(before);
  });
});
