import { describe, expect, it, vi } from "vitest";
import { link } from "../../src/page/links";
import { createModel } from "../../src/page/model";
import { restore } from "../../src/page/state";

const state = (traits: Record<string, unknown>) => ({ traits, buffers: [], numbers: [] });
const made = (traits: Record<string, unknown>, answers: Parameters<typeof createModel>[0]["answers"] = []) =>
  createModel({ state: state(traits), answers });
const asked = () => new Promise<void>((done) => queueMicrotask(done));

describe("a saved state", () => {
  it("has its bytes and its numbers again", () => {
    const found = restore({
      traits: { a: { b: [1, null] }, loss: null },
      buffers: [{ path: ["a", "b", 1], data: btoa("xy") }],
      numbers: [{ path: ["loss"], value: "NaN" }],
    });
    const bytes = (found.a as { b: [number, DataView] }).b[1];
    expect([bytes.byteLength, bytes.getUint8(0), bytes.getUint8(1)]).toEqual([2, 120, 121]);
    expect(found.loss).toBeNaN();
  });

  it("is not left by a path that was made up, nor by one that is out of date", () => {
    const buffers = [
      { path: ["__proto__", "polluted"], data: "" },
      { path: ["gone", "x"], data: "" },
      { path: ["constructor", "prototype", "polluted"], data: "" },
    ];
    expect(restore({ traits: { gone: null }, buffers, numbers: [] })).toEqual({ gone: null });
    expect("polluted" in {}).toBe(false);
  });
});

describe("a model without anybody behind it", () => {
  it("tells of changes as a model of a notebook does", () => {
    const model = made({ bias: 1 });
    const heard = vi.fn();
    model.on("change:bias", heard);
    model.set("bias", 2);
    model.set("bias", 2);
    expect([model.get("bias"), heard.mock.calls.length]).toEqual([2, 1]);
    model.off("change:bias", heard);
    model.set("bias", 3);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("cannot send", () => {
    expect(() => made({}).send({ type: "here" })).toThrow("no kernel");
  });

  const answers = [
    { settings: { network: "a", size: [1] }, found: state({ _found: "of a" }) },
    { settings: { network: "b", size: [1] }, found: state({ _found: "of b" }) },
  ];

  it("has from the start what was not found yet when it was saved, and keeps what was", () => {
    const saved = { network: "a", size: [1] };
    expect(made({ ...saved, _found: null }, answers).get("_found")).toBe("of a");
    expect(made({ ...saved, _found: "of a run" }, answers).get("_found")).toBe("of a run");
    expect(made({ ...saved, network: "c", _found: null }, answers).get("_found")).toBeNull();
  });

  it("gives what Python would find, once just its settings hold", async () => {
    const model = made({ network: "x", size: [1], other: 0, _found: "as it was" }, answers);
    expect([model.knows({ network: "a" }), model.knows({ network: "c" })]).toEqual([true, false]);
    expect(model.knows({ network: "a", size: [2] })).toBe(false);
    model.set("network", "b");
    expect(model.get("_found")).toBe("as it was");
    model.save_changes();
    await asked();
    expect(model.get("_found")).toBe("of b");
    model.set("network", "c");
    model.save_changes();
    await asked();
    expect(model.get("_found")).toBe("of b");
  });

  it("leaves what is there as long as nothing is asked that has an answer", async () => {
    const model = made({ network: "a", size: [1], other: 0, _found: "trained" }, answers);
    model.set("other", 1);
    model.save_changes();
    await asked();
    expect(model.get("_found")).toBe("trained");
  });
});

describe("links", () => {
  const between = (both: boolean) => {
    const [one, other] = [made({ x: 1 }), made({ y: 5 })];
    const models = new Map([
      ["one", one],
      ["other", other],
    ]);
    link(models, { source: ["one", "x"], target: ["other", "y"], both });
    return [one, other] as const;
  };

  it("keep two traits alike", () => {
    const [one, other] = between(true);
    expect(other.get("y")).toBe(1);
    other.set("y", 7);
    expect(one.get("x")).toBe(7);
    one.set("x", 8);
    expect(other.get("y")).toBe(8);
  });

  it("of one direction let the target go its way", () => {
    const [one, other] = between(false);
    other.set("y", 7);
    expect(one.get("x")).toBe(1);
    one.set("x", 2);
    expect(other.get("y")).toBe(2);
  });
});
