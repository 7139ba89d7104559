// Search: which nodes are meant by what is typed, and where in their names it stands.
import { ancestors, type Tree } from "./tree";

/** The words of what is typed; all of them must be found. */
export const wordsOf = (query: string) => query.toLowerCase().split(/\s+/).filter(Boolean);

/** Numbers of the nodes whose key and type have all words in them, in order of execution; first those of that name. */
export function matchesOf(tree: Tree | null, query: string): readonly number[] {
  const words = wordsOf(query);
  if (!tree || !words.length) return [];
  const within = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const found = tree.nodes.filter(({ key, type }) => within(`${key} ${type}`));
  return [
    ...found.filter(({ key }) => within(key)),
    ...found.filter(({ key }) => !within(key)), // "conv2" is the name of some layers, and begins the type of others
  ].map(({ index }) => index);
}

/** Keys of all that has to be unfolded for these nodes to be seen. */
export function keysAround(tree: Tree, found: readonly number[]): Set<string> {
  const keys = new Set<string>();
  for (const index of found) for (const { key } of ancestors(tree, index)) keys.add(key);
  return keys;
}

/** A text in pieces, those that were searched for marked. */
export function markedPieces(
  text: string,
  query: string,
): readonly (readonly [piece: string, marked: boolean])[] {
  const low = text.toLowerCase();
  const marks = new Uint8Array(text.length);
  // A few letters become longer in small letters, and nothing would be where it is.
  if (low.length === text.length)
    for (const word of wordsOf(query))
      for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + 1))
        marks.fill(1, at, at + word.length);
  const pieces: [string, boolean][] = [];
  for (let at = 0; at < text.length; at++) {
    const last = pieces.at(-1);
    if (last && last[1] === Boolean(marks[at])) last[0] += text.charAt(at);
    else pieces.push([text.charAt(at), Boolean(marks[at])]);
  }
  return pieces;
}

/** The match that is gone to: after, or before, the one that is there; around the ends. */
export function stepTo(found: readonly number[], now: number | null, by: 1 | -1): number | null {
  const place = now === null ? -1 : found.indexOf(now);
  const next = place < 0 ? (by > 0 ? 0 : -1) : (place + by) % found.length;
  return found.at(next) ?? null;
}
