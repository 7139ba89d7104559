// What is off without a kernel, and says so to whoever points at it.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FrameHeader } from "../../src/generated/protocol";
import functions from "../../src/widgets/function";
import images from "../../src/widgets/images";
import { fakeFunctionModel } from "../fake-function-model";
import { fakeImageModel } from "../fake-image-model";
import { defaultTraits, fakeModel, makeFrame } from "../fake-model";
import { encode, type RecordedFrame } from "../recording";
import { nextFrame, type OpenView, start, useFakeBrowser } from "../view";

const WHY = "off: no kernel is connected";
const really = globalThis.setTimeout;
let view: OpenView;
let end: AbortController;

const point = (target: Element) => {
  target.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  return (target as HTMLElement).title;
};
const leave = () => view.root.dispatchEvent(new PointerEvent("pointerleave"));

const mute = () => {
  throw new Error("there is no kernel");
};

/** A trainer whose kernel is gone, and its view. */
async function open<M extends Parameters<typeof start>[0]>(model: M, widget?: Parameters<typeof start>[1]) {
  model.send = mute;
  const trainer = start(model, widget);
  end = trainer.end;
  view = await trainer.open();
  return model;
}
async function untilItPlays() {
  while (view.button("Play").disabled) {
    await new Promise((done) => really(done, 2));
    await nextFrame();
  }
}
const openPlanar = (changes: Parameters<typeof fakeModel>[0] = {}) => {
  const frames = [0, 1].map(
    (epoch): RecordedFrame => makeFrame(defaultTraits(), { epoch }, { epochs: [[1, 1, 1, 0, 0]] }),
  );
  return open(fakeModel({ _recorded: encode(frames), ...changes }));
};

beforeEach(useFakeBrowser);
afterEach(() => {
  end.abort();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it("is what only Python does, as long as a pointer rests on it", async () => {
  await openPlanar();
  await untilItPlays();
  const step = view.button("Step batch");
  expect([point(step), point(step)]).toEqual([WHY, WHY]);
  expect(point(view.button("Step epoch"))).toBe("Step epoch");
  expect(step.title).toBe("Step batch");
  point(step.querySelector("svg") as Element);
  expect(step.title).toBe(WHY);
  leave();
  expect(step.title).toBe("Step batch");
});

it("is on again under a pointer that rests as soon as there is a kernel", async () => {
  const model = await openPlanar();
  await untilItPlays();
  const step = view.button("Step batch");
  point(step);
  model.receive({ type: "here" } as never);
  expect(step.title).toBe("Step batch");
  expect(point(step)).toBe("Step batch");
});

it("is what a recording can do only until there is one", async () => {
  const read = Response.prototype.arrayBuffer;
  let go = () => {};
  const held = new Promise<void>((done) => {
    go = done;
  });
  vi.spyOn(Response.prototype, "arrayBuffer").mockImplementation(async function (this: Response) {
    await held;
    return read.call(this);
  });
  await openPlanar();
  const play = view.button("Play");
  expect([play.disabled, point(play)]).toEqual([true, WHY]);
  go();
  await untilItPlays();
  expect(play.title).toBe("Play");
});

it("has the title that it was given meanwhile, and none if it had none", async () => {
  await openPlanar();
  await untilItPlays();
  const [step, field] = [view.button("Step batch"), view.field("Noise").closest(".nnw-field") as HTMLElement];
  point(step);
  step.title = "another";
  leave();
  expect(step.title).toBe("another");
  expect(point(field)).toBe(WHY);
  leave();
  expect(field.hasAttribute("title")).toBe(false);
});

it("is all that a trainer has whose kernel left no recording, and no key is listed but that of the list", async () => {
  await openPlanar({ _recorded: null });
  for (const name of ["Play", "Reset", "Step batch", "Step epoch"])
    expect([view.button(name).disabled, point(view.button(name))]).toEqual([true, WHY]);
  view.root.dispatchEvent(new KeyboardEvent("keydown", { key: "h", bubbles: true }));
  await nextFrame();
  expect([...view.root.querySelectorAll(".nnw-keys dt")].map(({ textContent }) => textContent)).toEqual([
    "H",
  ]);
});

it("is not the timeline where it is left out of a recorded run", async () => {
  await openPlanar({ controls: ["play"] });
  await untilItPlays();
  const scrub = view.field("Epoch shown");
  expect([scrub.disabled, point(scrub)]).toEqual([true, ""]);
});

it("is not what waits for the end of a recorded run", async () => {
  const model = fakeImageModel();
  const frames: RecordedFrame[] = [];
  model.on("msg:custom", ((header: FrameHeader, [bytes]: [DataView]) =>
    frames.push([header, bytes])) as never);
  for (const epoch of [0, 1, 2]) model.frame({ epoch, step: 938 * epoch });
  model.update("_recorded", encode(frames));
  await open(model, images());
  await untilItPlays();
  view.button("Play").click();
  await nextFrame();
  for (const name of ["Reset", "Step epoch"])
    expect([view.button(name).disabled, point(view.button(name))]).toEqual([true, name]);
  expect(point(view.button("Step batch"))).toBe(WHY);
});

it("is said of pictures of which none can be chosen, also to who does not point", async () => {
  const model = fakeImageModel();
  const trainer = start(model, images());
  end = trainer.end;
  view = await trainer.open();
  const gallery = () => view.root.querySelector(".nnw-gallery") as HTMLElement;
  expect(gallery().getAttribute("aria-disabled")).toBe("false");
  model.update("controls", ["play"]);
  await nextFrame();
  expect(gallery().getAttribute("aria-disabled")).toBe("true");
  expect(point(gallery())).toBe("");
  model.update("controls", null);
  await nextFrame();
  expect(gallery().getAttribute("aria-disabled")).toBe("false");
  model.send = mute;
  view.button("Play").click();
  await nextFrame();
  expect([gallery().getAttribute("aria-disabled"), point(gallery())]).toEqual(["true", WHY]);
});

it("is not what has nothing to show", async () => {
  await open(fakeFunctionModel(), functions());
  await nextFrame();
  const sum = view.root.querySelector(".nnw-sum") as HTMLElement;
  const [add, field] = [sum.querySelector("button"), sum.querySelector(".nnw-field")] as HTMLElement[];
  expect(add?.matches(":disabled")).toBe(true);
  expect([point(add as Element), point(field as Element)]).toEqual(["", ""]);
});
