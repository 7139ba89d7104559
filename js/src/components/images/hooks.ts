// What the bands of an image trainer have in common.
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { PartArrays } from "../../model/image-frames";
import { type ImageScene, type Part, partOf } from "../../model/image-store";
import { useDerived } from "../context";
import { useImages } from "./view";

/** A part of the frames, as the newest of them that brought it has it. */
export function usePart<Name extends keyof PartArrays>(name: Name): Part<PartArrays[Name]> | null {
  const { store } = useImages();
  return useDerived(() => partOf(store.scene.value, name), [store, name]).value;
}

/** The width of an element in CSS pixels; `typical` until it is known. */
export function useWidth<Place extends HTMLElement>(typical: number): [RefObject<Place>, number] {
  const place = useRef<Place | null>(null) as RefObject<Place>;
  const width = useSignal(typical);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    // While a page changes its theme nothing has a width.
    const follow = () => {
      width.value = element.clientWidth || width.peek();
    };
    follow();
    const observer = new ResizeObserver(follow);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [place, width.value];
}

/** The run that a picture belongs to: scales keep their meaning within it. */
const runOf = ({ network, data }: ImageScene) => `${network.version} ${data.version}`;

interface Scale {
  /** The step at which the value was taken. */
  readonly step: number | undefined;
  /** What it is of, where there are several. */
  readonly about?: string;
  /** Whether it begins anew where less than half of it is used: the first steps of a run are unlike all others. */
  readonly shrinks?: boolean;
}

/** The largest value so far of the same run and the same thing: a scale that stays while numbers change. */
export function useLargest(value: number, { step, about = "", shrinks = false }: Scale): number {
  const { store } = useImages();
  const known = useMemo(() => ({ key: "", step: 0, largest: 0 }), []);
  const key = `${runOf(store.scene.peek())} ${about}`;
  const now = step ?? known.step;
  if (known.key !== key || now < known.step) Object.assign(known, { key, largest: 0 });
  known.step = now;
  if (value > known.largest || (shrinks && value > 0 && value < known.largest / 2)) known.largest = value;
  return known.largest;
}

/** Where a key leads from a place in rows of `columns`; null where it is none that leads anywhere. */
export function placeAfter(key: string, at: number, columns: number, count: number): number | null {
  const column = at % columns;
  const lead: Partial<Record<string, number>> = {
    ArrowLeft: column > 0 ? at - 1 : at,
    ArrowRight: column < columns - 1 ? at + 1 : at,
    ArrowUp: at - columns,
    ArrowDown: at + columns,
    Home: 0,
    End: count - 1,
  };
  const next = lead[key];
  if (next === undefined) return null;
  return next < 0 || next >= count ? at : next;
}
