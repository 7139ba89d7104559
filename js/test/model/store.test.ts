import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createStore, SILENCE_MS, type Store } from "../../src/model/store";
import { defaultTraits, type FakeModel, fakeModel, makeFrame } from "../fake-model";

let model: FakeModel;
let store: Store;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "performance", "requestAnimationFrame", "cancelAnimationFrame"],
  });
  model = fakeModel();
  store = createStore(model);
});

afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

const number = () => store.scene.value.frame?.header.number;
const look = (visible = true) =>
  store.look({ type: "look", view: "a", visible, focus: null, map_size: 80, tile_size: 24, wants: [] });
const step = (count: number) => [count, 0.5, 0.5, 0.5, 1, 1, 1];

describe("frames", () => {
  it("keeps the newest", () => {
    model.frame({ full: true });
    model.frame({ epoch: 1 });
    model.frame({ epoch: 2 });
    expect(store.scene.value.frame?.header.epoch).toBe(2);
  });

  it("collects the curve rows of every frame, drawn or not", () => {
    model.frame({ full: true }, { steps: [step(1)] });
    model.frame({}, { steps: [step(2), step(3)] });
    model.frame({}, { steps: [step(4)] });
    expect([...store.history.steps.column(0)]).toEqual([1, 2, 3, 4]);
  });

  it("replaces the curves by those of a full frame", () => {
    model.frame({ full: true }, { steps: [step(1), step(2)], epochs: [[1, 0.5, 1, Number.NaN, Number.NaN]] });
    model.frame({ full: true }, { steps: [step(9)] });
    expect([...store.history.steps.column(0)]).toEqual([9]);
    expect(store.history.epochs.rows).toBe(0);
  });

  it("asks for a full frame after a gap, and not for each of the frames that follow it", () => {
    model.frame({ full: true, number: 1 });
    model.frame({ number: 2 });
    expect(model.sentOf("request_full")).toHaveLength(0);
    model.frame({ number: 4 });
    model.frame({ number: 7 });
    expect(model.sentOf("request_full")).toHaveLength(1);
    model.frame({ number: 8, full: true });
    model.frame({ number: 9 });
    vi.advanceTimersByTime(2000);
    model.frame({ number: 12 });
    expect(model.sentOf("request_full")).toHaveLength(2);
  });

  it("asks again, a second later, for what was missed right after a full frame", () => {
    model.frame({ number: 3 });
    model.frame({ full: true, number: 4 });
    model.frame({ number: 6 });
    expect(model.sentOf("request_full")).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(model.sentOf("request_full")).toHaveLength(2);
  });

  it("asks for a full frame when the first frame is not one", () => {
    model.frame({ number: 17 });
    expect(model.sentOf("request_full")).toHaveLength(1);
  });

  it("shows the snapshot of a saved notebook without a kernel", () => {
    const traits = defaultTraits();
    const [header, buffer] = makeFrame(traits, { full: true, epoch: 12 }, { steps: [step(1)] });
    const saved = createStore(fakeModel({ _snapshot: { ...header, buffer } }));
    expect(saved.scene.value.frame?.header.epoch).toBe(12);
    expect(saved.history.steps.rows).toBe(1);
    saved.dispose();
  });

  it("takes the picture of a state that stands still from the trait, as the next frame", () => {
    model.frame({ full: true, number: 1 });
    const [header, buffer] = makeFrame(defaultTraits(), { full: true, number: 2, epoch: 7 });
    model.update("_snapshot", { ...header, buffer });
    expect(store.scene.value.frame?.header.epoch).toBe(7);
    model.frame({ number: 3 });
    expect(model.sentOf("request_full")).toHaveLength(0);
  });

  it("believes the trait, not an old snapshot, about the status when a page is opened", () => {
    const [header, buffer] = makeFrame(defaultTraits(), { full: true, status: "paused" });
    const reopened = createStore(fakeModel({ status: "running", _snapshot: { ...header, buffer } }));
    expect(reopened.status.value).toBe("running");
    reopened.dispose();
  });

  it("reads parts that lie unaligned in a larger message", () => {
    const [header, block] = makeFrame(defaultTraits(), { full: true });
    const larger = new Uint8Array(block.byteLength + 3);
    larger.set(new Uint8Array(block.buffer), 3);
    model.receive(header, [new DataView(larger.buffer, 3)]);
    const frame = store.scene.value.frame;
    expect(frame?.parameters[1]).toBe(-1.25);
    expect(frame?.map?.cells[9]).toBe(9);
    expect(frame?.tiles.map((tile) => tile.columns)).toEqual([4, 4]);
  });
});

