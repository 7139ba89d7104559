import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FrameHeader, RecordedPast, Traits } from "../../src/generated/protocol";
import { SILENCE_MS } from "../../src/model/answering";
import { createFunctionStore } from "../../src/model/function-store";
import { createImageStore, partOf } from "../../src/model/image-store";
import { createPerceptronStore } from "../../src/model/perceptron-store";
import { createStore, type Store } from "../../src/model/store";
import { fakeFunctionModel } from "../fake-function-model";
import { fakeImageModel } from "../fake-image-model";
import { defaultTraits, type FakeModel, fakeModel, makeFrame } from "../fake-model";
import { fakePerceptron } from "../fake-perceptron";
import { encode, type RecordedFrame } from "../recording";

const EPOCHS = 20;
const BATCHES = 100;
const traits = defaultTraits();
const rowsOf = (epochs: number) => ({
  steps: Array.from({ length: epochs * 2 }, (_, row) => [(row + 1) * 50, 1 / (row + 1), 0.5, 0.5, 1, 1, 1]),
  epochs: Array.from({ length: epochs }, (_, row) => [row + 1, 1 / (row + 2), 1, Number.NaN, Number.NaN]),
});
/** The ends of these epochs. */
const framesOf = (epochs: readonly number[], values: (epoch: number) => Partial<FrameHeader> = () => ({})) =>
  epochs.map(
    (epoch): RecordedFrame =>
      makeFrame(
        traits,
        { epoch, step: epoch * BATCHES, loss: 1 / (epoch + 2), ...values(epoch) },
        rowsOf(EPOCHS),
      ),
  );
const all = Array.from({ length: EPOCHS + 1 }, (_, epoch) => epoch);

let model: FakeModel;
let store: Store;
const look = (visible = true, view = "a") =>
  store.look({ type: "look", view, visible, focus: null, map_size: 80, tile_size: 24, wants: [] });
const header = () => store.scene.value.frame?.header as FrameHeader;
const shown = () => [header().epoch, header().preview];
const curves = () => [store.history.epochs.rows, store.history.steps.rows];
const say = (type: "play" | "pause") => store.command({ type });
const passing = (ms: number) => vi.advanceTimersByTime(ms);
const really = globalThis.setTimeout;
/** What is decoded comes in its own time. */
async function settled(isThere: () => boolean) {
  while (!isThere()) await new Promise((done) => really(done, 2));
}

/** A saved widget: what is sent throws, as on a page that stands for itself. */
async function open(recorded: DataView, changes: Partial<Traits> = {}) {
  store?.dispose();
  model = fakeModel({ _recorded: recorded, speed: 10, ...changes });
  model.send = () => {
    throw new Error("there is no kernel");
  };
  store = createStore(model);
  look();
  await settled(() => store.plays.value);
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "performance", "requestAnimationFrame", "cancelAnimationFrame"],
  });
});
afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

