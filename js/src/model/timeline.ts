// Which epoch of the run is on screen, and which there are. The hand on the scrubber is followed at once; Python is
// asked for one epoch at a time, always the newest that is wanted, and for the next one when that has come.
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { FrameHeader, OutgoingMessage } from "../generated/protocol";
import { EPOCH, type History } from "./history";

export interface Timeline {
  /** The last epoch that is recorded. */
  readonly last: ReadonlySignal<number>;
  /** The epoch at which the run itself stands. */
  readonly present: ReadonlySignal<number>;
  /** The one that is shown, or will be in a moment. */
  readonly epoch: ReadonlySignal<number>;
  /** Whether that is looked at only, while the run stands elsewhere. */
  readonly preview: ReadonlySignal<boolean>;
  /** The epoch that is shown, if more is recorded after it. */
  readonly marked: ReadonlySignal<number | null>;
  /** Looks at an epoch; at that of the run itself the preview ends. `up` says on which side of a gap to look. */
  show(epoch: number, up?: boolean): void;
  leave(): void;
}

/** What the store does with it. */
export interface TimelineInternals {
  taken(header: FrameHeader): void;
  /** Something else was asked for, or Python could not do it: its pictures say what is shown. */
  forget(): void;
}

/** How long nothing else is asked for; what is wanted stays wanted. */
const PATIENCE_MS = 4000;

export function createTimeline(
  send: (message: OutgoingMessage) => void,
  history: History,
  isRunning: () => boolean,
  startsAt: number,
  nearest: (epoch: number, up: boolean) => number,
): Timeline & TimelineInternals {
  const present = signal(startsAt);
  /** The epoch of the newest picture, if it is a preview. */
  const shown = signal<number | null>(null);
  const wanted = signal<{ epoch: number | null } | null>(null);
  let asked: { epoch: number | null } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The step at which the run itself stands. */
  let step = 0;

  const last = computed(() => {
    history.version.value;
    return history.epochs.column(EPOCH.epoch).at(-1) ?? 0;
  });
  const looked = computed(() => (wanted.value ? wanted.value.epoch : shown.value));
  const epoch = computed(() => looked.value ?? present.value);

  function ask(): void {
    if (asked || !wanted.peek()) return;
    asked = wanted.peek();
    send({ type: "preview", epoch: asked?.epoch ?? null });
    timer = setTimeout(goOn, PATIENCE_MS);
  }
  /** No answer came yet; what was wanted since is asked for. */
  function goOn(): void {
    const isNewest = asked === wanted.peek();
    asked = null;
    if (!isNewest) ask();
  }
  function forget(): void {
    clearTimeout(timer);
    asked = wanted.value = null;
  }
  function want(next: number | null): void {
    if (next !== null) {
      wanted.value = { epoch: next };
      ask();
      return;
    }
    // The way back waits for no picture that is being made; where none was shown, none has to come.
    const isBeingMade = wanted.peek() !== null;
    forget();
    if (shown.peek() !== null) {
      wanted.value = { epoch: null };
      ask();
    } else if (isBeingMade) send({ type: "preview", epoch: null });
  }

  return {
    last,
    present,
    epoch,
    preview: computed(() => looked.value !== null),
    marked: computed(() => (!isRunning() && epoch.value < last.value ? epoch.value : null)),
    show(next, up = false) {
      const there = nearest(Math.min(Math.max(0, Math.round(next)), last.peek()), up);
      want(there === present.peek() ? null : there);
    },
    leave: () => want(null),
    taken(header) {
      shown.value = header.preview ? header.epoch : null;
      const isStill = header.preview || (header.status !== "running" && header.step === step);
      if (!header.preview) {
        present.value = header.epoch;
        step = header.step;
      }
      const now = wanted.peek();
      // It took long, and meanwhile the run has gone on, which ends what Python was looking at.
      if (now && !asked && (now.epoch === shown.peek() || !isStill)) forget();
      if (!asked || asked.epoch !== shown.peek()) return;
      if (asked === now) return forget();
      clearTimeout(timer);
      asked = null;
      ask();
    },
    forget,
  };
}
