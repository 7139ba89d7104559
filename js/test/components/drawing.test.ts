import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDrawing, type Drawing } from "../../src/components/drawing";
import type { DataTrait } from "../../src/generated/protocol";
import { createStore, type Store } from "../../src/model/store";
import { defaultTraits, type FakeModel, fakeModel } from "../fake-model";

const SIZE = 300;
/** Of the default plane, from −1.5 to 1.5: a hundredth per pixel. */
const at = (x: number, y: number) => ({ x: 150 + 100 * x, y: 150 - 100 * y });
const triples = (...values: number[]) => new DataView(new Float32Array(values).buffer);

let model: FakeModel;
let store: Store;
let drawing: Drawing;
let repaints: number;

function begin(changes: Partial<DataTrait> = {}): void {
  const traits = defaultTraits();
  model = fakeModel({ _data: { ...traits._data, ...changes } });
  store = createStore(model);
  model.frame({ full: true });
  drawing = createDrawing(store, () => repaints++);
  drawing.enter();
}

/** Python answers: the data, and the frame that shows them. */
function answer(changes: Partial<DataTrait>): void {
  const data = model.get("_data") as DataTrait;
  model.update("_data", { ...data, version: data.version + 1, drawn: true, name: "drawing", ...changes });
  model.frame();
}

const data = () => store.scene.value.data;
const sketch = () => drawing.sketch(data());
const click = (x: number, y: number) => {
  drawing.press(at(x, y), SIZE);
  drawing.release();
};
const paints = () => model.sentOf("paint");

beforeEach(() => {
  vi.useFakeTimers();
  repaints = 0;
  begin();
});

afterEach(() => {
  drawing.dispose();
  store.dispose();
  vi.useRealTimers();
});

describe("a stroke", () => {
  it("sets a point exactly where it is pressed, of the chosen class", () => {
    drawing.choose(1);
    click(0.25, -0.5);
    expect(paints()).toEqual([
      {
        type: "paint",
        stroke: expect.any(Number),
        label: 1,
        points: [[0.25, -0.5]],
        axes: [0, 1],
        clear: false,
      },
    ]);
  });

  it("ends where the map shows another plane", () => {
    begin({ feature_names: ["a", "b", "c"], axes: [0, 2] });
    drawing.press(at(0, 0), SIZE);
    answer({ axes: [1, 2] });
    drawing.drag(at(1, 0));
    drawing.drag(at(-1, 0));
    drawing.release();
    expect(paints().map(({ points, axes }) => [points, axes])).toEqual([[[[0, 0]], [0, 2]]]);
  });

  it("sprays points along its way, none of them off the map, and goes on after coming back", () => {
    drawing.press(at(0, 0), SIZE);
    drawing.drag(at(1, 0));
    drawing.drag(at(3, 0));
    drawing.drag(at(1, 0));
    drawing.release();
    const points = paints().flatMap((message) => message.points);
    // 50 px to the edge and 50 back are on the map: as many spots as 9 px allow, and the first.
    expect(points.length).toBeGreaterThan(1 + Math.floor(200 / 9) - 2);
    expect(points.length).toBeLessThan(1 + Math.floor(200 / 9) + 3);
    for (const [x, y] of points) {
      expect(Math.abs(x)).toBeLessThan(1.5);
      expect(Math.abs(y)).toBeLessThan(0.1);
    }
    expect(new Set(points.slice(1).map(([, y]) => y)).size).toBeGreaterThan(10);
  });

  it("is sent every 100 ms, and the rest at its end, all with one number", async () => {
    drawing.press(at(-1, 0), SIZE);
    for (let step = 1; step <= 25; step++) {
      await vi.advanceTimersByTimeAsync(10);
      drawing.drag(at(-1 + step / 20, 0));
    }
    expect(paints()).toHaveLength(2);
    drawing.release();
    expect(paints()).toHaveLength(3);
    expect(new Set(paints().map(({ stroke }) => stroke)).size).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(paints()).toHaveLength(3);
  });

  it("has a number of its own, also among those of other views", () => {
    const other = createDrawing(store, () => {});
    other.enter();
    for (const one of [drawing, other, drawing, other]) {
      one.press(at(0, 0), SIZE);
      one.release();
    }
    const numbers = paints().map(({ stroke }) => stroke);
    expect(new Set(numbers).size).toBe(4);
    expect(Math.abs((numbers[0] as number) - (numbers[1] as number))).toBeGreaterThan(1000);
    expect(numbers.every(Number.isSafeInteger)).toBe(true);
    other.dispose();
  });

  it("is nothing outside of the mode", () => {
    drawing.leave();
    click(0, 0);
    expect(paints()).toEqual([]);
  });

  it("is sent to its end when the mode or the view ends", () => {
    drawing.press(at(0, 0), SIZE);
    drawing.leave();
    expect(paints()).toHaveLength(1);
    drawing.enter();
    drawing.press(at(0, 0), SIZE);
    drawing.dispose();
    expect(paints()).toHaveLength(2);
  });
});

