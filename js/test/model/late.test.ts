import type { AnyModel } from "@anywidget/types";
import { describe, expect, it, vi } from "vitest";
import { hearLate } from "../../src/model/late";

/** A model of a host, and what anywidget hands out of it; `ready` is what anywidget waits for before each message. */
function hostModel(ready: Promise<void>) {
  let take: (message: unknown) => unknown = (message) => own._handle_comm_msg(message);
  const sent: unknown[] = [];
  const heard: unknown[] = [];
  const unsaved: Record<string, unknown> = {};
  const listeners = new Map<string, Set<(model: unknown) => void>>();
  const plain = {
    comm_live: true,
    async _handle_comm_msg(this: unknown, { content }: { content: { data: { method: string } } }) {
      if (content.data.method !== "nothing") heard.push([this, content.data.method]);
    },
  };
  const own = {
    changed: {} as Record<string, unknown>,
    comm: {
      on_msg(taken: typeof take) {
        take = taken;
      },
      send: (data: unknown) => sent.push(data),
    },
    async _handle_comm_msg(message: unknown) {
      await ready;
      return plain._handle_comm_msg.call(own, message as never);
    },
  };
  const model = {
    get: (name: string) => (name === "layout" ? plain : undefined),
    on: (name: string, listener: (model: unknown) => void) =>
      listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
    off: (name: string, listener: (model: unknown) => void) => listeners.get(name)?.delete(listener),
    set(name: string, value: unknown, { unset = false } = {}) {
      own.changed = { [name]: value };
      for (const listener of listeners.get(`change:${name}`) ?? []) listener(own);
      Object.assign(unsaved, own.changed);
      if (!unset) throw new Error("it would stay in the model");
    },
  };
  return {
    model: model as unknown as AnyModel,
    own,
    sent,
    heard,
    unsaved,
    hear: async (method: string) => take({ content: { data: { method } } }),
    listening: () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

const late = () => {
  const ready = Promise.reject(new Error("late"));
  ready.catch(() => {});
  return ready;
};

describe("a model whose module is late", () => {
  it("hears, and asks for what it has missed", async () => {
    const { model, own, sent, heard, hear } = hostModel(late());
    await expect(hear("update")).rejects.toThrow("late");
    hearLate(model);
    await vi.waitFor(() => expect(sent).toEqual([{ method: "request_state" }]));
    await hear("update");
    await hear("custom");
    expect(heard).toEqual([
      [own, "update"],
      [own, "custom"],
    ]);
  });

  it("has nothing of it to save, and nobody who listens", () => {
    const { model, unsaved, listening } = hostModel(late());
    hearLate(model);
    expect(unsaved).toEqual({});
    expect(listening()).toBe(0);
  });

  it("may be closed meanwhile", async () => {
    const { model, own, sent } = hostModel(late());
    hearLate(model);
    Object.assign(own, { comm: undefined });
    await new Promise((resolve) => setTimeout(resolve));
    expect(sent).toEqual([]);
  });
});

describe("a model whose module is in time", () => {
  it("is left as it is", async () => {
    const { model, own, sent, heard, hear } = hostModel(Promise.resolve());
    const on = vi.spyOn(own.comm, "on_msg");
    hearLate(model);
    await hear("update");
    expect(heard).toEqual([[own, "update"]]);
    expect(on).not.toHaveBeenCalled();
    expect(sent).toEqual([]);
  });

  it.each(["IPY_MODEL_1", undefined, { comm_live: false }])(
    "is not touched where the layout is %j",
    (layout) => {
      const set = vi.fn();
      hearLate({ get: () => layout, set, on: set, off: set } as unknown as AnyModel);
      expect(set).not.toHaveBeenCalled();
    },
  );
});
