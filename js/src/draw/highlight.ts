// Python text, taken apart for the reader's eye: comments, strings, numbers and keywords.

export type Ink = "comment" | "string" | "number" | "keyword" | "plain";
export type Piece = readonly [ink: Ink, text: string];

const INKS = ["comment", "string", "number", "keyword"] as const;
const PIECES = new RegExp(
  [
    "(#.*)",
    '("""[^]*?"""|"(?:\\\\.|[^"\\\\\\n])*"|\'(?:\\\\.|[^\'\\\\\\n])*\')',
    "(\\b\\d[\\d_]*(?:\\.\\d*)?(?:e[+-]?\\d+)?\\b)",
    "(\\b(?:and|as|assert|class|def|del|elif|else|False|for|from|if|import|in|is|lambda|None|not|or|return|True|while|with)\\b)",
  ].join("|"),
  "g",
);

/** All of the text, in its order. */
export function highlight(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(PIECES)) {
    if (match.index > end) pieces.push(["plain", text.slice(end, match.index)]);
    const kind = match.slice(1).findIndex((group) => group !== undefined);
    pieces.push([INKS[kind] ?? "plain", match[0]]);
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push(["plain", text.slice(end)]);
  return pieces;
}