describe("the eraser", () => {
  it("sends the places it passes, and its reach on the plane", () => {
    drawing.choose("eraser");
    drawing.press(at(0, 0), SIZE);
    drawing.drag(at(0.3, 0));
    drawing.release();
    const [message] = model.sentOf("erase");
    expect(message?.reach.map((half) => half.toFixed(6))).toEqual(["0.120000", "0.120000"]);
    expect(message?.points).toEqual([0, 0.06, 0.12, 0.18, 0.24, 0.3].map((x) => [x, 0]));
    expect(paints()).toEqual([]);
  });

  it("takes away at once what has only been painted", () => {
    click(0, 0);
    click(1, 0);
    drawing.press(at(0.1, 0), SIZE, "eraser");
    expect(sketch().points).toEqual([1, 0, 0]);
  });
});

describe("points that Python has not answered yet", () => {
  it("are shown at once, and until the data have them", () => {
    const before = repaints;
    drawing.choose(1);
    click(0.1, 0.2);
    expect(repaints).toBeGreaterThan(before);
    expect(sketch()).toEqual({ points: [0.1, 0.2, 1], classes: 2, replacing: false });
    drawing.choose(0);
    click(0.3, 0.3);
    answer({ points: triples(0, 0, 1, 0.1, 0.2, 1) });
    expect(sketch().points).toEqual([0.3, 0.3, 0]);
    answer({ points: triples(0, 0, 1, 0.1, 0.2, 1, 0.3, 0.3, 0) });
    expect(sketch().points).toEqual([]);
  });

  it("wait for the picture of the data, not only for the trait", () => {
    click(0.1, 0.2);
    const now = model.get("_data") as DataTrait;
    model.update("_data", { ...now, version: 2, drawn: true, points: triples(0.1, 0.2, 0) });
    expect(sketch().points).toEqual([0.1, 0.2, 0]);
    model.frame();
    expect(sketch().points).toEqual([]);
  });

  it("are given up after a while", async () => {
    click(0.1, 0.2);
    await vi.advanceTimersByTimeAsync(1500);
    click(0.5, 0.5);
    expect(sketch().points).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(600);
    expect(sketch().points).toEqual([0.5, 0.5, 0]);
    await vi.advanceTimersByTimeAsync(1500);
    expect(sketch().points).toEqual([]);
  });

  it("are drawn as the classes that they will make", () => {
    drawing.choose(2);
    click(0, 0);
    expect(sketch().classes).toBe(3);
  });
});

describe("undo", () => {
  it("takes back what is not there yet, stroke by stroke, and is sent only if there is something", () => {
    drawing.undo();
    expect(model.sentOf("undo")).toHaveLength(0);
    click(0.1, 0.1);
    click(0.2, 0.2);
    drawing.undo();
    expect(sketch().points).toEqual([0.1, 0.1, 0]);
    drawing.undo();
    expect(sketch().points).toEqual([]);
    expect(model.sentOf("undo")).toHaveLength(2);
    answer({ can_undo: true });
    drawing.undo();
    expect(model.sentOf("undo")).toHaveLength(3);
  });

  it("ends a stroke before it takes it back", () => {
    drawing.press(at(0, 0), SIZE);
    drawing.undo();
    expect(model.sent.slice(-2).map(({ type }) => type)).toEqual(["paint", "undo"]);
    drawing.drag(at(1, 1));
    drawing.release();
    expect(model.sent.at(-1)?.type).toBe("undo");
  });

  it("back to the data that were not drawn does not end the mode", () => {
    begin({ drawn: true, can_undo: true, name: "drawing" });
    drawing.undo();
    answer({ drawn: false, name: "moons" });
    expect(drawing.on.value).toBe(true);
  });
});

