// Tells Python which frames were drawn: two are under way at most, so that a slow page is not flooded.
//
// Each message to the kernel makes JupyterLab show "busy" and then "idle", which costs a page more than a
// frame does. So where frames are rare, to spare a training that needs the processor, two are acknowledged
// together.
import type { AckMessage, FrameHeader } from "../generated/protocol";

/** Up to this interval between frames each is acknowledged at once: the next one is waiting for it. */
const FULL_RATE = 0.04;
/** Intervals after which a single frame is acknowledged all the same. */
const PATIENCE = 1.5;

export interface Acknowledger {
  /** A frame was drawn; of several views of one trainer the first counts. */
  drawn(header: FrameHeader, script: number): void;
  dispose(): void;
}

export function createAcknowledger(send: (message: AckMessage) => void): Acknowledger {
  let said = 0;
  let newest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    drawn({ number, status, interval, full }, script) {
      // A kernel that was started again counts from one.
      if (full && number < newest) said = newest = 0;
      if (number <= newest) return;
      newest = number;
      clearTimeout(timer);
      const at = performance.now();
      const say = () => {
        said = number;
        send({ type: "ack", number, held: performance.now() - at, drawn: script });
      };
      if (status !== "running" || interval < FULL_RATE || number - said >= 2) say();
      else timer = setTimeout(say, 1000 * PATIENCE * interval);
    },
    dispose() {
      clearTimeout(timer);
    },
  };
}
