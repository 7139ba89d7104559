// How the tests of the bands reach into them.
import type { ImageFrameHeader } from "../../../src/generated/protocol";
import { type ImageRows, PARTS } from "../../fake-image-model";
import { imageModel, nextFrame, view } from "../../view";

export const THIN = "\u2009";

export const all = (selector: string) => [...view.root.querySelectorAll<HTMLElement>(selector)];
export const texts = (selector: string) => all(selector).map(({ textContent }) => textContent);

export function one(selector: string): HTMLElement {
  const [found] = all(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return found;
}

/** A full frame with all parts, or with these. */
export async function frame(values: Partial<ImageFrameHeader> = {}, rows: ImageRows = {}): Promise<void> {
  imageModel.frame({ full: true, status: "paused", step: 100, ...values }, rows);
  await nextFrame();
}

/** All parts, some of them with other values. */
export const partsWith = (
  values: Partial<Record<string, ArrayLike<number>>>,
): NonNullable<ImageRows["parts"]> =>
  PARTS.map(([name, shape, cells]) => {
    const others = values[name];
    if (!others) return [name, shape, cells];
    const Kind = cells.constructor as new (values: ArrayLike<number>) => typeof cells;
    return [name, shape.length > 1 ? shape : [others.length], new Kind(others)];
  });

export async function press(
  element: Element | undefined,
  event: Event = new MouseEvent("click", { bubbles: true }),
) {
  if (!element) throw new Error("there is nothing to be pressed");
  element.dispatchEvent(event);
  await nextFrame();
}

export const pressKey = (element: Element | undefined, key: string) =>
  press(element, new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

/** Which of the parts of a list or grid is selected; -1 for none. */
export const selectedOf = (parts: readonly HTMLElement[]) =>
  parts.findIndex((part) => part.getAttribute("aria-selected") === "true");

export const button = (text: string) => all("button").find(({ textContent }) => textContent?.trim() === text);

/** What the view says that it has on screen, once everything that follows from the last thing has happened. */
export async function wants() {
  await nextFrame();
  await nextFrame();
  return imageModel.sentOf("look").at(-1)?.wants;
}
