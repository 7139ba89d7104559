// Whether somebody answers: Python, or else the recording of a run that was saved with the widget.
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import { decode } from "./recorded";
import { createReplay, type Replay, type Screen } from "./replay";

export interface Answering {
  /** Whether Python is there. */
  readonly there: ReadonlySignal<boolean>;
  /** Whether a recording stands in for it, or is made ready for that. */
  readonly standsIn: ReadonlySignal<boolean>;
  readonly replay: ReadonlySignal<Replay | null>;
  /** Python was asked something that it answers. */
  expect(): void;
  /** Python said something. */
  heard(): void;
  /** It cannot be told anything. */
  lose(): void;
  dispose(): void;
}

export interface Asking extends Screen {
  /** The recording, if there is one. */
  recorded(): DataView | null;
  /** Nobody is there any more. */
  gone(): void;
  /** Python is there again, after something else was shown. */
  back(): void;
}

/** Silence, although a view asked to be answered, that means that nobody is there. */
export const SILENCE_MS = 4000;

export function createAnswering({ recorded, gone, back, ...screen }: Asking): Answering {
  const there = signal(true);
  const standsIn = signal(false);
  const replay = signal<Replay | null>(null);
  let silence: ReturnType<typeof setTimeout> | undefined;

  function listen(): void {
    clearTimeout(silence);
    silence = undefined;
  }
  function lose(): void {
    listen();
    if (!there.peek()) return;
    there.value = false;
    gone();
    void begin();
  }
  async function begin(): Promise<void> {
    const data = recorded();
    if (!data?.byteLength) return;
    standsIn.value = true;
    const recording = await decode(data).catch(() => null);
    // Meanwhile somebody may have come back, and gone again.
    if (!standsIn.peek() || replay.peek() || recorded() !== data) return;
    batch(() => {
      standsIn.value = recording !== null;
      replay.value = recording && createReplay(recording, screen);
    });
  }
  function end(): boolean {
    const was = replay.peek();
    was?.dispose();
    replay.value = null;
    standsIn.value = false;
    return was !== null;
  }

  return {
    there,
    standsIn,
    replay,
    expect() {
      if (there.peek()) silence ??= setTimeout(lose, SILENCE_MS);
    },
    heard() {
      listen();
      there.value = true;
      if (end()) back();
    },
    lose,
    dispose() {
      listen();
      end();
    },
  };
}
