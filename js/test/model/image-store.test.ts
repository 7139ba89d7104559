import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ImageFrameHeader } from "../../src/generated/protocol";
import { createImageStore, type ImageStore, partOf } from "../../src/model/image-store";
import {
  ANSWERS,
  CHOSEN,
  CONFUSION,
  defaultImageTraits,
  type FakeImageModel,
  fakeImageModel,
  GALLERY,
  MAPS,
  WAY,
} from "../fake-image-model";
import { pack } from "../fake-model";

let model: FakeImageModel;
let store: ImageStore;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "performance", "requestAnimationFrame", "cancelAnimationFrame"],
  });
  model = fakeImageModel();
  store = createImageStore(model);
});

afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

const curves = { parts: [] };
const running = { status: "running" } as const;
const part = (name: Parameters<typeof partOf>[1]) => partOf(store.scene.value, name);
const network = (version: number) => ({ ...defaultImageTraits()._network, version });

describe("parts of frames", () => {
  it("stand, as the same arrays, until a frame brings them anew", () => {
    model.frame({ full: true, step: 10 });
    const before = part("confusion");
    expect(before?.values).toEqual(CONFUSION);
    expect(before?.step).toBe(10);
    model.frame({ ...running, step: 20 }, curves);
    expect(store.scene.value.frame?.header.step).toBe(20);
    expect(part("confusion")).toBe(before);
    model.frame({ ...running, step: 30 }, { parts: [["confusion", [10, 10], new Float32Array(100)]] });
    expect(part("confusion")?.step).toBe(30);
    expect(part("confusion")?.values[0]).toBe(0);
    expect(part("first")?.step).toBe(10);
  });

  it("have shapes and kinds of numbers of their own", () => {
    const maps = new Uint8Array(8 * 26 * 26).fill(3);
    model.frame(
      { full: true },
      {
        parts: [
          ["first_kind", [1], new Uint8Array([1])],
          ["stage0", [8, 26, 26], maps],
        ],
      },
    );
    expect(part("stage0")?.shape).toEqual([8, 26, 26]);
    expect(part("stage0")?.values).toEqual(maps);
    expect(part("first_kind")?.values).toEqual(new Uint8Array([1]));
  });

  it("of an earlier state go with a full frame", () => {
    model.frame({ full: true, step: 10 });
    model.frame({ full: true, step: 10 }, { parts: [["confusion", [10, 10], CONFUSION]] });
    expect(part("confusion")).not.toBeNull();
    expect(part("first")).toBeNull();
  });

  it.each<[string, Partial<ImageFrameHeader>]>([
    ["an earlier step", { step: 5 }],
    ["a preview", { step: 10, preview: true }],
    ["another network", { step: 10, network_version: 2 }],
  ])("go with %s", (_, values) => {
    model.frame({ full: true, step: 10 });
    model.update("_network", network(values.network_version ?? 1));
    model.frame(values, curves);
    expect(store.scene.value.frame?.header).toMatchObject(values);
    expect(part("confusion")).toBeNull();
  });

  it("come from the picture of a state that stands still, too", () => {
    const fresh = fakeImageModel();
    const [parts, buffer] = pack([["answers", [28], ANSWERS]]);
    model.frame({ full: true }, curves);
    const header = store.scene.value.frame?.header;
    if (!header) throw new Error("there is no frame");
    fresh.update("_snapshot", { ...header, parts, buffer });
    const other = createImageStore(fresh);
    expect(partOf(other.scene.value, "answers")?.values).toEqual(ANSWERS);
    other.dispose();
  });
});

describe("answers", () => {
  it("are shown for the gallery that they are of", () => {
    model.frame({ full: true });
    expect(part("answers")?.values).toEqual(ANSWERS);
    model.update("_gallery", { ...GALLERY, version: 2 });
    expect(part("answers")).toBeNull();
    expect(part("confidence")).toBeNull();
    expect(part("logits")).not.toBeNull();
    expect(part("confusion")).not.toBeNull();
    model.frame({ step: 1 }, { parts: [["answers", [28], ANSWERS]] });
    expect(part("answers")?.step).toBe(1);
  });

  it("that come before their gallery wait for it", () => {
    model.frame({ full: true, gallery_version: 2, chosen_version: 2 });
    expect(part("answers")).toBeNull();
    model.update("_gallery", { ...GALLERY, version: 2 });
    expect(part("answers")?.values).toEqual(ANSWERS);
    expect(part("stage1")).toBeNull();
    model.update("_chosen", { ...CHOSEN, version: 2 });
    expect(part("stage1")).not.toBeNull();
  });

  it.each(["logits", "probabilities", "saliency", "stage0", "edges2"] as const)(
    "of another image are not those of the chosen one: %s",
    (name) => {
      model.frame({ full: true });
      expect(part(name)).not.toBeNull();
      model.update("_chosen", { ...CHOSEN, version: 2 });
      expect(part(name)).toBeNull();
      expect(part("answers")).not.toBeNull();
    },
  );
});

describe("the way", () => {
  it("of another network comes with its first frame", () => {
    model.frame({ full: true });
    model.update("_network", network(2));
    model.update("_way", MAPS);
    expect(store.way.value).toEqual(WAY);
    model.frame({ full: true });
    expect(store.way.value).toEqual(MAPS);
  });

  it("is that of the past while that is looked at, whose versions are below zero", () => {
    model.frame({ full: true });
    model.frame({ full: true, preview: true, network_version: -1 });
    expect(store.scene.value.frame?.header.preview).toBe(false);
    model.update("_network", network(-1));
    model.update("_way", MAPS);
    expect(store.scene.value.frame?.header.preview).toBe(true);
    expect(store.scene.value.way).toEqual(MAPS);
    model.update("_network", network(1));
    model.update("_way", WAY);
    model.frame({ full: true, network_version: 1 });
    expect(store.scene.value.frame?.header.preview).toBe(false);
    expect(store.scene.value.way).toEqual(WAY);
  });
});

describe("what is common to all trainers", () => {
  it("sends settings and says what was refused", () => {
    store.controls.epochs.set(20);
    vi.advanceTimersToNextFrame();
    expect(model.sentOf("set")).toEqual([{ type: "set", name: "epochs", value: 20 }]);
    model.receive({ type: "refused", name: "epochs", message: "too many" });
    expect(store.controls.epochs.error.value).toBe("too many");
    expect(store.controls.epochs.value.value).toBe(8);
  });

  it("shows other images without leaving an epoch that is looked at", () => {
    model.frame({ full: true, epoch: 3 }, { epochs: [[3, 1, 1, 1, 1]], parts: [] });
    store.timeline.show(1);
    store.show({ type: "choose", image: 5 });
    expect(model.sentOf("choose")).toEqual([{ type: "choose", image: 5 }]);
    expect(store.timeline.preview.value).toBe(true);
  });
});