describe("a recorded run", () => {
  beforeEach(() => open(encode(framesOf(all))));

  it("is shown as it stands, with all of its curves", () => {
    expect(shown()).toEqual([20, false]);
    expect(curves()).toEqual([20, 40]);
    expect([store.status.value, store.enabled.value, store.plays.value]).toEqual(["recorded", false, true]);
    expect([store.timeline.last.value, store.timeline.present.value, store.timeline.marked.value]).toEqual([
      20,
      20,
      null,
    ]);
  });

  it("is looked back at, and shown as it stands again", () => {
    store.timeline.show(17);
    expect(shown()).toEqual([17, true]);
    expect(header().loss).toBe(1 / 19);
    expect([store.timeline.epoch.value, store.timeline.present.value, store.status.value]).toEqual([
      17,
      20,
      "recorded",
    ]);
    expect(curves()).toEqual([20, 40]);
    store.timeline.leave();
    expect(shown()).toEqual([20, false]);
    expect(store.timeline.preview.value).toBe(false);
  });

  it("goes on from the epoch that is chosen", () => {
    store.timeline.show(7);
    store.command({ type: "rewind", epoch: store.timeline.epoch.value });
    expect(shown()).toEqual([7, false]);
    expect([store.timeline.marked.value, store.timeline.preview.value]).toEqual([7, false]);
    say("play");
    passing(350);
    expect(header().epoch).toBe(10);
  });

  it("plays from the beginning when it is at its end, at its speed, and its curves grow", () => {
    say("play");
    expect([header().epoch, store.status.value, header().run_target_epoch]).toEqual([0, "running", 20]);
    expect(curves()).toEqual([0, 0]);
    passing(550);
    expect(shown()).toEqual([5, false]);
    expect(curves()).toEqual([5, 10]);
    expect([...store.history.epochs.column(0)]).toEqual([1, 2, 3, 4, 5]);
    expect([store.timeline.last.value, store.timeline.marked.value]).toEqual([5, null]);
    passing(2000);
    expect([header().epoch, store.status.value]).toEqual([20, "recorded"]);
    expect(curves()).toEqual([20, 40]);
    expect(store.timeline.marked.value).toBeNull();
  });

  it("plays on from where it was paused, with all curves there meanwhile", () => {
    say("play");
    passing(550);
    say("pause");
    expect([header().epoch, store.status.value, store.timeline.marked.value]).toEqual([5, "recorded", 5]);
    expect(curves()).toEqual([20, 40]);
    passing(1000);
    expect(header().epoch).toBe(5);
    say("play");
    expect(curves()).toEqual([5, 10]);
    passing(550);
    expect(header().epoch).toBe(10);
  });

  it("plays on from the epoch that is looked at", () => {
    store.timeline.show(12);
    say("play");
    expect(shown()).toEqual([12, false]);
    passing(350);
    expect(header().epoch).toBe(15);
  });

  it("is stopped by whoever looks back", () => {
    say("play");
    passing(350);
    store.timeline.show(2);
    expect([...shown(), store.status.value]).toEqual([2, true, "recorded"]);
    expect(curves()).toEqual([20, 40]);
    passing(1000);
    expect(header().epoch).toBe(2);
  });

  it("is played at no speed at which nothing would be seen for long", async () => {
    const choices = { ...traits._choices, speeds: [0.1, 0.5, 1, 30, null] };
    await open(encode(framesOf(all)), { speed: 0.1, _choices: choices });
    expect(store.speeds.value).toEqual([1, 30, null]);
    expect(store.controls.speed.value.value).toBe(1);
    say("play");
    passing(2500);
    expect(header().epoch).toBe(2);
  });

  it("takes another speed while it plays", () => {
    say("play");
    passing(550);
    store.controls.speed.set(1);
    passing(1000);
    expect(store.controls.speed.value.value).toBe(1);
    expect(header().epoch).toBe(6);
  });

  it("without a limit takes four seconds, at most thirty pictures in each", async () => {
    await open(encode(framesOf(Array.from({ length: 1001 }, (_, epoch) => epoch))), { speed: null });
    const numbers = new Set<number>();
    say("play");
    const stop = store.scene.subscribe(({ frame }) => numbers.add(frame?.header.number ?? 0));
    for (let time = 0; time < 2000; time += 16) passing(16);
    stop();
    expect(Math.abs(header().epoch - 500)).toBeLessThan(15);
    expect(numbers.size).toBeGreaterThan(40);
    expect(numbers.size).toBeLessThan(65);
  });

  it("steps by epochs, and not beyond its end", () => {
    store.command({ type: "rewind", epoch: 18 });
    for (const epoch of [19, 20, 20]) {
      store.command({ type: "step", unit: "epoch", n: 1 });
      expect(shown()).toEqual([epoch, false]);
    }
    store.timeline.show(3);
    store.command({ type: "step", unit: "epoch", n: 1 });
    expect(shown()).toEqual([4, false]);
  });

  it("has no batches to step by", () => {
    store.command({ type: "rewind", epoch: 8 });
    store.command({ type: "step", unit: "batch", n: 1 });
    expect(header().epoch).toBe(8);
  });

  it("is reset to its beginning, with its curves", () => {
    store.command({ type: "reset", seed: null });
    expect(shown()).toEqual([0, false]);
    expect([curves(), store.timeline.marked.value]).toEqual([[20, 40], 0]);
  });

  it("is sent whole to a view that asks", () => {
    store.timeline.show(4);
    store.requestFull();
    expect([header().full, ...shown()]).toEqual([true, 4, true]);
    say("play");
    passing(250);
    store.requestFull();
    expect(curves()).toEqual([6, 12]);
    passing(100);
    expect([...store.history.epochs.column(0)]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("pauses when nobody sees it", () => {
    look(true, "b");
    say("play");
    passing(350);
    look(false, "a");
    expect(store.status.value).toBe("running");
    store.leave("b");
    expect([header().epoch, store.status.value]).toEqual([3, "recorded"]);
    passing(5000);
    expect(header().epoch).toBe(3);
  });

  it("does not catch up on the time that a page was held up", () => {
    say("play");
    passing(150);
    const before = header().epoch;
    vi.setSystemTime(0);
    const real = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => real + 60_000);
    passing(16);
    expect(header().epoch - before).toBeLessThan(4);
    vi.restoreAllMocks();
  });

  it("hears nothing of what only Python can do", () => {
    store.command({ type: "pin", name: null });
    store.controls.learning_rate.set(0.5);
    store.askTrace();
    passing(5000);
    expect(shown()).toEqual([20, false]);
    expect(store.controls.learning_rate.value.value).toBe(0.1);
  });
});

describe("a long run of which not every epoch is kept", () => {
  const kept = [0, 1, 2, 4, 8, 12, 16, 20];
  beforeEach(() => open(encode(framesOf(kept))));

  it("is shown at the nearest one before, which says its number", () => {
    store.timeline.show(15);
    expect([...shown(), store.timeline.epoch.value]).toEqual([12, true, 12]);
    store.timeline.show(3);
    expect(store.timeline.epoch.value).toBe(2);
  });

  it("can be gone through by keys in both directions", () => {
    store.timeline.show(9, true);
    expect(store.timeline.epoch.value).toBe(12);
    store.timeline.show(11);
    expect(store.timeline.epoch.value).toBe(8);
  });

  it("is stepped from one to the next, and played over the gaps in its time", () => {
    store.command({ type: "rewind", epoch: 4 });
    store.command({ type: "step", unit: "epoch", n: 1 });
    expect(header().epoch).toBe(8);
    say("play");
    passing(350);
    expect(header().epoch).toBe(8);
    passing(100);
    expect([header().epoch, curves()]).toEqual([12, [12, 24]]);
  });
});

describe("a run that stands elsewhere than at its end", () => {
  it("is shown where it was rewound to, and can be looked at beyond", async () => {
    await open(encode(framesOf(all), { stands: 7 }));
    expect([...shown(), store.timeline.marked.value, store.timeline.last.value]).toEqual([7, false, 7, 20]);
    store.timeline.show(20);
    expect(shown()).toEqual([20, true]);
  });

  it("is shown within an epoch, whose end is another moment", async () => {
    const within: RecordedFrame = makeFrame(traits, { epoch: 20, step: 2042, batch: 42 }, rowsOf(EPOCHS));
    await open(encode([...framesOf(all), within]));
    expect([header().epoch, header().batch]).toEqual([20, 42]);
    store.command({ type: "rewind", epoch: 20 });
    expect([header().epoch, header().batch]).toEqual([20, 0]);
    store.command({ type: "step", unit: "epoch", n: 1 });
    expect([header().epoch, header().batch]).toEqual([20, 42]);
    say("play");
    passing(3000);
    expect([header().epoch, header().batch, store.status.value]).toEqual([20, 42, "recorded"]);
  });

  it("has nothing to play before it was trained", async () => {
    await open(encode(framesOf([0])));
    say("play");
    passing(1000);
    expect([...shown(), store.status.value]).toEqual([0, false, "recorded"]);
  });
});

describe("a network of the past", () => {
  const past: RecordedPast = {
    network: {
      ...traits._network,
      version: -1_000_001,
      layers: traits._network.layers.slice(1),
    },
    data: { ...traits._data, version: -1_000_001, label: "moons" },
    way: null,
    gallery: null,
    chosen: null,
  };
  const then = { network_version: -1_000_001, data_version: -1_000_001 };
  const frames = framesOf(all, (epoch) => (epoch < 10 ? then : {})).map(
    ([told, bytes]): RecordedFrame => [told, bytes, told.epoch < 10 ? 0 : null],
  );
  beforeEach(() => open(encode(frames, { pasts: [past] })));

  it("is described with its frames, and the present one with the present ones", () => {
    store.timeline.show(5);
    expect([header().epoch, store.scene.value.network.layers.length, store.data.value.label]).toEqual([
      5,
      1,
      "moons",
    ]);
    store.timeline.leave();
    expect([header().epoch, store.scene.value.network.layers.length, store.data.value.label]).toEqual([
      20,
      2,
      "circles",
    ]);
  });

  it("changes as the run did", () => {
    say("play");
    passing(850);
    expect([header().epoch, store.scene.value.network.layers.length]).toEqual([8, 1]);
    passing(300);
    expect([header().epoch, store.scene.value.network.layers.length]).toEqual([11, 2]);
  });
});

describe("a kernel", () => {
  const silent = async () => {
    look();
    passing(SILENCE_MS);
    await settled(() => store.plays.value && store.status.value === "recorded");
  };
  beforeEach(() => {
    model = fakeModel({ _recorded: encode(framesOf(all)), speed: 10 });
    store = createStore(model);
    model.frame({ full: true, epoch: 20, step: 2000, number: 40 }, rowsOf(EPOCHS));
  });

  it("that is silent is stood in for, but asked again whether it is there", async () => {
    expect([store.enabled.value, store.plays.value]).toEqual([true, true]);
    await silent();
    const before = model.sent.length;
    store.timeline.show(3);
    expect(shown()).toEqual([3, true]);
    expect(model.sent).toHaveLength(before);
    look();
    expect(model.sentOf("look").length).toBe(2);
    expect(store.status.value).toBe("recorded");
  });

  it("that answers again has the word: what it says is what is shown", async () => {
    await silent();
    store.controls.speed.set(2);
    passing(50);
    say("play");
    passing(350);
    model.receive({ type: "here" } as never);
    expect([store.status.value, store.enabled.value]).toEqual(["idle", true]);
    expect(store.controls.speed.value.value).toBe(10);
    passing(2000);
    expect(model.sentOf("request_full")).toHaveLength(1);
    model.frame({ full: true, epoch: 31, step: 3100, number: 41 }, rowsOf(31));
    expect([...shown(), store.timeline.last.value]).toEqual([31, false, 31]);
    store.timeline.show(3);
    expect(model.sentOf("preview")).toHaveLength(1);
  });

  it("that is back before its recording is read is not stood in for", async () => {
    look();
    passing(SILENCE_MS);
    expect(store.status.value).toBe("recorded");
    model.receive({ type: "here" } as never);
    await new Promise((done) => really(done, 100));
    expect([store.status.value, header().number]).toEqual(["idle", 40]);
    store.timeline.show(3);
    expect(model.sentOf("preview")).toHaveLength(1);
  });

  it("that a model was made without a way to is stood in for at once, and not where there is one", async () => {
    const restored = (live: boolean) => {
      store.dispose();
      const layout = { comm_live: live };
      model = fakeModel({ _recorded: encode(framesOf(all)), layout } as Partial<Traits>);
      store = createStore(model);
      look();
    };
    restored(true);
    passing(SILENCE_MS - 1);
    expect([store.status.value, store.enabled.value]).toEqual(["idle", true]);
    restored(false);
    expect([store.status.value, store.enabled.value]).toEqual(["recorded", false]);
    await settled(() => store.plays.value);
    expect(shown()).toEqual([20, false]);
  });

  it("without a recording is missed as ever", () => {
    for (const nothing of [null, new DataView(new ArrayBuffer(0))]) {
      store.dispose();
      model = fakeModel({ _recorded: nothing });
      store = createStore(model);
      look();
      passing(SILENCE_MS);
      expect([store.status.value, store.plays.value]).toEqual(["disconnected", false]);
    }
  });

  it("is missed where its recording cannot be used, which is said, and how the run stood is shown", async () => {
    const whole = encode(framesOf(all));
    const other = makeFrame(traits, { epoch: 20, step: 2000, data_version: 7 });
    const smaller = encode([[{ ...other[0], data_version: traits._data.version, parts: [] }, other[1]]]);
    const cut = new DataView(whole.buffer, whole.byteOffset, whole.byteLength >> 1);
    const [{ parts, ...standing }, buffer] = makeFrame(
      traits,
      { epoch: 20, step: 2000, full: true },
      rowsOf(EPOCHS),
    );
    const unusable = [
      [new DataView(new ArrayBuffer(9)), /^\w*Error: ./],
      [cut, /^\w*Error: ./],
      [encode([other]), /^It is of another network or of other data/],
      [smaller, /^It is of another network or of other data/],
    ] as const;
    for (const [recorded, why] of unusable) {
      store.dispose();
      model = fakeModel({ _recorded: recorded, _snapshot: { ...standing, parts, buffer } as never });
      model.send = () => {
        throw new Error("there is no kernel");
      };
      store = createStore(model);
      look();
      await settled(() => store.failure.value !== null);
      expect(store.failure.value?.message).toContain("the saved recording cannot be used");
      expect(store.failure.value?.detail).toMatch(why);
      expect([store.status.value, store.plays.value]).toEqual(["disconnected", false]);
      expect([...shown(), ...curves()]).toEqual([20, false, 20, 40]);
      // Who is back needs no recording.
      model.receive({ type: "here" } as never);
      expect([store.failure.value, store.status.value, store.plays.value]).toEqual([null, "idle", true]);
    }
  });

  it("that goes while an earlier network is looked at is stood in for", async () => {
    const past = {
      network: { ...traits._network, version: -1, layers: traits._network.layers.slice(1) },
      data: { ...traits._data, version: -1 },
    } as Traits["_past"];
    model.update("_past", past);
    model.frame({ epoch: 5, number: 41, preview: true, network_version: -1, data_version: -1 });
    expect([...shown(), store.scene.value.network.version]).toEqual([5, true, -1]);
    await silent();
    expect([store.failure.value, ...shown(), store.scene.value.network.version]).toEqual([
      null,
      20,
      false,
      1,
    ]);
  });

  it("is missed where this browser cannot read recordings, which is no damage", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    look();
    passing(SILENCE_MS);
    await settled(() => store.failure.value !== null);
    vi.unstubAllGlobals();
    expect(store.failure.value?.message).not.toContain("damaged");
    expect(store.failure.value?.detail).toContain("DecompressionStream");
  });

  it("that cannot be told anything is missed at once", () => {
    model.update("_recorded", null);
    model.send = () => {
      throw new Error("dead");
    };
    expect(store.status.value).toBe("idle");
    look();
    expect([store.status.value, store.enabled.value]).toEqual(["disconnected", false]);
    model.receive({ type: "here" } as never);
    expect(store.status.value).toBe("idle");
  });
});

describe("the other trainers", () => {
  const dead = <M extends { send: unknown }>(made: M): M => {
    made.send = () => {
      throw new Error("there is no kernel");
    };
    return made;
  };

  it("replay a perceptron with the sample at hand", async () => {
    const made = dead(fakePerceptron());
    const frames: RecordedFrame[] = [];
    made.on("msg:custom", ((message: FrameHeader, [bytes]: [DataView]) =>
      frames.push([message, bytes])) as never);
    for (let epoch = 0; epoch < 4; epoch++) made.step(4, { epoch: epoch + 1, step: 4 * (epoch + 1) });
    made.update("_recorded", encode(frames));
    const perceptron = createPerceptronStore(made);
    perceptron.requestFull();
    await settled(() => perceptron.plays.value);
    const weights = () => perceptron.scene.value.frame?.weights;
    const last = weights();
    perceptron.timeline.show(1);
    expect(perceptron.scene.value.frame?.header.epoch).toBe(1);
    expect(perceptron.scene.value.frame?.hand).not.toBeNull();
    expect(weights()).not.toEqual(last);
    perceptron.dispose();
  });

  it("replay a fit with its pieces", async () => {
    const made = dead(fakeFunctionModel());
    const frames: RecordedFrame[] = [];
    made.on("msg:custom", ((message: FrameHeader, [bytes]: [DataView]) =>
      frames.push([message, bytes])) as never);
    for (const epoch of [0, 1, 2]) made.frame({ epoch, step: epoch });
    made.update("_recorded", encode(frames, { rounded: ["fit"] }));
    const trainer = createFunctionStore(made);
    trainer.requestFull();
    await settled(() => trainer.plays.value);
    trainer.command({ type: "rewind", epoch: 1 });
    expect(trainer.scene.value.frame?.header.epoch).toBe(1);
    expect(trainer.scene.value.frame?.fit.length).toBeGreaterThan(100);
    trainer.dispose();
  });

  it("replay images: those of the recording, and those of a network of the past with it", async () => {
    const made = dead(fakeImageModel());
    const frames: RecordedFrame[] = [];
    made.on("msg:custom", ((message: FrameHeader, [bytes]: [DataView]) =>
      frames.push([message, bytes])) as never);
    made.frame({ epoch: 0, step: 0, network_version: -1_000_001, gallery_version: -1_000_001 } as never);
    for (const epoch of [1, 2]) made.frame({ epoch, step: 938 * epoch }, rowsOf(2));
    const past = {
      network: { ...made.get("_network"), version: -1_000_001 },
      data: made.get("_data"),
      way: { ...made.get("_way"), version: -1_000_001 },
      gallery: { ...made.get("_gallery"), version: -1_000_001 },
      chosen: made.get("_chosen"),
    } as RecordedPast;
    const recorded = frames.map(([told, bytes]): RecordedFrame => [told, bytes, told.epoch ? null : 0]);
    made.update("_recorded", encode(recorded, { pasts: [past] }));
    const images = createImageStore(made);
    images.requestFull();
    await settled(() => images.plays.value);
    expect([images.scene.value.frame?.header.epoch, images.gallery.value?.version]).toEqual([2, 1]);
    expect(partOf(images.scene.value, "answers")).not.toBeNull();
    images.command({ type: "reset", seed: null });
    expect(images.scene.value.frame?.header.epoch).toBe(0);
    expect([images.way.value?.version, images.gallery.value?.version]).toEqual([-1_000_001, -1_000_001]);
    expect(partOf(images.scene.value, "answers")).not.toBeNull();
    images.timeline.show(1);
    expect([images.way.value?.version, images.gallery.value?.version]).toEqual([1, 1]);
    images.dispose();
  });
});
