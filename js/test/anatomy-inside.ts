// Layers as Python opens them: what it has recorded of some small models, and how a view shows one of them.
import { readFileSync } from "node:fs";
import { vi } from "vitest";
import { SLOTS } from "../src/components/anatomy/state";
import type { AnatomyTrait, InsideTrait, NumbersTrait, PictureTrait } from "../src/generated/protocol";
import { ASK_MS, SILENT_MS } from "../src/model/kernel";
import { DEFAULTS, floats, withArrays } from "./anatomy-fixture";
import { model, view } from "./explorer";
import { nextFrame, type } from "./view";

interface Recorded {
  readonly anatomy: AnatomyTrait;
  readonly insides: readonly InsideTrait[];
  readonly numbers: NumbersTrait | null;
}

const recorded: Record<string, unknown> = JSON.parse(
  readFileSync("../tests/vectors/anatomy_inside.json", "utf8"),
);

export function recordedInside(name: string, selected: string, at = 0): Recorded & { inside: InsideTrait } {
  const found = withArrays<Recorded>(structuredClone(recorded[name]));
  const inside = found.insides.filter(({ asked }) => asked.selected === selected)[at];
  if (!inside) throw new Error(`"${selected}" was not opened in "${name}"`);
  return { ...found, inside };
}

let version = 1000;

/** Shows an open layer, as it is when Python has answered. */
export async function open({ anatomy, numbers, inside }: ReturnType<typeof recordedInside>): Promise<void> {
  for (const name of SLOTS) model.update(name, null);
  model.update("_anatomy", { ...anatomy, version: ++version });
  model.update("_numbers", numbers);
  for (const [name, value] of Object.entries({ ...DEFAULTS, ...inside.asked })) model.update(name, value);
  await answer(inside);
}

/** Python sends another version of a layer. */
export async function answer(inside: InsideTrait, slot = 0): Promise<void> {
  model.update(SLOTS[slot] as string, { ...inside, version: ++version });
  await nextFrame();
}

/** A picture of one matrix, or of maps: (tiles, rows, columns). */
export function pictureTrait(
  values: readonly (readonly (readonly (number | null)[])[])[],
  changes: Partial<PictureTrait> = {},
): PictureTrait {
  const [rows, columns] = [values[0]?.length ?? 0, values[0]?.[0]?.length ?? 0];
  const tiles = values.length;
  const all = values.flat(2).filter((each): each is number => each !== null);
  return {
    role: "weight",
    name: "weight",
    shape: tiles > 1 ? [tiles, rows, columns] : [rows, columns],
    dtype: "float32",
    index: tiles > 1 ? [null, null, null] : [null, null],
    axes: [tiles > 1 ? "channel" : "", "row", "column"],
    tiles,
    first: 0,
    shown: tiles,
    rows,
    columns,
    window: [0, rows, 0, columns],
    grid: [rows, columns],
    values: floats(values.flat(2)),
    lows: null,
    highs: null,
    bound: all.length ? Math.max(...all.map(Math.abs)) : null,
    row_labels: [],
    ...changes,
  };
}

// --- what a test does with the panel ---

export const plain = (text: string | null | undefined) => (text ?? "").replace(/\s+/g, " ").trim();
export const panel = () => view.root.querySelector<HTMLElement>(".nnw-in") as HTMLElement;
export const find = <T extends Element = HTMLElement>(selector: string) => {
  const found = panel().querySelector<T>(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return found;
};
export const all = <T extends Element = HTMLElement>(selector: string) => [
  ...panel().querySelectorAll<T>(selector),
];
export const number = (name: string) => plain(panel().querySelector(`[data-n="${name}"]`)?.textContent);
export const labelled = (label: string) => find(`[aria-label^="${label}"]`);
export const click = async (element: HTMLElement | SVGElement) => {
  element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};
/** Elements of the test have no size: where a pointer is, is a share of a tile, and pixels of a matrix. */
export const point = async (
  element: Element,
  type: string,
  x: number,
  y: number,
  more: PointerEventInit = {},
) => {
  element.dispatchEvent(
    new PointerEvent(type, { bubbles: true, clientX: x, clientY: y, pointerId: 1, ...more }),
  );
  await nextFrame();
};
export const fill = async (label: string, text: string) => {
  type(find<HTMLInputElement>(`input[aria-label="${label}"]`), text, "input", "change");
  await nextFrame();
};
export const key = (element: Element, name: string) => view.key(element, name);
export const named = (text: string) =>
  all<HTMLButtonElement>("button").find((button) => plain(button.textContent) === text) as HTMLButtonElement;
export const titles = () => all(".nnw-in-main h4").map((title) => plain(title.textContent));
export const values = ({ values: bytes }: PictureTrait) => {
  const { buffer, byteOffset, byteLength } = bytes as DataView;
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
};
export const leaveAlone = async () => {
  await vi.advanceTimersByTimeAsync(ASK_MS + SILENT_MS);
  await nextFrame();
};
