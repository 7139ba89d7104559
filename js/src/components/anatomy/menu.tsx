// What the menu of a model's anatomy begins with.
import type { Signal } from "@preact/signals";
import type { Entry } from "../menu";
import type { Guess } from "./guess";
import type { Anatomy } from "./state";

export const startGuess = ({ store }: Anatomy) => store.set({ guessing: true, guess: null, revealed: 0 });
export const endGuess = ({ store }: Anatomy) => store.set({ guessing: false, guess: null, revealed: 0 });

interface MenuOptions {
  anatomy: Anatomy;
  guess: Guess;
  help: Signal<boolean>;
  /** Writes the drawing of the ledger into a file. */
  save(): void;
}

export function menuOf({ anatomy, guess, help, save }: MenuOptions, entry: Entry) {
  const isGuessing = guess.phase !== "off";
  return (
    <>
      {entry(
        isGuessing ? "Show all counts" : "Guess the parameter count",
        () => (isGuessing ? endGuess(anatomy) : startGuess(anatomy)),
        !anatomy.tree?.parameter_count && !isGuessing,
      )}
      {entry("Save the drawing as SVG", save, !anatomy.tree)}
      {entry("Keys", () => {
        help.value = !help.value;
      })}
    </>
  );
}
