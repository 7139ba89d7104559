import { describe, expect, it } from "vitest";
import type { FramePart } from "../../src/generated/protocol";
import { ARRAYS, length, readFrame } from "../../src/model/frames";
import { decode } from "../../src/model/recorded";
import { defaultTraits, makeFrame, PARAMETERS, pack } from "../fake-model";
import written from "../fixtures/recording.json";
import { compress, encode, type RecordedFrame } from "../recording";

const traits = defaultTraits();
const pythonic = (text: string) => (text === "nan" ? Number.NaN : Number(text));
const step = (count: number) => [count, 0.5, 0.25, 0.75, 1, 1, 1];

/** Weights go up and down, over all bytes of a number and below zero; a part comes in the second half. */
const FRAMES = Array.from({ length: 6 }, (_, epoch): RecordedFrame => {
  const [parts, block] = pack([
    ["parameters", [3], Float32Array.of(epoch - 2.5, -1e-30 * epoch, 1e20 / (epoch + 1))],
    ["map", [2, 2], Uint8Array.of(255, 128 - epoch, epoch % 2, 7)],
    ["counts", [2], Float64Array.of(Math.PI ** epoch, Number.NaN)],
    ["few", [2], Int16Array.of(-300 * epoch, 32_767)],
    ...(epoch > 2 ? [["gradients", [1], Float32Array.of(epoch)] as Parameters<typeof pack>[0][number]] : []),
    ["steps", [epoch, 7], new Float64Array(Array.from({ length: epoch }, (_, at) => step(at + 1)).flat())],
  ]);
  return [{ ...makeFrame(traits, { epoch, step: epoch })[0], parts }, block];
});

const part = (header: RecordedFrame[0], block: DataView, name: string) => {
  const found = header.parts.find((each) => each.name === name);
  const size = { uint8: 1, int16: 2, float32: 4, float64: 8 }[found?.dtype ?? "uint8"];
  const count = found?.shape.reduce((product, side) => product * side, size) ?? 0;
  expect((found?.offset ?? 0) % 8).toBe(0);
  return [...new Uint8Array(block.buffer, block.byteOffset + (found?.offset ?? 0), count)];
};

