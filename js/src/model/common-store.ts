// What views know of the store of any trainer, and what a trainer's own part has of it and gives to it.
import type { ReadonlySignal } from "@preact/signals";
import type {
  CommandMessage,
  CommonSettings,
  CommonTraits,
  FrameHeader,
  FunctionLookMessage,
  FunctionMessage,
  ImageLookMessage,
  ImageMessage,
  IncomingMessage,
  LookMessage,
  NetworkTrait,
  OutgoingMessage,
  Status,
  TextMessage,
  ToMistakeMessage,
} from "../generated/protocol";
import type { Control } from "./controls";
import type { Bytes } from "./frames";
import type { History, Rows } from "./history";
import type { SceneOf } from "./scene";
import type { Timeline } from "./timeline";

/** What any data are described by. */
export interface CommonData {
  readonly version: number;
  readonly name: string;
  readonly label: string;
  readonly n_train: number;
  readonly n_test: number;
  readonly class_names: readonly string[];
}

export interface CommonFrame {
  readonly header: FrameHeader;
}

export type CommonScene = SceneOf<CommonData, CommonFrame>;
export type ControlsOf<Values> = { readonly [K in keyof Values]: Control<Values[K]> };
export type SignalsOf<Values> = { readonly [K in keyof Values]: ReadonlySignal<Values[K]> };

/** Everything that a view of any trainer says. */
export type Message =
  | OutgoingMessage
  | ImageMessage
  | ImageLookMessage
  | ToMistakeMessage
  | FunctionMessage
  | FunctionLookMessage;
export type Look = LookMessage | ImageLookMessage | FunctionLookMessage;

export interface Failure {
  readonly command: string;
  readonly message: string;
  /** What is said only to whoever asks. */
  readonly detail?: string;
}

export interface CommonStore {
  readonly traits: SignalsOf<CommonTraits>;
  readonly controls: ControlsOf<CommonSettings>;
  /** "recorded" where nobody is there and a recording stands in. */
  readonly status: ReadonlySignal<Status | "disconnected" | "recorded">;
  /** False as soon as Python cannot answer what it is asked for. */
  readonly enabled: ReadonlySignal<boolean>;
  /** Whether the run can be played, stepped by epoch, gone back in and looked at: a recording can do that, too. */
  readonly plays: ReadonlySignal<boolean>;
  /** At which it can be played, in epochs per second. */
  readonly speeds: ReadonlySignal<readonly (number | null)[]>;
  readonly scene: ReadonlySignal<CommonScene>;
  /** Those of the scene, which change more seldom. */
  readonly network: ReadonlySignal<NetworkTrait>;
  readonly data: ReadonlySignal<CommonData>;
  readonly history: History;
  readonly timeline: Timeline;
  /** A command that Python could not carry out, or a recording that cannot stand in for it. */
  readonly failure: ReadonlySignal<Failure | null>;
  /** The texts that views have open, as they are now. */
  readonly texts: ReadonlySignal<Partial<Record<TextMessage["what"], TextMessage>>>;
  /** A view opens a text, or closes it. */
  read(view: string, what: TextMessage["what"] | null): void;
  command(message: CommandMessage): void;
  /** How many lessons and configurations have begun, of which one may be the one before. */
  readonly begun: ReadonlySignal<number>;
  /** Asks for the curves as text, all rows that Python keeps. */
  exportCurves(per: "epoch" | "step", take: (text: string) => void): void;
  /** A view is taken off the page for good. */
  leave(view: string): void;
  /** A view drew a frame, with so many milliseconds of script. */
  acknowledge(header: FrameHeader, script: number): void;
  requestFull(): void;
  dispose(): void;
}

/** A store of which the rest is made by the trainer's own. */
export interface Core<Settings, Traits, Data extends CommonData, Frame extends CommonFrame>
  extends CommonStore {
  readonly traits: SignalsOf<Traits & CommonTraits>;
  readonly controls: ControlsOf<Settings & CommonSettings>;
  readonly scene: ReadonlySignal<SceneOf<Data, Frame>>;
  readonly data: ReadonlySignal<Data>;
  /** Sends what changes the run, after the settings that were changed before it. */
  tell(message: Message): void;
  /** Sends what changes only what is shown. */
  say(message: Message): void;
  /** Sends what the reader did not do by himself, so that he still has to see what did not work. */
  ask(message: Message): void;
  look(message: Look): void;
  /** A control that follows something other than the trait of its name. */
  control<T>(name: string, actual: ReadonlySignal<T>): Control<T>;
  /** Listens; called once the trainer's own part is there. */
  start(): void;
}

/** What a trainer's own store does when the core hears something. */
export interface Own<Frame> {
  /** `before` is the frame on screen. */
  read(header: FrameHeader, bytes: Bytes, before: Frame | null): Frame & Rows;
  /** A frame has its place in the scene, or waits for one. */
  taken?(header: FrameHeader): void;
  message?(message: IncomingMessage, buffers: readonly DataView[]): void;
}
