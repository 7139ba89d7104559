import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createStore, type Store } from "../../src/model/store";
import { defaultTraits, type FakeModel, fakeModel } from "../fake-model";

let model: FakeModel;
let store: Store;
const asked = () => model.sentOf("preview").map(({ epoch }) => epoch);
const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => [index + 1, 1 / (index + 1), 1, Number.NaN, Number.NaN]);

beforeEach(() => {
  vi.useFakeTimers();
  model = fakeModel({ status: "paused" });
  store = createStore(model);
  model.frame({ full: true, epoch: 20, step: 2000 }, { epochs: rows(20) });
});

afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

describe("looking back", () => {
  it("follows the hand at once, and asks for the newest when the last one has come", () => {
    const { timeline } = store;
    for (const epoch of [15, 14, 12]) timeline.show(epoch);
    expect(timeline.epoch.value).toBe(12);
    expect(timeline.preview.value).toBe(true);
    expect(asked()).toEqual([15]);
    model.frame({ preview: true, epoch: 15 });
    expect(timeline.epoch.value).toBe(12);
    expect(asked()).toEqual([15, 12]);
    model.frame({ preview: true, epoch: 12 });
    expect(asked()).toEqual([15, 12]);
    expect([timeline.epoch.value, timeline.marked.value, timeline.present.value]).toEqual([12, 12, 20]);
  });

  it("knows what Python, or another view, lets it see", () => {
    model.frame({ preview: true, epoch: 3 });
    expect([store.timeline.epoch.value, store.timeline.preview.value]).toEqual([3, true]);
    model.frame({ epoch: 20 });
    expect([store.timeline.epoch.value, store.timeline.preview.value]).toEqual([20, false]);
    expect(store.timeline.marked.value).toBeNull();
    expect(asked()).toEqual([]);
  });

  it("ends at the epoch of the run itself, which may be asked for before the preview has come", () => {
    store.timeline.show(5);
    store.timeline.show(20);
    expect(store.timeline.preview.value).toBe(false);
    expect(asked()).toEqual([5, null]);
    store.timeline.show(8);
    expect(asked()).toEqual([5, null, 8]);
    model.frame({ preview: true, epoch: 8 });
    store.timeline.leave();
    expect(store.timeline.preview.value).toBe(false);
    expect(asked()).toEqual([5, null, 8, null]);
    model.frame({ epoch: 20 });
    store.timeline.leave();
    expect(asked()).toEqual([5, null, 8, null]);
  });

  it("asks for what was wanted since where an answer does not come", () => {
    store.timeline.show(5);
    store.timeline.show(3);
    vi.advanceTimersByTime(5000);
    expect(asked()).toEqual([5, 3]);
    expect(store.timeline.epoch.value).toBe(3);
    model.frame({ preview: true, epoch: 3 });
    expect([store.timeline.epoch.value, store.timeline.preview.value]).toEqual([3, true]);
  });

  it("of a rewound run can go forth as well as back", () => {
    model.frame({ full: true, epoch: 8, step: 800 }, { epochs: rows(20) });
    expect(store.timeline.marked.value).toBe(8);
    store.timeline.show(25);
    expect(asked()).toEqual([20]);
    model.frame({ preview: true, epoch: 20 });
    expect([store.timeline.preview.value, store.timeline.marked.value]).toEqual([true, null]);
    store.timeline.show(8);
    expect(asked()).toEqual([20, null]);
  });

  it("stays where the hand has put it, however long the picture takes", () => {
    store.timeline.show(5);
    store.timeline.show(4);
    vi.advanceTimersByTime(5000);
    expect(asked()).toEqual([5, 4]);
    vi.advanceTimersByTime(5000);
    model.frame({ epoch: 20, step: 2000 }); // for another view
    expect([store.timeline.epoch.value, store.timeline.preview.value]).toEqual([4, true]);
    model.frame({ preview: true, epoch: 5 });
    expect(store.timeline.epoch.value).toBe(4);
    model.frame({ preview: true, epoch: 4 });
    model.frame({ preview: true, epoch: 3 }); // what another view looks at is no longer held up
    expect(store.timeline.epoch.value).toBe(3);
  });

  it("can be asked for anew when Python has not answered", () => {
    store.timeline.show(5);
    vi.advanceTimersByTime(5000);
    store.timeline.show(7);
    expect(asked()).toEqual([5, 7]);
  });

  it("is given up when the run has gone on meanwhile, or nobody is there", () => {
    store.timeline.show(5);
    vi.advanceTimersByTime(5000);
    model.frame({ epoch: 21, step: 2100 });
    expect([store.timeline.epoch.value, store.timeline.preview.value]).toEqual([21, false]);
    store.timeline.show(5);
    store.look({
      type: "look",
      view: "a",
      visible: true,
      focus: null,
      map_size: 20,
      tile_size: 8,
      wants: [],
    });
    vi.advanceTimersByTime(5000);
    expect(store.status.value).toBe("disconnected");
    expect([store.timeline.epoch.value, store.timeline.preview.value]).toEqual([21, false]);
  });

  it("goes back to what is on screen where Python cannot", () => {
    store.timeline.show(6);
    model.receive({ type: "failed", command: "Preview", message: "no" });
    expect([store.timeline.epoch.value, store.timeline.preview.value]).toEqual([20, false]);
    expect(store.failure.value?.message).toBe("no");
    store.timeline.show(7);
    expect(asked()).toEqual([6, 7]);
    expect(store.failure.value).toBeNull();
  });

  it("is over once something else is asked for", () => {
    store.timeline.show(5);
    store.timeline.show(7);
    store.command({ type: "play" });
    expect(store.timeline.preview.value).toBe(false);
    model.frame({ status: "running", epoch: 21 });
    expect(asked()).toEqual([5]);
  });

  it("comes after the settings that were changed before", () => {
    store.controls.learning_rate.set(0.5);
    store.timeline.show(5);
    expect(model.sent.slice(-2).map(({ type }) => type)).toEqual(["set", "preview"]);
  });
});

describe("the pictures of a preview", () => {
  it("are of the network and the data of that time, once these are there", () => {
    const traits = defaultTraits();
    const past = {
      network: { ...traits._network, version: -1 },
      data: { ...traits._data, version: -2, name: "moons" },
    };
    model.frame({ preview: true, epoch: 4, network_version: -1, data_version: -2 });
    expect(store.scene.value.frame?.header.epoch).toBe(20);
    model.update("_past", past);
    expect(store.scene.value.frame?.header.epoch).toBe(4);
    expect(store.scene.value.network).toBe(past.network);
    expect(store.scene.value.data.name).toBe("moons");
    model.frame({ preview: true, epoch: 9, network_version: -1 });
    expect([store.scene.value.network.version, store.scene.value.data.version]).toEqual([-1, 1]);
    model.frame({ epoch: 20 });
    model.update("_past", null);
    expect(store.scene.value.network.version).toBe(1);
    expect(store.scene.value.frame?.header.epoch).toBe(20);
  });

  it("leave alone what is known of the steps of the run", () => {
    const before = [...store.history.anchors];
    expect(before).not.toEqual([]);
    model.frame(
      { preview: true, full: true, epoch: 2, step: 200, steps_per_epoch: 50 },
      { epochs: rows(20) },
    );
    expect(store.history.anchors).toEqual(before);
    expect(store.timeline.last.value).toBe(20);
  });
});
