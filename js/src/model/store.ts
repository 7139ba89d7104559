// The state of one trainer in the browser: everything that Python says, as signals. One store per model;
// the views of that model share it. Nothing outside this folder knows how the messages travel.
import type { AnyModel } from "@anywidget/types";
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  CommandMessage,
  DataTrait,
  DrawMessage,
  EditedMessage,
  FrameHeader,
  HandMessage,
  IncomingMessage,
  NetworkTrait,
  OutgoingMessage,
  Settings,
  Status,
  TextMessage,
  Traits,
} from "../generated/protocol";
import { createAcknowledger } from "./acknowledge";
import { type Control, type ControlInternals, createControl } from "./controls";
import { type Bytes, type Frame, readFrame } from "./frames";
import { createHistory, type History } from "./history";
import { createTimeline, type Timeline } from "./timeline";
import { readTrace, type Trace } from "./trace";
import { OTHER_NAMES, SETTING_NAMES } from "./traits";

export type { Control } from "./controls";
export type { Field, Frame } from "./frames";

/** The trait that each setting follows; the data set's name is part of a larger trait. */
export type SettingValues = Settings & { dataset: string };
export type Controls = { readonly [K in keyof SettingValues]: Control<SettingValues[K]> };
export type TraitSignals = { readonly [K in keyof Traits]: ReadonlySignal<Traits[K]> };
export type Look = Extract<OutgoingMessage, { type: "look" }>;

/** What one picture is made of: the network and the data are those that the frame was taken from. */
export interface Scene {
  readonly network: NetworkTrait;
  readonly data: DataTrait;
  readonly frame: Frame | null;
}

export interface Store {
  readonly traits: TraitSignals;
  readonly controls: Controls;
  readonly status: ReadonlySignal<Status | "disconnected">;
  /** False as soon as nothing that is asked for can be answered. */
  readonly enabled: ReadonlySignal<boolean>;
  readonly scene: ReadonlySignal<Scene>;
  /** Those of the scene, which change more seldom. */
  readonly network: ReadonlySignal<NetworkTrait>;
  readonly data: ReadonlySignal<DataTrait>;
  readonly history: History;
  readonly timeline: Timeline;
  /** A command that Python could not carry out. */
  readonly failure: ReadonlySignal<{ command: string; message: string } | null>;
  /** The next step in slow motion, as it was when `askTrace` was last answered. */
  readonly trace: ReadonlySignal<Trace | null>;
  askTrace(): void;
  /** The texts that views have open, as they are now. */
  readonly texts: ReadonlySignal<Partial<Record<TextMessage["what"], TextMessage>>>;
  /** A view opens a text, or closes it. */
  read(view: string, what: TextMessage["what"] | null): void;
  command(message: CommandMessage): void;
  /** How many lessons and configurations have begun, of which one may be the one before. */
  readonly begun: ReadonlySignal<number>;
  /** Points are painted or erased. */
  draw(message: DrawMessage): void;
  /** A weight is changed by hand. */
  handle(message: HandMessage): void;
  /** The last edit by hand that the frames have. */
  readonly edited: ReadonlySignal<EditedMessage | null>;
  look(message: Look): void;
  /** Asks for the curves as text, all rows that Python keeps. */
  exportCurves(per: "epoch" | "step", take: (text: string) => void): void;
  /** A view is taken off the page for good. */
  leave(view: string): void;
  /** A view drew a frame, with so many milliseconds of script. */
  acknowledge(header: FrameHeader, script: number): void;
  requestFull(): void;
  dispose(): void;
}

/** Silence, although a view asked to be answered, that means that nobody is there. */
export const SILENCE_MS = 4000;
/** The least time between two requests for a full frame. */
const REQUEST_MS = 1000;
/** How long a picture waits for a frame of a network or of data that changed. */
const PATIENCE_MS = 2000;

