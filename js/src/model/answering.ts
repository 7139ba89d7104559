// Whether somebody answers: Python, or else the recording of a run that was saved with the widget.
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { FrameHeader } from "../generated/protocol";
import type { Failure } from "./common-store";
import { decode, type Recording } from "./recorded";
import { createReplay, type Replay, type Screen } from "./replay";

export interface Answering {
  /** Whether Python is there. */
  readonly there: ReadonlySignal<boolean>;
  /** Whether a recording stands in for it, or is made ready for that. */
  readonly standsIn: ReadonlySignal<boolean>;
  readonly replay: ReadonlySignal<Replay | null>;
  /** Why there is a recording and none stands in, as long as nobody is there. */
  readonly trouble: ReadonlySignal<Failure | null>;
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
  /** What stood in is shown no longer, or never was. */
  back(): void;
}

const UNUSABLE =
  "the saved recording cannot be used. The picture is of how the run stood; run the notebook again to replay it.";

/** Silence, although a view asked to be answered, that means that nobody is there. */
export const SILENCE_MS = 4000;

export function createAnswering({ recorded, gone, knows, back, ...screen }: Asking): Answering {
  const there = signal(true);
  const standsIn = signal(false);
  const replay = signal<Replay | null>(null);
  const trouble = signal<Failure | null>(null);
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
  /** The recording, if it is of what is there; else what is wrong with it. */
  async function read(data: DataView): Promise<Recording | string> {
    try {
      const recording = await decode(data);
      const { stands } = recording;
      const fits = recording.past(stands) || knows(recording.frame(stands)[0]);
      return fits ? recording : "It is of another network or of other data.";
    } catch (error) {
      return String(error);
    }
  }
  async function begin(): Promise<void> {
    const data = recorded();
    if (!data?.byteLength) return;
    standsIn.value = true;
    const found = await read(data);
    // Meanwhile somebody may have come back, and gone again.
    if (!standsIn.peek() || recorded() !== data || replay.peek()) return;
    batch(() => {
      if (typeof found === "string") {
        end();
        trouble.value = { command: "Replay", message: UNUSABLE, detail: found };
        back();
      } else replay.value = createReplay(found, screen);
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
    trouble,
    expect() {
      if (there.peek()) silence ??= setTimeout(lose, SILENCE_MS);
    },
    heard() {
      listen();
      there.value = true;
      trouble.value = null;
      if (end()) back();
    },
    lose,
    dispose() {
      listen();
      end();
    },
  };
}