describe("a frame and the traits that describe it", () => {
  const network = (version: number) => ({ ...defaultTraits()._network, version });

  it("waits for the trait when the frame comes first", () => {
    model.frame({ full: true });
    model.frame({ network_version: 2 });
    expect(number()).toBe(1);
    expect(store.scene.value.network.version).toBe(1);
    model.update("_network", network(2));
    expect(number()).toBe(2);
    expect(store.scene.value.network.version).toBe(2);
  });

  it("waits for the frame when the trait comes first, so that the picture never mixes two networks", () => {
    model.frame({ full: true });
    model.update("_network", network(2));
    expect(store.scene.value.network.version).toBe(1);
    model.frame({ network_version: 2 });
    expect(store.scene.value.network.version).toBe(2);
    expect(number()).toBe(2);
  });

  it("shows the new network without a frame if none comes", () => {
    model.frame({ full: true });
    model.update("_network", network(2));
    vi.advanceTimersByTime(5000);
    expect(store.scene.value.network.version).toBe(2);
    expect(store.scene.value.frame).toBeNull();
  });

  it("drops a frame of a network that is gone, but not its curve rows", () => {
    model.frame({ full: true });
    model.update("_network", network(2));
    model.frame({ network_version: 1 }, { steps: [step(1)] });
    expect(number()).toBe(1);
    expect(store.history.steps.rows).toBe(1);
  });

  it("takes up facts about the same network at once", () => {
    model.frame({ full: true });
    model.update("_network", { ...network(1), steps_per_epoch: 50 });
    expect(store.scene.value.network.steps_per_epoch).toBe(50);
    expect(number()).toBe(1);
  });
});

describe("settings", () => {
  it("shows the user's value until Python's answer, which wins", () => {
    const { learning_rate } = store.controls;
    learning_rate.set(0.3);
    expect(learning_rate.value.value).toBe(0.3);
    expect(store.traits.learning_rate.value).toBe(0.1);
    model.update("learning_rate", 0.3);
    model.update("learning_rate", 0.7);
    expect(learning_rate.value.value).toBe(0.7);
  });

  it("sends one message per animation frame, with the newest value", () => {
    for (const value of [0.2, 0.3, 0.4]) store.controls.learning_rate.set(value);
    store.controls.batch_size.set(10);
    expect(model.sent).toEqual([]);
    vi.advanceTimersToNextFrame();
    expect(model.sent).toEqual([
      { type: "set", name: "learning_rate", value: 0.4 },
      { type: "set", name: "batch_size", value: 10 },
    ]);
  });

  it("sends settings before the command that follows them", () => {
    store.controls.learning_rate.set(0.2);
    store.command({ type: "play" });
    expect(model.sent.map((message) => message.type)).toEqual(["set", "play"]);
    vi.advanceTimersToNextFrame();
    expect(model.sent).toHaveLength(2);
  });

  it("does not move under the hand that holds it", () => {
    const { noise } = store.controls;
    noise.hold();
    noise.set(0.2);
    noise.set(0.3);
    model.update("noise", 0.2);
    expect(noise.value.value).toBe(0.3);
    model.update("noise", 0.3);
    noise.release();
    model.update("noise", 0.5);
    expect(noise.value.value).toBe(0.5);
  });

  it("does not take a late answer to an earlier value for the last one", () => {
    const { noise } = store.controls;
    noise.hold();
    for (const value of [0.2, 0.3, 0.2]) noise.set(value);
    model.update("noise", 0.2);
    model.update("noise", 0.3);
    expect(noise.value.value).toBe(0.2);
    model.update("noise", 0.2);
    noise.release();
    expect(noise.value.value).toBe(0.2);
  });

  it("goes back, and says why, when Python refuses", () => {
    const { learning_rate } = store.controls;
    learning_rate.set(-1);
    model.receive({ type: "refused", name: "learning_rate", message: "must be above 0" });
    expect(learning_rate.value.value).toBe(0.1);
    expect(learning_rate.error.value).toBe("must be above 0");
    learning_rate.set(0.2);
    expect(learning_rate.error.value).toBeNull();
  });

  it("follows the name of the data set", () => {
    store.controls.dataset.set("moons");
    expect(store.controls.dataset.value.value).toBe("moons");
    model.update("_data", { ...defaultTraits()._data, version: 2, name: "moons" });
    model.update("_data", { ...defaultTraits()._data, version: 3, name: "circles" });
    expect(store.controls.dataset.value.value).toBe("circles");
  });
});

