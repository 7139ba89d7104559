// Single keys for what a lecture needs with the eyes on the audience. They work while the focus is in the widget.

import type { CommandMessage } from "../generated/protocol";
import { useView, type View } from "./context";
import { KeySheet } from "./key-sheet";
import { freeKey } from "./keys";
import { listen } from "./listen";
import { controlShown } from "./shown";

export function takeHotkeys(root: HTMLElement, { store, presentation, locks, moves = [] }: View): () => void {
  const allowed = (control: string, works = store.enabled) => controlShown(store, control) && works.peek();
  const command =
    (control: string, message: CommandMessage, works = store.plays) =>
    () => {
      if (!allowed(control, works)) return;
      if (!locks || control === "play" || store.status.peek() !== "running") store.command(message);
    };
  const faster = (by: 1 | -1) => () => {
    if (!allowed("speed", store.plays)) return;
    const speeds = store.speeds.peek();
    const pace = (speed: number | null) => speed ?? Number.POSITIVE_INFINITY;
    const now = pace(store.controls.speed.value.peek());
    const next =
      by > 0 ? speeds.find((speed) => pace(speed) > now) : speeds.findLast((speed) => pace(speed) < now);
    if (next !== undefined) store.controls.speed.set(next);
  };
  const help = () => {
    presentation.help.value = !presentation.help.peek();
  };
  const actions: Partial<Record<string, () => void>> = {
    ...Object.fromEntries(moves.map(({ key, press }) => [key, () => allowed("step") && press()])),
    " ": () => command("play", { type: store.status.peek() === "running" ? "pause" : "play" })(),
    ArrowRight: command("step", { type: "step", unit: "batch", n: 1 }, store.enabled),
    "Shift ArrowRight": command("step", { type: "step", unit: "epoch", n: 1 }),
    r: command("reset", { type: "reset", seed: null }),
    "[": faster(-1),
    "]": faster(1),
    h: help,
    "?": help,
  };
  /** What a press leaves: one thing, the innermost first. */
  const innermost = () => {
    if (presentation.help.peek()) return help;
    if (store.timeline.preview.peek()) return store.timeline.leave;
    return presentation.on.peek() ? presentation.leave : undefined;
  };

  const take = (event: KeyboardEvent) => {
    const name = freeKey(root, event);
    const act = name === "Escape" ? innermost() : name && actions[name];
    if (!act) return;
    // A key that is held down would press it again and again.
    if (!event.repeat || name === "ArrowRight") act();
    event.preventDefault();
  };
  return listen(root, "keydown", take);
}

export function KeyList() {
  return useView().presentation.help.value ? <Keys /> : null;
}

type Key = [key: string, what: string, control: string, works: boolean];

function Keys() {
  const { store, presentation, batch = "batch", moves = [], keys: own = [] } = useView();
  const [enabled, plays] = [store.enabled.value, store.plays.value];
  const paced = store.traits._choices.value.speeds.length > 1;
  const keys: Key[] = [
    ["Space", "play, pause", "play", plays],
    ["→", `one ${batch}`, "step", enabled],
    ["Shift →", "one epoch", "step", plays],
    ...moves.map(({ key, label }): Key => [key.toUpperCase(), label.toLowerCase(), "step", enabled]),
    ["R", "reset", "reset", plays],
    ["[ ]", "slower, faster", "speed", plays && paced],
    ...own.map(([key, what, control]): Key => [key, what, control, enabled]),
  ];
  const working = keys.filter(([, , control, works]) => works && controlShown(store, control));
  return <KeySheet keys={[...working, ["H", "these keys"]]} presentation={presentation} />;
}
