// What every component of an explorer may use: its settings, and the view that it is in.
import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Theme } from "../../draw/colour";
import type { Explorer, Settings } from "../../model/explorer";
import type { Presentation } from "../presentation";

export interface ExplorerView<S = Settings> {
  readonly store: Explorer<S>;
  /** For what is drawn on a canvas; all else has its colours from the stylesheet. */
  readonly theme: ReadonlySignal<Theme>;
  readonly presentation: Presentation;
}

export const ExplorerContext = createContext<ExplorerView | null>(null);

export function useExplorer<S extends Settings>(): ExplorerView<S> {
  const view = useContext(ExplorerContext);
  if (!view) throw new Error("a component of an explorer is used outside of its view");
  return view as unknown as ExplorerView<S>;
}