describe("a recording", () => {
  it("has all frames to the last bit, across stretches of different parts", async () => {
    const recording = await decode(encode(FRAMES));
    expect(recording.headers.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    FRAMES.forEach(([header, block], index) => {
      const [told, bytes] = recording.frame(index);
      expect({ ...told, parts: [] }).toEqual({ ...header, parts: [] });
      for (const { name } of header.parts.filter(({ name }) => name !== "steps"))
        expect(part(told, bytes, name), `${name} of ${index}`).toEqual(part(header, block, name));
    });
    expect(recording.frame(2)[0].parts.map(({ name }) => name)).not.toContain("gradients");
    expect(recording.frame(3)[0].parts.map(({ name }) => name)).toContain("gradients");
  });

  it("has rounded numbers within half of their unit, and none where there was none", async () => {
    const values = [0.125, -3, Number.NaN, 2.999, 0];
    const frame = (shift: number): RecordedFrame => {
      const [parts, block] = pack([["fit", [5], Float32Array.from(values, (value) => value * shift)]]);
      return [{ ...makeFrame(traits, {})[0], parts }, block];
    };
    const recording = await decode(encode([frame(1), frame(-0.5)], { rounded: ["fit"] }));
    for (const [index, shift] of [1, -0.5].entries()) {
      const [header, bytes] = recording.frame(index);
      const found = new Float32Array(bytes.buffer, header.parts[0]?.offset, 5);
      values.forEach((value, at) => {
        if (Number.isNaN(value)) expect(found[at]).toBeNaN();
        else expect(Math.abs((found[at] as number) - value * shift)).toBeLessThan((0.51 * 3) / 32_767);
      });
    }
  });

  it("gives a frame the rows that it is to bring", async () => {
    const recording = await decode(encode(FRAMES));
    expect(recording.rows.steps).toHaveLength(35);
    const [header, bytes] = recording.frame(1, {
      ...recording.rows,
      steps: recording.rows.steps.subarray(7, 21),
    });
    const frame = readFrame(header, bytes);
    expect([...frame.steps]).toEqual([...step(2), ...step(3)]);
    expect(frame.epochs).toHaveLength(0);
    expect(frame.map?.cells).toEqual(Uint8Array.of(255, 127, 1, 7));
  });

  it("is read of a frame as a trainer makes it", async () => {
    const recording = await decode(encode([makeFrame(traits, { epoch: 3 }, { epochs: [[3, 1, 2, 3, 4]] })]));
    const frame = readFrame(...recording.frame(0, recording.rows));
    expect([...frame.parameters]).toEqual([...Float32Array.from(PARAMETERS)]);
    expect([...frame.epochs]).toEqual([3, 1, 2, 3, 4]);
    expect(frame.tiles).toHaveLength(2);
  });

  it("has network and data of the past, with their bytes", async () => {
    const points = new DataView(new Float32Array([1, 2, 3]).buffer);
    const past = {
      network: { ...traits._network, version: -1_000_001 },
      data: { ...traits._data, points },
      way: null,
      gallery: null,
      chosen: null,
    };
    const [before, ...others] = FRAMES as [RecordedFrame, ...RecordedFrame[]];
    const recording = await decode(encode([[before[0], before[1], 0], ...others], { pasts: [past] }));
    expect(recording.past(0)?.network.version).toBe(-1_000_001);
    const data = recording.past(0)?.data as typeof past.data;
    expect(new Float32Array((data.points as DataView).buffer)).toEqual(Float32Array.of(1, 2, 3));
    expect(recording.past(1)).toBeNull();
  });

  it("says where the run stands", async () => {
    expect((await decode(encode(FRAMES, { stands: 2 }))).stands).toBe(2);
  });
});

describe("a recording that Python wrote", () => {
  it("is read to the last bit, what was rounded but for that", async () => {
    const bytes = Uint8Array.from(Buffer.from(written.base64, "base64"));
    const recording = await decode(bytes.buffer);
    expect(recording.headers).toHaveLength(written.frames.length);
    written.frames.forEach(({ header, arrays }, index) => {
      const [told, block] = recording.frame(index);
      expect(told).toMatchObject(header);
      for (const [name, texts] of Object.entries(arrays)) {
        const { dtype, shape, offset } = told.parts.find((part) => part.name === name) as FramePart;
        const found = new ARRAYS[dtype](block.buffer, offset, length(shape));
        const near = name === "fit" ? 0.51 * (3 / 32_767) : 0;
        texts.map(pythonic).forEach((number, at) => {
          const difference = Math.abs((found[at] as number) - number);
          expect(Number.isNaN(number) ? Number.isNaN(found[at]) : difference <= near, `${name} ${at}`).toBe(
            true,
          );
        });
      }
    });
    expect([...recording.rows.steps].map(String)).toEqual(written.rows.steps.map(pythonic).map(String));
    expect([...recording.rows.epochs].map(String)).toEqual(written.rows.epochs.map(pythonic).map(String));
    expect(recording.stands).toBe(3);
    expect([recording.past(0)?.network.version, recording.past(1)]).toEqual([-1_000_001, null]);
    const data = recording.past(0)?.data as { points: DataView } | undefined;
    expect([...new Uint8Array(data?.points.buffer as ArrayBuffer)]).toEqual([1, 2, 255]);
  });
});

const good = encode(FRAMES);
const cut = (from: number, to?: number) => new DataView(good.buffer.slice(good.byteOffset).slice(from, to));
const stretch = { headers: [{ epoch: 0, step: 0 }], parts: [], past: null };
const run = { format: 1, stands: 0, stretches: [stretch], rows: [], pasts: [] };
const withPart = (changes: object, planes = 1) => {
  const part = { name: "map", dtype: "uint8", shape: [1], scale: null, ...changes };
  return compress({ ...run, stretches: [{ ...stretch, parts: [part] }] }, [new Uint8Array(planes)]);
};

describe("what is no recording is refused", () => {
  it.each<[string, DataView]>([
    ["nothing", cut(0, 0)],
    ["half of one", cut(0, good.byteLength >> 1)],
    ["one without its beginning", cut(5)],
    ["text", new DataView(new TextEncoder().encode("<script>alert(1)</script>").buffer)],
    ["no object", compress(null)],
    ["a list", compress([])],
    ["another version", compress({ ...run, format: 2 })],
    ["no stretches", compress({ ...run, stretches: 7 })],
    ["no moment", compress({ ...run, stretches: [] })],
    ["no headers", compress({ ...run, stretches: [{ ...stretch, headers: null }] })],
    ["a header without an epoch", compress({ ...run, stretches: [{ ...stretch, headers: [{ step: 1 }] }] })],
    ["a run that stands nowhere", compress({ ...run, stands: 1 })],
    ["a run that stands between two", compress({ ...run, stands: 0.5 })],
    ["a past that is not there", compress({ ...run, stretches: [{ ...stretch, past: 0 }] })],
    ["a part of another kind", withPart({ dtype: "toString" })],
    ["a part larger than all bytes", withPart({ shape: [2 ** 40] })],
    ["a part smaller than its bytes", withPart({ shape: [] }, 2)],
    ["a part of no size", withPart({ shape: [-1] })],
    ["a part of half a size", withPart({ shape: [0.5, 2] })],
    ["a part without a shape", withPart({ shape: null })],
    ["a scale that is no number", withPart({ scale: "1" }, 2)],
    ["bytes that are no base64", compress({ ...run, pasts: [{ data: { base64: "§" } }] })],
  ])("%s", async (_, data) => {
    await expect(decode(data)).rejects.toThrow();
  });

  it("something that is too large", async () => {
    await expect(decode(good, 100)).rejects.toThrow();
  });

  it("but the least of one is read", async () => {
    expect((await decode(compress(run))).headers).toHaveLength(1);
    expect((await decode(withPart({}))).frame(0)[1].byteLength).toBe(8);
  });
});
