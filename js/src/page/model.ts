// A widget's model with nobody behind it, but for what Python has left for it.
import type { AnyModel } from "@anywidget/types";
import type { PageAnswer, PageWidget } from "../generated/protocol";
import { same } from "../model/same";
import { restore, type Traits } from "./state";

type Listener = (...values: unknown[]) => void;

export interface PageModel extends AnyModel {
  /** Whether the page has what Python would find after these changes. */
  knows(changes: Traits): boolean;
}

const NOTHING = { traits: {}, buffers: [], numbers: [] };

export function createModel({ state, answers }: Pick<PageWidget, "state" | "answers">): PageModel {
  const traits = new Map(Object.entries(restore(state)));
  const listeners = new Map<string, Set<Listener>>();

  const tell = (event: string, ...values: unknown[]) => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(...values);
  };
  const change = (name: string, value: unknown) => {
    traits.set(name, value);
    tell(`change:${name}`, model, value);
  };
  const answerTo = (changes: Traits): PageAnswer | undefined =>
    answers.find(({ settings }) =>
      Object.entries(settings).every(([name, value]) =>
        same(value, Object.hasOwn(changes, name) ? changes[name] : traits.get(name)),
      ),
    );

  // What nobody had looked at when it was saved was not found then.
  const missed = Object.entries(restore(answerTo({})?.found ?? NOTHING));
  if (missed.some(([name, value]) => value !== null && traits.get(name) === null))
    for (const [name, value] of missed) traits.set(name, value);

  /** What a view has set, and nobody has answered yet. */
  const asked = new Set<string>();
  /** What Python does after settings have changed. */
  function answer(): void {
    const found = answerTo({});
    if (!found || !Object.keys(found.settings).some((name) => asked.has(name))) return;
    asked.clear();
    for (const [name, value] of Object.entries(restore(found.found))) change(name, value);
  }

  const model = {
    get: (name: string) => traits.get(name),
    set(name: string, value: unknown) {
      if (same(value, traits.get(name))) return;
      asked.add(name);
      change(name, value);
      tell("change", model);
    },
    save_changes() {
      if (answers.length) queueMicrotask(answer);
    },
    send() {
      throw new Error("there is no kernel behind a page");
    },
    on(event: string, listener: Listener) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off(event?: string | null, listener?: Listener | null) {
      if (!event) listeners.clear();
      else if (listener) listeners.get(event)?.delete(listener);
      else listeners.delete(event);
    },
    knows: (changes: Traits) => answerTo(changes) !== undefined,
    widget_manager: {
      get_model: () => Promise.reject(new Error("there are no other models in a page")),
    },
  } as unknown as PageModel;
  return model;
}
