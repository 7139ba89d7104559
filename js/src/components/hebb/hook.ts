// The settings of a view, and all that follows from them.
import { useMemo } from "preact/hooks";
import type { HebbSettings } from "../../generated/protocol";
import { useExplorer } from "../explorer/view";
import { fitting, grow, learn, mend, readPatterns, remember } from "./state";

export function useHebb() {
  const { store } = useExplorer<HebbSettings>();
  const { patterns: texts, presented, moment, rate, decay, silent, damage: flipped, update } = store.now();
  const patterns = useMemo(() => readPatterns(texts), [texts]);
  const settings = fitting(store.now(), patterns);
  const grown = useMemo(() => grow(patterns, settings), [patterns, presented, rate, decay, silent]);
  const learned = useMemo(() => learn(patterns, settings, grown), [patterns, presented, moment, grown]);
  const rows = useMemo(
    () => remember(patterns, learned, settings),
    [patterns, learned, flipped, silent, update],
  );
  const recalled = mend(patterns, learned, settings);
  return { store, settings, patterns, learned, rows, recalled };
}

export type HebbState = ReturnType<typeof useHebb>;
