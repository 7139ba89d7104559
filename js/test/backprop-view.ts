// An explorer of backpropagation on screen, and how a test reaches into what is written below its graph.
import { render } from "preact";
import { type Pass, readPass } from "../src/components/backprop/pass";
import backprop from "../src/widgets/backprop";
import { type PassName, passTrait, settingsOf } from "./backprop";
import { model, useExplorer, view } from "./explorer";
import { nextFrame } from "./view";

const preset = (name: string, from: PassName) => ({ name, settings: settingsOf(from) });
const PRESETS = [
  preset("one sample, 2-2-1", "default"),
  preset("paths meet: 2-2-2-1", "paths meet"),
  preset("vanishing: six sigmoid layers", "vanishing"),
];

export const useBackprop = () =>
  useExplorer(
    backprop,
    { ...settingsOf("default") },
    {
      traits: { _pass: passTrait("default"), _trouble: "" },
      about: { name: "BackpropExplorer", presets: PRESETS as never },
    },
  );

export const NAMES: readonly PassName[] = [
  "default",
  "paths meet",
  "three classes",
  "mini-batch",
  "own module",
];
export const passOf = (name: PassName) => readPass(passTrait(name)) as Pass;
/** Each pass is another. */
let version = 1;
export const nextVersion = () => ++version;
export const change = async (traits: Record<string, unknown>) => {
  for (const [name, value] of Object.entries(traits)) model.update(name, value);
  await nextFrame();
};
export const show = (name: PassName, changes: Record<string, unknown> = {}) =>
  change({ ...settingsOf(name), _pass: passTrait(name, { version: nextVersion() }), ...changes });
/** Python answers what is set: with this pass, as if it were of these settings. */
export const answer = (changes: Parameters<typeof passTrait>[1]) =>
  change({ _pass: passTrait("default", { version: nextVersion(), ...changes }) });
export const pressed = async (element: Element | null | undefined) => {
  element?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};

/** MathML in one line: an index follows its letter, a fraction has a slash, a power a caret. */
export function written(node: Node): string {
  const inner = () => [...node.childNodes].map(written);
  const name = node.nodeName.toLowerCase();
  if (!node.childNodes.length) return name === "#text" ? (node.textContent ?? "") : "";
  if (name === "mfrac") return inner().join("/");
  if (name === "msup") return inner().join("^");
  if (name === "msubsup") {
    const [base, index, power] = inner() as [string, string, string];
    return `${base}${index}^${power}`;
  }
  return inner().join("");
}
export const lines = () =>
  [...view.root.querySelectorAll(".nnw-bp-eq")].map((line) => {
    const [name, parts, result] = [...line.children];
    return [name, parts, result].map((each) => (each ? written(each) : "")).join(" | ");
  });
/** What is rendered of a formula. */
export function rule(piece: unknown): string {
  const place = document.createElement("div");
  render(piece as never, place);
  return written(place);
}
export const row = (name: string) =>
  [...view.root.querySelectorAll(".nnw-bp-table tbody tr")].find(
    (each) => each.querySelector("th")?.textContent === name,
  ) as HTMLTableRowElement;
export const hint = () => (view.root.querySelector(".nnw-diag")?.textContent ?? "").replace(/\s+/g, " ");
export const act = () => pressed(view.root.querySelector(".nnw-diag > .nnw-btn"));
