// What stations of the five-minute path are made of: names in a sentence, and ways to the next one.
import type { ComponentChildren } from "preact";
import type { Action } from "../callout";
import { rowsOf } from "./parameters";
import type { Pass } from "./pass";
import { nodesOf, type Quantity, type Shown, stopOf } from "./state";
import { InText } from "./symbols";

export interface Hint {
  readonly lead: ComponentChildren;
  readonly text: ComponentChildren;
  readonly action: Action | null;
}

export const TRY = "Try this:";

/** The parameter that all of this leads to: the first, at the far end of the way back. */
export const goal = (pass: Pass): Quantity => ({ kind: "parameter", index: rowsOf(pass)[0] ?? 0 });

export function Of({ pass, quantity: { kind, index } }: { pass: Pass; quantity: Quantity }) {
  const symbol = (kind === "value" ? pass.symbols : pass.parameterSymbols)[index];
  return symbol ? <InText symbol={symbol} /> : null;
}

export const Loss = ({ pass }: { pass: Pass }) => (
  <Of pass={pass} quantity={{ kind: "value", index: pass.end }} />
);

/** A word of an action, which has no italics. */
export function plainName(pass: Pass, { kind, index }: Quantity): string {
  const symbol = (kind === "value" ? pass.symbols : pass.parameterSymbols)[index];
  const low = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x2080 + Number(digit)));
  const high = (text: string) => text.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] as string);
  if (!symbol) return "";
  return `${symbol.base}${low(symbol.index)}${symbol.layer ? `⁽${high(symbol.layer)}⁾` : ""}`;
}

export function to(shown: Shown, label: string, at: number): Action | null {
  return at >= 0 && at < shown.steps.length ? { label, press: () => shown.go(at) } : null;
}

export const toQuantity = (shown: Shown, quantity: Quantity, label: string) =>
  to(shown, label, stopOf(shown.pass, shown.level, "backward", quantity));

export const toPhase = (shown: Shown, label: string, kind: "all" | "again") =>
  to(
    shown,
    label,
    shown.steps.findIndex((step) => step.phase === "update" && step.kind === kind),
  );

/** Settings that only Python can make a pass of. */
export function toPreset({ pass, store }: Shown, label: string, beginning: string): Action | null {
  const found = store.about.presets.find(({ name }) => name.startsWith(beginning));
  return found && pass.owner === "settings" && store.answered(found.settings)
    ? { label, press: () => store.set({ ...found.settings, step: 1 }) }
    : null;
}

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** The first node on the way back at which paths meet. */
export function meetingOf({ pass, level, steps }: Shown): Quantity | null {
  for (const step of steps) {
    if (step.phase !== "backward" || step.kind === "parameter") continue;
    const node = nodesOf(pass, level, step).find((each) => pass.outOf(each).length > 1);
    if (node !== undefined) return { kind: "value", index: node };
  }
  return null;
}
