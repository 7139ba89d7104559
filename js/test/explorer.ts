// Explorers on a model that has nobody behind it, and how a test reaches into them.
import { afterEach, beforeEach, vi } from "vitest";
import type { AboutTrait } from "../src/generated/protocol";
import { nextFrame, type OpenView, start, useFakeBrowser } from "./view";

type Listener = (...values: never[]) => void;

export interface ExplorerModel {
  /** The traits as they are in the model. */
  readonly state: Record<string, unknown>;
  /** The names that a view has set, one after the other. */
  readonly sets: string[];
  /** How often changes were written for Python. */
  readonly saves: { count: number };
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  /** Python changes a trait. */
  update(name: string, value: unknown): void;
  receive(message: unknown): void;
  listeners(): number;
}

export function explorerModel(
  settings: Record<string, unknown>,
  { traits = {}, about = {}, alone = false }: ExplorerOptions = {},
): ExplorerModel {
  const own: AboutTrait = {
    name: "Explorer",
    settings: Object.keys(settings),
    defaults: structuredClone(settings),
    first: structuredClone(settings),
    presets: [],
    script: "",
    words: {},
    arguments: [],
    ...about,
  };
  const state: Record<string, unknown> = { ...settings, ...traits, _about: own };
  const listeners = new Map<string, Set<Listener>>();
  const tell = (name: string, ...values: unknown[]) => {
    for (const listener of listeners.get(name) ?? []) listener(...(values as never[]));
  };
  const saves = { count: 0 };
  const sets: string[] = [];
  const put = (name: string, value: unknown) => {
    state[name] = value;
    tell(`change:${name}`, model, value);
  };
  const model = {
    state,
    sets,
    saves,
    get: (name: string) => state[name],
    set(name: string, value: unknown) {
      sets.push(name);
      put(name, value);
    },
    save_changes() {
      if (alone) throw new Error("there is no kernel");
      saves.count++;
    },
    send() {},
    update: put,
    receive: (message: unknown) => tell("msg:custom", message, []),
    on(name: string, listener: Listener) {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
    },
    off(name: string, listener: Listener) {
      listeners.get(name)?.delete(listener);
    },
    listeners: () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
  };
  return model;
}

interface ExplorerOptions {
  /** Traits that are no settings. */
  traits?: Record<string, unknown>;
  about?: Partial<AboutTrait>;
  /** Without a kernel. */
  alone?: boolean;
}

export interface ExplorerView extends OpenView {
  /** What is shown, by its name; a value that is shown twice must be shown alike. */
  numbers(): Record<string, string>;
  /** Moves a slider. */
  slide(label: string, value: number): Promise<void>;
  press(label: string): Promise<void>;
  key(element: Element, key: string, options?: KeyboardEventInit): Promise<void>;
}

/** The explorer of `useExplorer`. */
export let model: ExplorerModel;
export let view: ExplorerView;
let running: ReturnType<typeof start>;

export async function openExplorer(
  widget: () => Parameters<typeof start>[1],
  settings: Record<string, unknown>,
  options: ExplorerOptions = {},
): Promise<{ model: ExplorerModel; view: ExplorerView }> {
  const made = explorerModel(settings, options);
  running = start(made as never, widget());
  const opened = await running.open();
  const { root } = opened;
  const after = async (act: () => void) => {
    act();
    await nextFrame();
  };
  return {
    model: made,
    view: {
      ...opened,
      numbers() {
        const found: Record<string, string> = {};
        for (const element of root.querySelectorAll<HTMLElement>("[data-n]")) {
          const name = element.getAttribute("data-n") ?? "";
          const text = element.textContent ?? "";
          if (name in found && found[name]?.replace("+", "") !== text.replace("+", ""))
            throw new Error(`${name} is shown as ${found[name]} and as ${text}`);
          found[name] = text;
        }
        return found;
      },
      slide: (label, value) =>
        after(() => {
          const input = opened.field(label);
          input.value = String(value);
          input.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      press: (label) =>
        after(() => opened.button(label).dispatchEvent(new MouseEvent("click", { bubbles: true }))),
      key: (element, key, init = {}) =>
        after(() => {
          element.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }),
          );
        }),
    },
  };
}

/** Each test of a file begins with an explorer on screen. */
export function useExplorer(
  widget: () => Parameters<typeof start>[1],
  settings: Record<string, unknown>,
  options: ExplorerOptions = {},
): void {
  beforeEach(async () => {
    useFakeBrowser();
    const opened = await openExplorer(widget, settings, options);
    model = opened.model;
    view = opened.view;
  });
  afterEach(() => {
    running.end.abort();
    vi.advanceTimersByTime(100);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
