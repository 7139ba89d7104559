// Answers a view in Python's place where nobody else does: shows the moments of a recorded run, one after the other as
// it was trained, or the one that is asked for.
import type { Signal } from "@preact/signals";
import type { FrameHeader, RecordedPast } from "../generated/protocol";
import { EPOCH, STEP } from "./history";
import type { Recording, Rows } from "./recorded";

/** What a view may ask for; whatever else it says is not heard. */
export interface Asked {
  readonly type: string;
  readonly view?: string;
  readonly visible?: boolean;
  readonly epoch?: number | null;
  readonly unit?: unknown;
  readonly name?: unknown;
  readonly value?: unknown;
}

/** Where a replay is shown. */
export interface Screen {
  /** Takes a frame as from Python; `past` has its network and data, if they are not those of the present. */
  frame(header: FrameHeader, bytes: DataView<ArrayBuffer>, past: RecordedPast | null): void;
  /** Epochs per second; null for as fast as can be followed. */
  readonly speed: Signal<number | null>;
}

export interface Replay {
  hear(message: Asked): void;
  /** The recorded epoch that is shown for one: itself, or the nearest before it, or after it on the way `up`. */
  nearest(epoch: number, up?: boolean): number;
  dispose(): void;
}

const FRAME_MS = 1000 / 30;
/** Screens differ in how often they draw: what comes a little early need not wait for the next time. */
const EARLY_MS = 4;
/** A page that was held up goes on from where it was. */
const LONGEST_MS = 250;
/** Seconds that a run takes which is played without a limit of its speed. */
const UNLIMITED = 4;
/** Epochs per second: there is nothing to see within an epoch. */
export const SLOWEST = 1;

export function createReplay(recording: Recording, screen: Screen): Replay {
  const { headers, rows } = recording;
  const last = headers.length - 1;
  const epochOf = (index: number) => headers[index]?.epoch ?? 0;
  const end = epochOf(last);
  const target = headers[recording.stands]?.run_target_epoch ?? null;
  const seen = new Map<string, boolean>();
  /** Where the run stands, and which moment is only looked at. */
  let present = recording.stands;
  let looked: number | null = null;
  /** While it plays: the animation frame to come, and the epoch that is reached, with its fraction. */
  let coming = 0;
  let reached = 0;
  let sent: Rows = rows;

  /** The moment of an epoch's end, of which there may be another at the same epoch where the run stands. */
  function indexOf(epoch: number, up = false): number {
    const found = up
      ? headers.findIndex((header) => header.epoch >= epoch)
      : headers.findLastIndex((header) => header.epoch <= epoch);
    const shown = epochOf(found < 0 ? (up ? last : 0) : found);
    return headers.findIndex((header) => header.epoch === shown);
  }

  function rowsUntil({ step, epoch }: FrameHeader): Rows {
    return {
      steps: upTo(rows.steps, Object.keys(STEP).length, step),
      epochs: upTo(rows.epochs, Object.keys(EPOCH).length, epoch),
    };
  }

  function show(index: number, brought?: Rows, full = brought !== undefined): void {
    const [header, bytes] = recording.frame(index, brought);
    const told: FrameHeader = {
      ...header,
      full,
      preview: index === looked,
      status: coming ? "running" : "paused",
      run_target_epoch: coming ? end : target,
      focus: null,
    };
    screen.frame(told, bytes, recording.past(index));
  }

  /** All of the curves stand beside a moment that stands. */
  function stand(index: number): void {
    cancelAnimationFrame(coming);
    coming = 0;
    looked = null;
    present = index;
    show(index, rows);
  }

  function play(): void {
    if (coming || !last) return;
    const from = looked ?? present;
    looked = null;
    present = from < last ? from : 0;
    reached = epochOf(present);
    let [before, drawn] = [performance.now(), 0];
    const go = () => {
      const now = performance.now();
      reached += (Math.min(now - before, LONGEST_MS) / 1000) * (screen.speed.peek() ?? end / UNLIMITED);
      before = now;
      if (reached >= end) return stand(last);
      coming = requestAnimationFrame(go);
      const next = indexOf(reached);
      if (next <= present || now - drawn < FRAME_MS - EARLY_MS) return;
      [present, drawn] = [next, now];
      const grown = rowsUntil(headers[next] as FrameHeader);
      show(
        next,
        { steps: grown.steps.subarray(sent.steps.length), epochs: grown.epochs.subarray(sent.epochs.length) },
        false,
      );
      sent = grown;
    };
    coming = requestAnimationFrame(go);
    sent = rowsUntil(headers[present] as FrameHeader);
    show(present, sent);
  }

  function look(view: string, visible: boolean): void {
    seen.set(view, visible);
    if (coming && ![...seen.values()].includes(true)) stand(present);
  }

  const answers: Record<string, (message: Asked) => void> = {
    look: ({ view = "", visible = true }) => look(view, visible),
    leave: ({ view = "" }) => look(view, false),
    request_full() {
      const shown = looked ?? present;
      show(shown, coming ? sent : rows);
    },
    preview({ epoch = null }) {
      if (coming) stand(present);
      looked = epoch === null ? null : indexOf(epoch);
      show(looked ?? present);
    },
    play,
    pause: () => stand(present),
    step({ unit }) {
      const epoch = epochOf(looked ?? present);
      const next = headers.findIndex((header) => header.epoch > epoch);
      if (unit === "epoch") stand(next < 0 ? last : next);
    },
    rewind: ({ epoch }) => stand(indexOf(epoch ?? 0)),
    reset: () => stand(0),
    set({ name, value }) {
      if (name === "speed") screen.speed.value = value as number | null;
    },
  };
  if ((screen.speed.peek() ?? SLOWEST) < SLOWEST) screen.speed.value = SLOWEST;
  stand(present);
  return {
    hear: (message) => answers[message.type]?.(message),
    nearest: (epoch, up) => epochOf(indexOf(epoch, up)),
    dispose: () => cancelAnimationFrame(coming),
  };
}

/** The rows of which the first column is no larger. */
function upTo(cells: Float64Array, width: number, most: number): Float64Array {
  let end = 0;
  while (end < cells.length && (cells[end] as number) <= most) end += width;
  return cells.subarray(0, end);
}
