// Walking through a pass: step by step, phase by phase, by itself, and on into the next pass, which Python makes.
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { NextPassMessage } from "../../generated/protocol";
import { phasesOf, type Shown } from "./state";

export const SPEEDS = ["slow", "normal", "fast"] as const;
export type Speed = (typeof SPEEDS)[number];

/** A step that is read, in milliseconds. */
const READ: Record<Speed, number> = { slow: 1400, normal: 700, fast: 250 };
/** So many steps are read one by one; of a longer walk each is shown for less time. */
const MANY = 40;
const SHORTEST = 60;
/** Faster than this nobody can listen to what is said of each step. */
const SPOKEN = 500;

export const pace = (speed: Speed, steps: number): number =>
  Math.max(SHORTEST, READ[speed] * Math.min(1, MANY / steps));

const NEXT_PASS: NextPassMessage = { type: "next_pass" };

export interface Walk {
  readonly speed: Signal<Speed>;
  readonly isPlaying: boolean;
  /** The next pass has been asked for. */
  readonly isWaiting: boolean;
  readonly isLast: boolean;
  /** Whether there is somewhere to go from here. */
  readonly canGoOn: boolean;
  /** Whether each step can be said aloud. */
  readonly isSpoken: boolean;
  toggle(): void;
  /** One step on; behind the last the next pass begins. */
  step(): void;
  back(): void;
  /** To the first step of the next phase, or of this one and then of the one before. */
  phase(by: 1 | -1): void;
  /** To the first step, or the last. */
  start(): void;
  end(): void;
}

/** Null before there is a pass. */
export function useWalk(shown: Shown | null, refused: string | null): Walk | null {
  const speed = useSignal<Speed>("normal");
  /** The number of the pass behind which another is asked for. */
  const asked = useSignal<number | null>(null);
  const latest = useRef<Shown | null>(shown);
  latest.current = shown;

  const isPlaying = Boolean(shown?.playing.value);
  const steps = shown?.steps.length ?? 1;
  const number = shown?.pass.number;
  const halted = Boolean(shown?.trouble || refused) || !shown?.there;

  useLayoutEffect(() => {
    if (asked.peek() === null || asked.peek() === number) return;
    asked.value = null;
    latest.current?.store.set({ step: 1 });
  }, [number]);
  useLayoutEffect(() => {
    if (!halted || asked.peek() === null) return;
    asked.value = null;
    if (latest.current) latest.current.playing.value = false;
  }, [halted]);

  const isLastOf = ({ at, steps }: Shown) => at >= steps.length - 1;
  /** Whether Python can be asked for another pass: a trainer that runs makes its steps itself. */
  const canAsk = ({ there, pass, stale, trouble }: Shown) => there && pass.settled && !stale && !trouble;
  const ask = ({ store, pass }: Shown) => {
    asked.value = pass.number;
    store.set({}); // what was refused is past
    store.kernel.tell(NEXT_PASS);
  };
  const onward = (now: Shown) => now.store.set({ step: now.at + 2 });

  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(
      () => {
        const now = latest.current;
        if (!now || asked.peek() !== null) return;
        if (!isLastOf(now)) onward(now);
        else if (canAsk(now)) ask(now);
        // What has been changed meanwhile is waited for.
        else if (!now.stale || !now.there || now.trouble) now.playing.value = false;
      },
      pace(speed.value, steps),
    );
    return () => clearInterval(timer);
  }, [isPlaying, speed.value, steps]);

  if (!shown) return null;
  const phases = phasesOf(shown.steps);
  const isLast = isLastOf(shown);
  const isWaiting = asked.value !== null;
  const still = () => {
    shown.playing.value = false;
  };
  const next = () => {
    still();
    if (!isWaiting && canAsk(shown)) ask(shown);
  };
  return {
    speed,
    isPlaying,
    isWaiting,
    isLast,
    canGoOn: !isWaiting && (!isLast || canAsk(shown)),
    isSpoken: !isPlaying || pace(speed.value, steps) >= SPOKEN,
    toggle() {
      if (isPlaying) return still();
      // Without anybody who could make another, the same pass begins again.
      if (isLast && !canAsk(shown)) shown.go(0);
      shown.playing.value = true;
    },
    step: () => (isLast ? next() : shown.go(shown.at + 1)),
    back: () => shown.go(shown.at - 1),
    phase(by) {
      const at = phases.findIndex(({ to }) => shown.at < to);
      const here = phases[at];
      if (by > 0) {
        const following = phases[at + 1];
        if (following) shown.go(following.from);
        else if (isLast) next();
        else shown.go(shown.steps.length - 1);
      } else if (here && shown.at > here.from) shown.go(here.from);
      else shown.go(phases[at - 1]?.from ?? 0);
    },
    start: () => shown.go(0),
    end: () => shown.go(shown.steps.length - 1),
  };
}