export function createStore(model: AnyModel<Traits>): Store {
  const writable = {} as Record<keyof Traits, Signal<unknown>>;
  for (const name of [...SETTING_NAMES, ...OTHER_NAMES]) writable[name] = signal<unknown>(model.get(name));
  const traits = writable as unknown as TraitSignals;

  const history = createHistory();
  const scene = signal<Scene>({ network: traits._network.peek(), data: traits._data.peek(), frame: null });
  const failure = signal<{ command: string; message: string } | null>(null);
  const begun = signal(0);
  let isBeginning = false;
  const edited = signal<EditedMessage | null>(null);
  const trace = signal<Trace | null>(null);
  const texts = signal<Store["texts"]["value"]>({});
  const reported = signal<Status>(traits.status.peek());
  const connected = signal(true);
  const disposals: (() => void)[] = [];

  // --- sending ---------------------------------------------------------------------------------------

  function send(message: OutgoingMessage): void {
    try {
      model.send(message);
    } catch {
      // A notebook without a kernel has nowhere to send to: the silence that follows says so on screen.
    }
  }

  // A slider that is dragged changes more often than a screen shows: the newest value goes once a frame.
  const unsent = new Map<string, unknown>();
  let sending = 0;
  function flush(): void {
    cancelAnimationFrame(sending);
    sending = 0;
    for (const [name, value] of unsent) send({ type: "set", name, value });
    unsent.clear();
  }
  function sendSetting(name: string, value: unknown): void {
    failure.value = null;
    timeline.forget();
    unsent.set(name, value);
    sending ||= requestAnimationFrame(flush);
  }

  function command(message: CommandMessage | DrawMessage | HandMessage): void {
    failure.value = null;
    timeline.forget();
    flush();
    send(message);
    isBeginning ||= message.type === "preset" || message.type === "configure";
  }

  let requested = Number.NEGATIVE_INFINITY;
  let asking: ReturnType<typeof setTimeout> | undefined;
  function requestFull(): void {
    if (asking !== undefined) return;
    const ask = () => {
      asking = undefined;
      requested = performance.now();
      send({ type: "request_full" });
    };
    const wait = requested + REQUEST_MS - performance.now();
    if (wait > 0) asking = setTimeout(ask, wait);
    else ask();
  }

  const timeline = createTimeline(
    (message) => {
      failure.value = null;
      flush();
      send(message);
    },
    history,
    () => reported.value === "running",
    traits.epoch.peek(),
  );

  // --- who is there ----------------------------------------------------------------------------------

  let silence: ReturnType<typeof setTimeout> | undefined;
  function heard(): void {
    clearTimeout(silence);
    silence = undefined;
    connected.value = true;
  }
  function look(message: Look): void {
    send(message);
    if (!message.visible || silence !== undefined || !connected.peek()) return;
    silence = setTimeout(() => {
      connected.value = false;
      timeline.forget();
      for (const control of Object.values(controls)) control.giveUp();
    }, SILENCE_MS);
  }

  // --- controls --------------------------------------------------------------------------------------

  const dataset = computed(() => traits._data.value.name);
  const controls = Object.fromEntries([
    ...SETTING_NAMES.map((name) => [
      name,
      createControl<unknown>(traits[name], (value) => sendSetting(name, value)),
    ]),
    ["dataset", createControl<unknown>(dataset, (value) => sendSetting("dataset", value))],
  ]) as Record<keyof SettingValues, Control<unknown> & ControlInternals>;

  // --- frames ----------------------------------------------------------------------------------------

  // Frames and the traits that describe what they show come one after the other, in either order. The
  // picture changes once both are there, so that a new network never appears with the weights of the old one.
  let early: Frame | null = null;
  let lastNumber: number | null = null;
  let nextHas: EditedMessage | null = null;
  let patience: ReturnType<typeof setTimeout> | undefined;

  function place(candidate: Frame): void {
    const past = traits._past.peek();
    const known = <T extends { version: number }>(now: T, then: T | undefined, version: number) =>
      then?.version === version ? then : now;
    const { network_version, data_version, preview } = candidate.header;
    const network = known(traits._network.peek(), past?.network, network_version);
    const data = known(traits._data.peek(), past?.data, data_version);
    const networkLead = candidate.header.network_version - network.version;
    const dataLead = candidate.header.data_version - data.version;
    early = null;
    if (networkLead === 0 && dataLead === 0) {
      clearTimeout(patience);
      scene.value = { network, data, frame: candidate };
    } else if (preview || (networkLead >= 0 && dataLead >= 0)) early = candidate;
  }

  function describe(): void {
    if (early) place(early);
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

  const acknowledger = createAcknowledger(send);
  // Other pages with the same trainer hear the answer too.
  const exports = new Map<string, (text: string) => void>();

  function takeFrame(header: FrameHeader, bytes: Bytes): void {
    const taken = readFrame(header, bytes, scene.peek().frame);
    const follows = lastNumber !== null && header.number === lastNumber + 1;
    if (header.full) {
      clearTimeout(asking);
      asking = undefined;
    } else if (!follows) requestFull();
    lastNumber = header.number;
    history.take(taken);
    timeline.taken(header);
    place(taken);
    if (!header.preview) edited.value = nextHas;
  }

  /** The picture of a state that stands still is a trait: it is there for a page that is opened later. */
  function takeSnapshot(): void {
    const snapshot = traits._snapshot.peek();
    if (!snapshot) return;
    takeFrame(snapshot, snapshot.buffer);
    if (!isBeginning || snapshot.step) return;
    isBeginning = false;
    begun.value++;
  }

  function takeMessage(message: IncomingMessage, buffers: readonly DataView[] = []): void {
    batch(() => {
      heard();
      if (message.type === "frame") {
        if (!buffers[0]) return;
        reported.value = message.status;
        takeFrame(message, buffers[0]);
      } else if (message.type === "csv") {
        exports.get(message.ask)?.(message.text);
        exports.delete(message.ask);
      } else if (message.type === "refused") {
        const control = (controls as Record<string, ControlInternals>)[message.name];
        if (control) control.refuse(message.message);
        else failure.value = { command: message.name, message: message.message };
      } else if (message.type === "edited") {
        nextHas = message;
      } else if (message.type === "text") {
        texts.value = { ...texts.peek(), [message.what]: message };
      } else if (message.type === "trace") {
        if (buffers[0]) trace.value = readTrace(message, buffers[0]);
      } else if (message.type === "failed") {
        failure.value = { command: message.command, message: message.message };
        if (message.command.toLowerCase() === "preview") timeline.forget();
        isBeginning = false;
      }
    });
  }

  // --- listening -------------------------------------------------------------------------------------

  function listen(name: string, callback: Parameters<typeof model.on>[1]): void {
    model.on(name, callback);
    disposals.push(() => model.off(name, callback));
  }

  for (const name of [...SETTING_NAMES, ...OTHER_NAMES]) {
    listen(`change:${name}`, () =>
      batch(() => {
        heard();
        writable[name].value = model.get(name);
        if (name === "status") reported.value = traits.status.peek();
        if (name === "_network" || name === "_data") describe();
        if (name === "_past" && early) place(early);
        if (name === "_snapshot") takeSnapshot();
        if (name === "lesson") begun.value++;
      }),
    );
  }
  listen("msg:custom", takeMessage);
  takeSnapshot();

  const status = computed(() => (connected.value ? reported.value : "disconnected"));
  return {
    traits,
    controls: controls as unknown as Controls,
    status,
    enabled: computed(() => status.value !== "disconnected" && status.value !== "closed"),
    scene,
    network: computed(() => scene.value.network),
    data: computed(() => scene.value.data),
    history,
    timeline,
    failure,
    trace,
    askTrace() {
      flush();
      send({ type: "trace" });
    },
    texts,
    read(view, what) {
      send({ type: "read", view, what });
    },
    command,
    begun,
    draw: command,
    handle: command,
    edited,
    look,
    exportCurves(per, take) {
      const ask = Math.random().toString(36).slice(2);
      exports.set(ask, take);
      failure.value = null;
      send({ type: "export", per, ask });
    },
    leave(view) {
      send({ type: "leave", view });
    },
    acknowledge: acknowledger.drawn,
    requestFull,
    dispose() {
      for (const dispose of disposals) dispose();
      for (const control of Object.values(controls)) control.dispose();
      clearTimeout(silence);
      clearTimeout(asking);
      clearTimeout(patience);
      timeline.forget();
      acknowledger.dispose();
      cancelAnimationFrame(sending);
    },
  };
}
