// What is the same for every trainer: everything that Python says, as signals. One store per model; the views of
// that model share it. Nothing outside this folder knows how the messages travel.
import type { AnyModel } from "@anywidget/types";
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  CommonSettings,
  CommonTraits,
  FrameHeader,
  IncomingMessage,
  NetworkTrait,
  Status,
} from "../generated/protocol";
import { createAcknowledger } from "./acknowledge";
import { createAnswering } from "./answering";
import type {
  CommonData,
  CommonFrame,
  CommonStore,
  ControlsOf,
  Core,
  Failure,
  Look,
  Message,
  Own,
  SignalsOf,
} from "./common-store";
import { type Control, type ControlInternals, createControl } from "./controls";
import type { Bytes } from "./frames";
import { createHistory } from "./history";
import { isOf } from "./recorded";
import { SLOWEST } from "./replay";
import { isSaved } from "./saved";
import { createScene, type Described } from "./scene";
import { createTimeline } from "./timeline";

/** The least time between two requests for a full frame. */
const REQUEST_MS = 1000;

/** The traits that frames are about, as a recording calls them. */
const DESCRIBED = ["network", "data", "way", "gallery", "chosen"] as const;

type Snapshot = FrameHeader & { readonly buffer: DataView };

export function createCore<
  Settings extends CommonSettings,
  Traits extends CommonTraits & { _data: Data; _past: { network: NetworkTrait; data: Data } | null } & {
    _snapshot: Snapshot | null;
  },
  Data extends CommonData,
  Frame extends CommonFrame,
