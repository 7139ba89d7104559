// Keys that work wherever nothing else takes them; those that walk through the ledger are its own.
import { useRef } from "preact/hooks";
import { type Shortcuts, useShortcuts } from "../explorer/shortcuts";
import { useExplorer } from "../explorer/view";
import { endGuess, startGuess } from "./menu";
import type { Anatomy } from "./state";
import { reset } from "./title";
import { foldAll, unfoldLevel } from "./tools";

export const KEYS = [
  ["↑ ↓", "line before, line after"],
  ["→ ←", "unfold, fold or go to what it lies in"],
  ["Enter", "open the layer"],
  ["Escape", "close the layer"],
  ["/", "search"],
  ["F", "fold all"],
  ["U", "unfold one level"],
  ["G", "guess the parameter count, or show it"],
  ["R", "reset: all as it was made"],
  ["H", "these keys"],
] as const;

export function useKeys(anatomy: Anatomy) {
  const { presentation } = useExplorer();
  const place = useRef<HTMLDivElement>(null);
  const actions: Shortcuts = {
    r: () => reset(anatomy),
    h: () => {
      presentation.help.value = !presentation.help.peek();
    },
  };
  actions["?"] = actions.h as () => void;
  if (presentation.help.value)
    actions.Escape = () => {
      presentation.help.value = false;
    };
  else if (anatomy.selected) actions.Escape = () => anatomy.select(null);
  if (anatomy.tree)
    Object.assign(actions, {
      f: () => foldAll(anatomy),
      u: () => unfoldLevel(anatomy),
      g: () => (anatomy.settings.guessing ? endGuess : startGuess)(anatomy),
      "/": () => place.current?.querySelector<HTMLElement>("[type=search]")?.focus(),
    });
  useShortcuts(place, actions);
  return place;
}
