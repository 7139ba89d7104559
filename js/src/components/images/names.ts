// How classes and images are called in sentences.
import { percent, thousands } from "../../draw/format";
import type { ChosenTrait, ImageDataTrait } from "../../generated/protocol";
import { className } from "../names";

/** Names such as "Pullover" and "T-shirt" are nouns with a plural; "7", "iris setosa" and "deer" may be anything. */
const isNoun = (name: string) => /^[A-Z][a-z]*(-[a-z]+)?$/.test(name);

function plural(name: string): string {
  const word = name.toLowerCase();
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** What the classes are called beside numbers. */
export const classesOf = ({ class_names }: ImageDataTrait) => class_names.map(className);

/** "pullovers", where all names of the data are nouns; else "class 7", or how many `of` it are "images of class 7". */
export function kindsOf({ class_names }: ImageDataTrait, index: number, of = false): string {
  const name = class_names[index] ?? String(index);
  if (class_names.every(isNoun)) return plural(name);
  return of ? `images of ${className(name)}` : className(name);
}

/** "a pullover", or the name alone. */
function oneOf({ class_names }: ImageDataTrait, index: number): string {
  const name = class_names[index] ?? String(index);
  if (!class_names.every(isNoun)) return className(name);
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name.toLowerCase()}`;
}

/** "test image 1,431, a pullover", or where an image of the reader's own comes from. */
export function imageName(data: ImageDataTrait, { source, name, image, label }: ChosenTrait): string {
  if (source === "drawn") return "your drawing";
  if (source === "file") return name;
  const number = `test image ${thousands(image ?? 0)}`;
  return label === null ? number : `${number}, ${oneOf(data, label)}`;
}

export const wholePercent = (share: number | null | undefined) => percent(share, 0);

/** The class with the largest value; none where nothing is known. */
export function largestAt(values: ArrayLike<number> | null | undefined): number | null {
  let best: number | null = null;
  for (let index = 0; index < (values?.length ?? 0); index++) {
    if (best === null || (values?.[index] ?? 0) > (values?.[best] ?? 0)) best = index;
  }
  return best;
}
