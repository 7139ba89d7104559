// Frames and the traits that describe what they show come one after the other, in either order. The picture
// changes once both are there, so that a new network never appears with the weights of the old one.
import { type ReadonlySignal, signal } from "@preact/signals";
import type { FrameHeader, NetworkTrait } from "../generated/protocol";

interface Versioned {
  readonly version: number;
}

/** What one picture is made of: the network and the data are those that the frame was taken from. */
export interface SceneOf<Data, Frame> {
  readonly network: NetworkTrait;
  readonly data: Data;
  readonly frame: Frame | null;
}

/** The traits that frames are about; `_past` has them where an epoch of the past is looked at. */
export interface Described<Data> {
  readonly _network: ReadonlySignal<NetworkTrait>;
  readonly _data: ReadonlySignal<Data>;
  readonly _past: ReadonlySignal<{ readonly network: NetworkTrait; readonly data: Data } | null>;
}

export interface Stand<Data, Frame> {
  readonly scene: ReadonlySignal<SceneOf<Data, Frame>>;
  /** A frame has come. */
  place(frame: Frame): void;
  /** A trait that describes frames has changed. */
  describe(name: string): void;
  dispose(): void;
}

/** How long a picture waits for a frame of a network or of data that changed. */
const PATIENCE_MS = 2000;

export function createScene<Data extends Versioned, Frame extends { readonly header: FrameHeader }>(
  traits: Described<Data>,
): Stand<Data, Frame> {
  const scene = signal<SceneOf<Data, Frame>>({
    network: traits._network.peek(),
    data: traits._data.peek(),
    frame: null,
  });
  let early: Frame | null = null;
  let patience: ReturnType<typeof setTimeout> | undefined;

  function place(candidate: Frame): void {
    const past = traits._past.peek();
    const known = <T extends Versioned>(now: T, then: T | undefined, version: number) =>
      then?.version === version ? then : now;
    const { network_version, data_version, preview } = candidate.header;
    const network = known(traits._network.peek(), past?.network, network_version);
    const data = known(traits._data.peek(), past?.data, data_version);
    const networkLead = network_version - network.version;
    const dataLead = data_version - data.version;
    early = null;
    if (networkLead === 0 && dataLead === 0) {
      clearTimeout(patience);
      scene.value = { network, data, frame: candidate };
    } else if (preview || (networkLead >= 0 && dataLead >= 0)) early = candidate;
  }

  function describe(name: string): void {
    if (early) place(early);
    if (name === "_past") return;
    const network = traits._network.peek();
    const data = traits._data.peek();
    const shown = scene.peek();
    clearTimeout(patience);
    if (shown.network.version === network.version && shown.data.version === data.version) {
      scene.value = { network, data, frame: shown.frame };
    } else {
      patience = setTimeout(() => {
        scene.value = { network: traits._network.peek(), data: traits._data.peek(), frame: null };
      }, PATIENCE_MS);
    }
  }

  return { scene, place, describe, dispose: () => clearTimeout(patience) };
}
