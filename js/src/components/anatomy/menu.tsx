// What the menu of a model's anatomy begins with.
import type { Entry } from "../menu";
import type { Guess } from "./guess";
import type { Anatomy } from "./state";

export const startGuess = ({ store }: Anatomy) => store.set({ guessing: true, guess: null, revealed: 0 });
export const endGuess = ({ store }: Anatomy) => store.set({ guessing: false, guess: null, revealed: 0 });

export function menuOf(anatomy: Anatomy, guess: Guess, help: { value: boolean }, entry: Entry) {
  const isGuessing = guess.phase !== "off";
  return (
    <>
      {entry(
        isGuessing ? "Show all counts" : "Guess the parameter count",
        () => (isGuessing ? endGuess(anatomy) : startGuess(anatomy)),
        !anatomy.tree?.parameter_count && !isGuessing,
      )}
      {entry("Keys", () => {
        help.value = !help.value;
      })}
    </>
  );
}
