// The part of the rows that is in sight, and how it stays where it is while rows come and go above it.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { ROW } from "./columns";
import type { Tree, Visible } from "./tree";

/** Rows above and below those in sight, and steps in which they are exchanged. */
const [MARGIN, STEP] = [12, 6];
/** Where a page has no sizes. */
const TYPICAL = { width: 1028, height: 21 * ROW };

export function useWindow(tree: Tree, visible: Visible, active: number) {
  const place = useRef<HTMLDivElement>(null);
  const width = useSignal(TYPICAL.width);
  const height = useSignal(TYPICAL.height);
  const step = useSignal(0);
  /** A row that keeps its place: its key, and how far below the heading it is. */
  const kept = useRef<{ key: string; below: number } | null>(null);
  const count = visible.rows.length;
  const latest = useRef({ visible, active });
  latest.current = { visible, active };

  /** The row with the keyboard where it is in sight, else the topmost. */
  function remember(key?: string): void {
    const element = place.current;
    const { visible, active } = latest.current;
    if (!element) return;
    const { scrollTop } = element;
    const isInSight = (row: number) =>
      row * ROW >= scrollTop && (row + 2) * ROW <= scrollTop + (element.clientHeight || TYPICAL.height);
    const asked = key === undefined ? -1 : visible.rows.findIndex(({ node }) => node.key === key);
    const row = asked >= 0 ? asked : isInSight(active) ? active : Math.ceil(scrollTop / ROW);
    const node = visible.rows[row]?.node;
    kept.current = node ? { key: node.key, below: row * ROW - scrollTop } : null;
  }
  function look(): void {
    step.value = Math.floor((place.current?.scrollTop ?? 0) / ROW / STEP);
    remember();
  }
  function show(row: number, amid = false): void {
    const element = place.current;
    if (!element || row < 0) return;
    const room = (element.clientHeight || TYPICAL.height) - ROW;
    const [top, bottom] = [row * ROW, (row + 1) * ROW];
    const { scrollTop } = element;
    if (top >= scrollTop && bottom <= scrollTop + room) return;
    if (amid) element.scrollTop = Math.max(0, top - room / 2);
    else element.scrollTop = top < scrollTop ? top : bottom - room;
    look();
  }

  useLayoutEffect(() => {
    const element = place.current as HTMLDivElement;
    const measure = () => {
      width.value = element.clientWidth || TYPICAL.width;
      height.value = element.clientHeight || TYPICAL.height;
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const index = tree.byKey.get(kept.current?.key ?? "");
    if (kept.current && index !== undefined)
      element.scrollTop = Math.max(0, visible.rowOf(index) * ROW - kept.current.below);
    look();
  }, [visible]);
  useLayoutEffect(() => remember(), [active]);

  const first = Math.max(0, step.value * STEP - MARGIN);
  const last = Math.min(count, step.value * STEP + Math.ceil(height.value / ROW) + STEP + MARGIN);
  return {
    place,
    width: width.value,
    first,
    last,
    look,
    show,
    /** The row that will keep its place. */
    pin: (key: string) => remember(key),
    /** All in sight, and one more that must not go. */
    rowsWith(row: number): number[] {
      const rows = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
      if (row >= 0 && row < first) rows.unshift(row);
      else if (row >= last && row < count) rows.push(row);
      return rows;
    },
  };
}