>(
  model: AnyModel<Traits>,
  settingNames: readonly (keyof Settings & keyof Traits & string)[],
  otherNames: readonly (keyof Traits & string)[],
  own: Own<Frame>,
): Core<Settings, Traits, Data, Frame> {
  const names = [...settingNames, ...otherNames];
  const writable = {} as Record<string, Signal<unknown>>;
  for (const name of names) writable[name] = signal<unknown>(model.get(name));
  const traits = writable as unknown as SignalsOf<Traits>;

  const history = createHistory();
  const stand = createScene<Data, Frame>(traits as unknown as Described<Data>);
  const { scene } = stand;
  const failure = signal<Failure | null>(null);
  const begun = signal(0);
  let isBeginning = false;
  const texts = signal<CommonStore["texts"]["value"]>({});
  const reported = signal<Status>(traits.status.peek());
  const disposals: (() => void)[] = [];

  // --- sending ---------------------------------------------------------------------------------------

  function send(message: Message): void {
    const replay = python.replay.peek();
    replay?.hear(message);
    // Who looks hears whether somebody is there again.
    if (replay && message.type !== "look") return;
    try {
      model.send(message);
    } catch {
      python.lose();
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

  function say(message: Message): void {
    failure.value = null;
    flush();
    send(message);
  }
  function tell(message: Message): void {
    timeline.forget();
    say(message);
    isBeginning ||= message.type === "preset" || message.type === "configure";
  }

  let requested = Number.NEGATIVE_INFINITY;
  let asking: ReturnType<typeof setTimeout> | undefined;
  let hasMissed = false;
  function requestFull(missed = false): void {
    hasMissed ||= missed;
    if (asking !== undefined) return;
    const ask = () => {
      asking = undefined;
      requested = performance.now();
      send({ type: "request_full", missed: hasMissed });
      hasMissed = false;
    };
    const wait = requested + REQUEST_MS - performance.now();
    if (wait > 0) asking = setTimeout(ask, wait);
    else ask();
  }

  const timeline = createTimeline(
    say,
    history,
    () => reported.value === "running",
    traits.epoch.peek(),
    (epoch, up) => python.replay.peek()?.nearest(epoch, up) ?? epoch,
  );

  // --- who is there ----------------------------------------------------------------------------------

  function look(message: Look): void {
    send(message);
    if (message.visible) python.expect();
  }
  const python = createAnswering({
    recorded: () => traits._recorded.peek() as DataView | null,
    knows: (header) =>
      isOf(header, traits._network.peek(), traits._data.peek(), traits._snapshot.peek() as Snapshot | null),
    speed: writable.speed as unknown as Signal<number | null>,
    frame: (header, bytes, past) =>
      batch(() => {
        for (const name of DESCRIBED) {
          const trait = writable[`_${name}`];
          if (trait) trait.value = past ? past[name] : model.get(`_${name}` as keyof Traits & string);
        }
        takeMessage({ ...header, number: (lastNumber ?? 0) + 1 }, [bytes]);
      }),
    gone() {
      timeline.forget();
      for (const control of Object.values(controls)) control.giveUp();
    },
    back() {
      for (const name of names) (writable[name] as Signal<unknown>).value = model.get(name);
      reported.value = traits.status.peek();
      failure.value = null;
      takeSnapshot();
      requestFull();
    },
  });

  // --- controls --------------------------------------------------------------------------------------

  const controls: Record<string, Control<unknown> & ControlInternals> = {};
  function control<T>(name: string, actual: ReadonlySignal<T>): Control<T> {
    const made = createControl<T>(actual, (value) => sendSetting(name, value));
    controls[name] = made as unknown as Control<unknown> & ControlInternals;
    return made;
  }
  for (const name of settingNames) control(name, traits[name]);

  // --- frames ----------------------------------------------------------------------------------------

  let lastNumber: number | null = null;
  let due = 0;
  const acknowledger = createAcknowledger(send);
  // Other pages with the same trainer hear the answer too.
  const exports = new Map<string, (text: string) => void>();

  function takeFrame(header: FrameHeader, bytes: Bytes): void {
    const frame = own.read(header, bytes, scene.peek().frame);
    const follows = lastNumber !== null && header.number === lastNumber + 1;
    if (header.full) {
      if (!hasMissed) {
        clearTimeout(asking);
        asking = undefined;
      }
    } else if (!follows) requestFull();
    lastNumber = header.number;
    history.take(frame);
    timeline.taken(header);
    stand.place(frame);
    own.taken?.(header);
  }

  /** The picture of a state that stands still is a trait: it is there for a page that is opened later. */
  function takeSnapshot(): void {
    const snapshot = traits._snapshot.peek() as Snapshot | null;
    if (!snapshot) return;
    takeFrame(snapshot, snapshot.buffer);
    if (!isBeginning || snapshot.step) return;
    isBeginning = false;
    begun.value++;
  }

  function takeMessage(message: IncomingMessage, buffers: readonly DataView[] = []): void {
    batch(() => {
      if (message.type === "frame") {
        if (!buffers[0]) return;
        reported.value = message.status;
        takeFrame(message, buffers[0]);
      } else if (message.type === "csv") {
        exports.get(message.ask)?.(message.text);
        exports.delete(message.ask);
      } else if (message.type === "refused") {
        const control = controls[message.name];
        if (control) control.refuse(message.message);
        else failure.value = { command: message.name, message: message.message };
      } else if (message.type === "here") {
        // What Python had said at the last heartbeat has come by now, or a server has dropped it.
        if ((lastNumber ?? due) < due) requestFull(true);
        due = message.number ?? due;
      } else if (message.type === "text") {
        texts.value = { ...texts.peek(), [message.what]: message };
      } else if (message.type === "failed") {
        failure.value = { command: message.command, message: message.message };
        if (message.command.toLowerCase() === "preview") timeline.forget();
        isBeginning = false;
      } else own.message?.(message, buffers);
    });
  }

  // --- listening -------------------------------------------------------------------------------------

  function listen(name: string, callback: Parameters<typeof model.on>[1]): void {
    model.on(name, callback);
    disposals.push(() => model.off(name, callback));
  }

  function start(): void {
    for (const name of names) {
      listen(`change:${name}`, () =>
        batch(() => {
          python.heard();
          (writable[name] as Signal<unknown>).value = model.get(name);
          if (name === "status") reported.value = traits.status.peek();
          if (name === "_network" || name === "_data" || name === "_past") stand.describe(name);
          if (name === "_snapshot") takeSnapshot();
          if (name === "lesson") begun.value++;
        }),
      );
    }
    listen("msg:custom", (message, buffers) =>
      batch(() => {
        python.heard();
        takeMessage(message, buffers);
      }),
    );
    takeSnapshot();
    if (isSaved(model)) python.lose();
  }

  const status = computed(() => {
    if (python.there.value) return reported.value;
    if (!python.standsIn.value) return "disconnected";
    return python.replay.value && reported.value === "running" ? "running" : "recorded";
  });
  const enabled = computed(() => python.there.value && status.value !== "closed");
  return {
    traits: traits as SignalsOf<Traits & CommonTraits>,
    controls: controls as unknown as ControlsOf<Settings & CommonSettings>,
    status,
    enabled,
    plays: computed(() => enabled.value || python.replay.value !== null),
    speeds: computed(() => {
      const { speeds } = traits._choices.value;
      return python.replay.value ? speeds.filter((speed) => (speed ?? SLOWEST) >= SLOWEST) : speeds;
    }),
    scene,
    network: computed(() => scene.value.network),
    data: computed(() => scene.value.data),
    history,
    timeline,
    failure: computed(() => python.trouble.value ?? failure.value),
    texts,
    read: (view, what) => send({ type: "read", view, what }),
    command: tell,
    begun,
    tell,
    say,
    ask(message) {
      flush();
      send(message);
    },
    look,
    control,
    start,
    exportCurves(per, take) {
      const ask = Math.random().toString(36).slice(2);
      exports.set(ask, take);
      failure.value = null;
      send({ type: "export", per, ask });
    },
    leave: (view) => send({ type: "leave", view }),
    acknowledge: acknowledger.drawn,
    requestFull,
    dispose() {
      for (const dispose of disposals) dispose();
      for (const control of Object.values(controls)) control.dispose();
      python.dispose();
      clearTimeout(asking);
      stand.dispose();
      timeline.forget();
      acknowledger.dispose();
      cancelAnimationFrame(sending);
    },
  };
}