describe("clear", () => {
  it("fades the points, and lets the next stroke replace them: once", async () => {
    drawing.clear();
    expect(drawing.armed.value).toBe(true);
    expect(sketch().replacing).toBe(true);
    drawing.press(at(0, 0), SIZE);
    await vi.advanceTimersByTimeAsync(100);
    drawing.drag(at(0.5, 0));
    drawing.release();
    click(0.5, 0.5);
    expect(paints().map(({ clear }) => clear)).toEqual([true, false, false]);
    expect(drawing.armed.value).toBe(false);
    expect(sketch().replacing).toBe(true);
    answer({ points: triples(0, 0, 0) });
    expect(sketch().replacing).toBe(false);
  });

  it("is taken back by a second press", () => {
    drawing.clear();
    drawing.clear();
    expect(sketch().replacing).toBe(false);
    click(0, 0);
    expect(paints()[0]?.clear).toBe(false);
  });

  it("and the eraser exclude each other", () => {
    drawing.choose("eraser");
    drawing.clear();
    expect(drawing.tool.value).toBe(0);
    drawing.choose("eraser");
    expect(drawing.armed.value).toBe(false);
  });

  it("shows the old points again where nothing came of it, or it is undone", async () => {
    drawing.clear();
    click(0, 0);
    await vi.advanceTimersByTimeAsync(2100);
    expect(sketch().replacing).toBe(false);
    drawing.clear();
    click(0, 0);
    drawing.undo();
    expect(sketch()).toEqual({ points: [], classes: 2, replacing: false });
  });
});

describe("classes", () => {
  it("can be at most one more than the data have, and at most eight", () => {
    drawing.choose(3);
    expect(drawing.tool.value).toBe(0);
    drawing.choose(2);
    expect(drawing.tool.value).toBe(2);
    answer({ class_names: ["0", "1", "2"] });
    drawing.choose(3);
    expect(drawing.tool.value).toBe(3);
    answer({ class_names: [..."01234567"] });
    drawing.choose(8);
    expect(drawing.tool.value).toBe(3);
    expect(drawing.last.value).toBe(7);
  });

  it("that an undo takes away are not painted any more", () => {
    drawing.choose(2);
    answer({ class_names: ["0", "1", "2"] });
    drawing.choose(3);
    answer({ class_names: ["0", "1"] });
    expect(drawing.tool.value).toBe(2);
  });
});

describe("data with values to predict", () => {
  beforeEach(() => begin({ class_names: [] }));

  it("are replaced by the first stroke, and not by the second, even before the answer", () => {
    expect(drawing.armed.value).toBe(true);
    expect(sketch().replacing).toBe(true);
    drawing.choose(2);
    expect(drawing.tool.value).toBe(0);
    drawing.choose(1);
    click(0, 0);
    click(0.5, 0);
    expect(paints().map(({ clear, label }) => [clear, label])).toEqual([
      [true, 1],
      [false, 1],
    ]);
    expect(sketch().replacing).toBe(true);
    answer({ class_names: ["0", "1"], points: triples(0, 0, 1) });
    expect(sketch()).toEqual({ points: [0.5, 0, 1], classes: 2, replacing: false });
    drawing.choose(2);
    expect(drawing.tool.value).toBe(2);
  });

  it("cannot be erased in part", () => {
    drawing.choose("eraser");
    expect(drawing.tool.value).toBe(0);
    drawing.press(at(0, 0), SIZE, "eraser");
    drawing.release();
    expect(model.sentOf("erase")).toEqual([]);
  });
});

describe("the mode", () => {
  it("ends when other data are chosen elsewhere, and not because of what is drawn", () => {
    answer({ can_undo: true });
    expect(drawing.on.value).toBe(true);
    answer({ drawn: false, name: "moons" });
    expect(drawing.on.value).toBe(false);
  });

  it("ends when nobody answers, and cannot begin then", () => {
    model.update("status", "closed");
    expect(drawing.on.value).toBe(false);
    drawing.enter();
    expect(drawing.on.value).toBe(false);
  });

  it("goes on while training runs", () => {
    model.update("status", "running");
    click(0, 0);
    expect(drawing.on.value).toBe(true);
    expect(paints()).toHaveLength(1);
  });
});
