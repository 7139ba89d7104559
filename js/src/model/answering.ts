// Whether somebody answers: Python, or else the recording of a run that was saved with the widget.
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { FrameHeader } from "../generated/protocol";
import { decode, refuse } from "./recorded";
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
  /** Whether a recorded moment that stands is of the network and the data that are there. */
  knows(header: FrameHeader): boolean;
  /** What stood in is shown no longer: Python is there again, or the recording is damaged, which is the trouble. */
  back(trouble: typeof DAMAGED | null): void;
}

const DAMAGED = {
  command: "Replay",
  message:
    "the saved recording is damaged. The picture is of how the run stood; run the notebook again to replay it.",
};

/** Silence, although a view asked to be answered, that means that nobody is there. */
export const SILENCE_MS = 4000;

export function createAnswering({ recorded, gone, knows, back, ...screen }: Asking): Answering {
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
    // Meanwhile somebody may have come back, and gone again.
    const isAwaited = () => standsIn.peek() && recorded() === data;
    try {
      const recording = await decode(data);
      if (!isAwaited() || replay.peek()) return;
      const { stands } = recording;
      if (!recording.past(stands) && !knows(recording.frame(stands)[0])) refuse();
      batch(() => {
        replay.value = createReplay(recording, screen);
      });
    } catch {
      if (!isAwaited()) return;
      end();
      back(DAMAGED);
    }
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
      if (end()) back(null);
    },
    lose,
    dispose() {
      listen();
      end();
    },
  };
}
