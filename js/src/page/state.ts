// What JSON cannot hold, put back in its place.
import type { PageKey, PageState } from "../generated/protocol";

export type Traits = Record<string, unknown>;

/** The traits as a notebook has them: bytes are views of them, and numbers need not be finite. */
export function restore({ traits, buffers, numbers }: PageState): Traits {
  const found = structuredClone(traits);
  for (const { path, data } of buffers) put(found, path, bytesOf(data));
  for (const { path, value } of numbers) put(found, path, Number(value));
  return found;
}

function bytesOf(base64: string): DataView {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  return new DataView(bytes.buffer);
}

/**
 * Only into what belongs to the state: a path that was made up reaches nothing else. Nor does one that is out of date,
 * of which notebooks are known to keep the bytes.
 */
function put(state: Traits, path: readonly PageKey[], value: unknown): void {
  let place: object = state;
  for (const key of path.slice(0, -1)) {
    const next: unknown = Object.hasOwn(place, key) ? (place as Traits)[key] : null;
    if (typeof next !== "object" || next === null) return;
    place = next;
  }
  const own = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(place, path.at(-1) as PageKey, own);
}
