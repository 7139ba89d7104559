// The anatomy of an explorer: title row, stage and controls, formulas under the only hairline, and what to try.
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { Button } from "../button";
import type { Action } from "../callout";
import { CopyButton, Python } from "../copy";
import { Icon } from "../icon";
import { type Entry, MenuDoor } from "../menu";
import { TextFrame } from "../text-frame";
import { useExplorer } from "./view";

type Text = "script" | "call" | null;

interface SheetProps {
  /** What it is called, on screen and to screen readers. */
  title: string;
  /** One line of fact. */
  fact?: ComponentChildren;
  class?: string;
  /** What is done instead of going back to all settings that it was made with. */
  reset?: (() => void) | undefined;
  /** What takes the place of the title row; `tools` are at its end. */
  head?(tools: JSX.Element): ComponentChildren;
  /** What the menu begins with. */
  menu?(entry: Entry): ComponentChildren;
  children: ComponentChildren;
}

export function Sheet({ title, fact, head, children, ...rest }: SheetProps) {
  const { store } = useExplorer();
  const text = useSignal<Text>(null);
  const tools = <Tools text={text} menu={rest.menu} headed={Boolean(head)} />;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class={`nnw-app nnw-explorer ${rest.class ?? ""}`} role="group" aria-label={title}>
      {head?.(tools) ?? (
        <div class="nnw-explorer-title">
          <h3 class="nnw-h">{title}</h3>
          <span class="nnw-2nd nnw-s">{fact}</span>
          <div class="nnw-tools">
            <Button icon="reset" label="Reset" onClick={rest.reset ?? store.reset} />
            {tools}
          </div>
        </div>
      )}
      <Script open={text} />
      {children}
    </div>
  );
}

interface ToolsProps {
  text: Signal<Text>;
  menu: SheetProps["menu"];
  /** A header has room for the presentation beside the menu. */
  headed: boolean;
}

function Tools({ text, menu, headed }: ToolsProps) {
  const { presentation } = useExplorer();
  const on = presentation.on.value;
  const present = on ? presentation.leave : presentation.enter;
  return (
    <>
      <Button
        icon="code"
        label="PyTorch code"
        aria-pressed={text.value === "script"}
        onClick={() => {
          text.value = text.peek() === "script" ? null : "script";
        }}
      />
      {headed ? <Button icon="present" label="Presentation" aria-pressed={on} onClick={present} /> : null}
      <MenuDoor>
        {(entry) => (
          <>
            {menu?.(entry)}
            {headed ? null : entry(on ? "Leave the presentation" : "Presentation", present)}
            {entry("This state as Python…", () => {
              text.value = "call";
            })}
          </>
        )}
      </MenuDoor>
    </>
  );
}

const TITLES = { script: "PyTorch code", call: "This state as Python" };
const NOTES = { script: "prints the numbers that are shown", call: "makes the widget as it is now" };

function Script({ open }: { open: Signal<Text> }) {
  const { store } = useExplorer();
  return (
    <TextFrame open={open} titles={TITLES} notes={NOTES}>
      {(kind) => (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
          <section class="nnw-text-body" tabIndex={0} aria-label={`${TITLES[kind]}, text`}>
            <Python text={store[kind].value} />
          </section>
          <div class="nnw-text-actions">
            <CopyButton text={store[kind].value} />
          </div>
        </>
      )}
    </TextFrame>
  );
}

interface TryProps {
  /** What is measured, or "Try this:". */
  lead: ComponentChildren;
  action?: Action | null;
  /** The way to the next sentence, where there are several. */
  more?: ComponentChildren;
  children: ComponentChildren;
}

/** One sentence and one action; what Python refused comes first. */
export function TryThis({ lead, action, more, children }: TryProps) {
  const refused = useExplorer().store.refused.value;
  return (
    <div class={`nnw-diag ${refused ? "nnw-diag--error" : ""}`}>
      <Icon name={refused ? "warn" : "info"} />
      <div class="nnw-diag-text" role="alert">
        {refused ? (
          <p>
            <b>Not accepted:</b> {refused}
          </p>
        ) : null}
      </div>
      {refused ? null : (
        <div class="nnw-diag-text">
          <p>
            <b>{lead}</b> {children}
          </p>
        </div>
      )}
      {refused ? null : more}
      {action && !refused ? (
        <Button kind="text" onClick={action.press}>
          {action.label}
        </Button>
      ) : null}
    </div>
  );
}