describe("who is there", () => {
  it("is disconnected after four seconds of silence, and no more as soon as anything arrives", () => {
    look();
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(store.status.value).toBe("idle");
    vi.advanceTimersByTime(1);
    expect(store.status.value).toBe("disconnected");
    expect(store.enabled.value).toBe(false);
    model.receive({ type: "here" });
    expect(store.status.value).toBe("idle");
  });

  it("counts the silence from the first question that was not answered", () => {
    look();
    vi.advanceTimersByTime(3000);
    look();
    vi.advanceTimersByTime(1000);
    expect(store.status.value).toBe("disconnected");
  });

  it("asks for what it missed, once a heartbeat says that there was more and nothing has come", () => {
    const asked = () => model.sentOf("request_full");
    model.frame({ number: 7, full: true });
    model.receive({ type: "here", number: 7 });
    model.receive({ type: "here", number: 8 });
    expect(asked()).toEqual([]);
    model.frame({ number: 8 });
    model.receive({ type: "here" });
    model.receive({ type: "here", number: 9 });
    expect(asked()).toEqual([]);
    model.receive({ type: "here", number: 9 });
    expect(asked()).toEqual([{ type: "request_full", missed: true }]);
    model.frame({ number: 10, full: true });
    model.receive({ type: "here", number: 10 });
    model.receive({ type: "here", number: 10 });
    expect(asked().length).toBe(1);
  });

  it("stays connected as long as it is answered", () => {
    for (let second = 0; second < 10; second++) {
      look();
      model.receive({ type: "here" });
      vi.advanceTimersByTime(1000);
      expect(store.status.value, `after ${second + 1} s`).toBe("idle");
    }
  });

  it("expects no answer to a view that closes", () => {
    look(false);
    vi.advanceTimersByTime(10_000);
    expect(store.status.value).toBe("idle");
  });

  it("puts controls back to what is true when nobody answers", () => {
    look();
    store.controls.learning_rate.set(0.5);
    vi.advanceTimersByTime(SILENCE_MS);
    expect(store.controls.learning_rate.value.value).toBe(0.1);
  });

  it("bears a model that cannot send", () => {
    const closed = fakeModel();
    closed.send = () => {
      throw new Error("the comm is closed");
    };
    const alone = createStore(closed);
    expect(() => alone.command({ type: "play" })).not.toThrow();
    alone.dispose();
  });
});

describe("status and failures", () => {
  it("takes the status from whichever came last, a frame or the trait", () => {
    model.frame({ full: true, status: "running" });
    expect(store.status.value).toBe("running");
    model.update("status", "paused");
    expect(store.status.value).toBe("paused");
  });

  it("keeps what failed until the next command", () => {
    model.receive({ type: "failed", command: "play", message: "the model is closed" });
    expect(store.failure.value).toEqual({ command: "play", message: "the model is closed" });
    store.command({ type: "pause" });
    expect(store.failure.value).toBeNull();
  });
});

it("leaves no listener behind", () => {
  const other = fakeModel();
  const short = createStore(other);
  expect(other.listeners()).toBeGreaterThan(20);
  short.dispose();
  expect(other.listeners()).toBe(0);
});
