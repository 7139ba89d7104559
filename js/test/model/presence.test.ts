import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Want } from "../../src/generated/protocol";
import { announce, HEARTBEAT_MS } from "../../src/model/presence";
import { createStore, type Store } from "../../src/model/store";
import { type FakeModel, fakeModel } from "../fake-model";

let model: FakeModel;
let store: Store;

beforeEach(() => {
  vi.useFakeTimers();
  model = fakeModel();
  store = createStore(model);
});

afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

function sight() {
  return {
    visible: signal(true),
    focus: signal<[number, number] | null>(null),
    mapSize: signal(80),
    tileSize: signal(24),
    wants: signal<readonly Want[]>([]),
  };
}
const looks = () => model.sentOf("look");

it("reports at once, at every change, and once a second while visible", () => {
  const seen = sight();
  const leave = announce(store, "a", seen);
  expect(looks()).toEqual([
    { type: "look", view: "a", visible: true, focus: null, map_size: 80, tile_size: 24, wants: [] },
  ]);
  seen.focus.value = [0, 1];
  expect(looks().at(-1)?.focus).toEqual([0, 1]);
  expect(looks()).toHaveLength(2);
  vi.advanceTimersByTime(3 * HEARTBEAT_MS);
  expect(looks()).toHaveLength(5);
  leave();
});

it("says once that it is hidden, and then nothing", () => {
  const seen = sight();
  const leave = announce(store, "a", seen);
  seen.visible.value = false;
  expect(looks().map((look) => look.visible)).toEqual([true, false]);
  vi.advanceTimersByTime(10 * HEARTBEAT_MS);
  expect(looks()).toHaveLength(2);
  seen.visible.value = true;
  expect(looks().at(-1)?.visible).toBe(true);
  leave();
});

it("says goodbye for good, and stops its heartbeat", () => {
  const seen = sight();
  const leave = announce(store, "a", seen);
  leave();
  expect(model.sent.at(-1)).toEqual({ type: "leave", view: "a" });
  const count = model.sent.length;
  // A view that is gone is not looking: nothing may bring it back.
  seen.focus.value = [0, 1];
  vi.advanceTimersByTime(10 * HEARTBEAT_MS);
  expect(model.sent).toHaveLength(count);
});

it("reports each of two views under its own name", () => {
  const first = announce(store, "a", sight());
  const second = announce(store, "b", sight());
  first();
  vi.advanceTimersByTime(HEARTBEAT_MS);
  expect(looks().map(({ view }) => view)).toEqual(["a", "b", "b"]);
  expect(model.sentOf("leave")).toEqual([{ type: "leave", view: "a" }]);
  second();
});
