// The settings of an explorer as signals. The browser owns them as much as Python does: what is computed from them
// needs no kernel, and a change is written to the model for whoever still listens.
import type { AnyModel } from "@anywidget/types";
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { AboutTrait } from "../generated/protocol";
import { type Control, plainControl } from "./controls";
import { createKernel, type Kernel } from "./kernel";
import { fill, literal, type Words } from "./literals";
import { same } from "./same";

export type Settings = Record<string, unknown>;

export interface Explorer<S> {
  readonly about: AboutTrait;
  readonly settings: { readonly [K in keyof S]: ReadonlySignal<S[K]> };
  readonly controls: { readonly [K in keyof S]: Control<S[K]> };
  /** What Python did not accept, until something else is changed. */
  readonly refused: ReadonlySignal<string | null>;
  /** Changes settings, all at once. */
  set(changes: Partial<S>): void;
  /** Back to what the widget was made with. */
  reset(): void;
  /** For what only Python can do. */
  readonly kernel: Kernel;
  /** Whether changes will be answered that are for Python: it is there, or has left what it would find. */
  answered(changes: Partial<S>): boolean;
  /** A trait that is no setting. */
  trait<T>(name: string): ReadonlySignal<T>;
  /** The settings as they are. */
  now(): S;
  /** The script of these settings, and the call that makes the widget as it is. */
  readonly script: ReadonlySignal<string>;
  readonly call: ReadonlySignal<string>;
  dispose(): void;
}

/** A model that may have answers of Python's where there is none, as that of a page has. */
interface Answering extends AnyModel {
  knows?(changes: Settings): boolean;
}

export function createExplorer<S extends Settings>(
  model: AnyModel,
  others: readonly string[] = [],
): Explorer<S> {
  const about = model.get("_about") as AboutTrait;
  /** A function of the user's own that is added adds to what is written of it. */
  const written = signal(about);
  const names = about.settings;
  const traits: Record<string, Signal<unknown>> = {};
  const refused = signal<string | null>(null);
  const kernel = createKernel(model);
  const disposals: (() => void)[] = [kernel.dispose];
  const rewrite = () => {
    written.value = model.get("_about") as AboutTrait;
  };
  model.on("change:_about", rewrite);
  disposals.push(() => model.off("change:_about", rewrite));
  for (const name of [...names, ...others]) {
    const trait = signal<unknown>(model.get(name));
    traits[name] = trait;
    const follow = () => {
      const next = model.get(name);
      if (!same(next, trait.peek())) trait.value = next;
    };
    model.on(`change:${name}`, follow);
    disposals.push(() => model.off(`change:${name}`, follow));
  }
  const hear = (message: { type?: string; message?: string }) => {
    if (message?.type === "refused") refused.value = message.message ?? "";
  };
  model.on("msg:custom", hear);
  disposals.push(() => model.off("msg:custom", hear));

  function set(changes: Partial<S>): void {
    batch(() => {
      refused.value = null;
      for (const [name, value] of Object.entries(changes)) {
        if (same(value, traits[name]?.peek())) continue;
        (traits[name] as Signal<unknown>).value = value;
        model.set(name, value);
      }
    });
    try {
      model.save_changes();
    } catch {
      // Without a kernel there is nobody to tell, and nothing else is lost by it.
    }
  }

  const controls = {} as Record<string, Control<unknown>>;
  for (const name of names)
    controls[name] = plainControl(traits[name] as Signal<unknown>, (value) =>
      set({ [name]: value } as Partial<S>),
    );

  const now = () => Object.fromEntries(names.map((name) => [name, traits[name]?.value])) as S;
  return {
    about,
    settings: traits as unknown as Explorer<S>["settings"],
    controls: controls as unknown as Explorer<S>["controls"],
    refused,
    set,
    reset: () => set(about.first as Partial<S>),
    kernel,
    answered: (changes) => kernel.there.value || Boolean((model as Answering).knows?.(changes)),
    trait: <T>(name: string) => traits[name] as unknown as ReadonlySignal<T>,
    now,
    script: computed(() => fill(written.value.script, written.value.words as unknown as Words, now())),
    call: computed(() => {
      // What has no default is not the settings' own, but what the arguments bring along.
      const changed = Object.entries(now()).filter(
        ([name, value]) => name in about.defaults && !same(value, about.defaults[name]),
      );
      const all = changed
        .map(([name, value]) => `${name}=${literal(value)}`)
        .concat(written.value.arguments ?? []);
      return `${about.name}(${all.join(", ")})`;
    }),
    dispose() {
      for (const end of disposals) end();
    },
  };
}
