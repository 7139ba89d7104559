// The end of the header: the code, the presentation, and a menu of what is needed less often.
import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { CommonStore } from "../model/common-store";
import { Button } from "./button";
import { useView } from "./context";
import type { IconName } from "./icon";
import { useDoor } from "./overlay";
import { Only } from "./shown";
import type { OpenText } from "./texts";

export function Tools({ text }: { text: Signal<OpenText> }) {
  const { store, presentation } = useView();
  const on = presentation.on.value;
  const tool = (icon: IconName, label: string, pressed: boolean, onClick: () => void, off = false) => (
    <Button icon={icon} label={label} aria-pressed={pressed} disabled={off} onClick={onClick} />
  );
  return (
    <>
      <Only control="code">
        {tool(
          "code",
          "PyTorch code",
          text.value === "code",
          () => {
            text.value = text.peek() === "code" ? null : "code";
          },
          isUnread(store, "code") && text.value !== "code",
        )}
      </Only>
      <Only control="presentation">
        {tool("present", "Presentation", on, on ? presentation.leave : presentation.enter)}
      </Only>
      <Only control="menu">
        <Menu text={text} />
      </Only>
    </>
  );
}

/** Whether nobody writes a text that has not been read yet. */
const isUnread = ({ enabled, texts }: CommonStore, what: "code" | "configuration") =>
  !enabled.value && !texts.value[what];

/** `chosen` is for one of several that exclude each other. */
export type Entry = (label: string, act: () => void, off?: boolean, chosen?: boolean) => JSX.Element;

/** The button of a menu, and what is in it. */
export function MenuDoor({ children }: { children(entry: Entry): ComponentChildren }) {
  const { isOpen, button, panel, leave } = useDoor<HTMLDivElement>("button");

  /** Arrows go through the entries, as in any menu. */
  function onKeyDown(event: KeyboardEvent): void {
    const entries = [...(panel.ref.current?.querySelectorAll<HTMLElement>("button:not(:disabled)") ?? [])];
    const at = entries.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: Math.max(at, 0) - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || !isOpen) return;
    entries.at(to % entries.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
  const entry: Entry = (label, act, off = false, chosen) => (
    <Button
      key={label}
      role={chosen === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={chosen}
      tabIndex={-1}
      disabled={off}
      onClick={() => {
        leave();
        act();
      }}
    >
      {label}
    </Button>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the menu in it
    <span class="nnw-more" onKeyDown={onKeyDown}>
      <Button icon="more" label="More" aria-haspopup="menu" {...button} />
      {isOpen ? (
        <div class="nnw-menu" role="menu" aria-label="More" {...panel}>
          {children(entry)}
        </div>
      ) : null}
    </span>
  );
}

function Menu({ text }: { text: Signal<OpenText> }) {
  const { store, presentation } = useView();
  const disabled = !store.enabled.value;
  const { lessons } = store.traits._choices.value;
  const show = (what: OpenText) => () => {
    text.value = what;
  };
  return (
    <MenuDoor>
      {(entry) => (
        <>
          {lessons.length ? (
            <>
              {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
              <div role="group" aria-label="Lessons">
                <div class="nnw-menu-head nnw-2nd nnw-s" aria-hidden="true">
                  Lessons
                </div>
                {lessons.map(({ name, label }) =>
                  entry(label, () => store.command({ type: "preset", name }), disabled),
                )}
              </div>
              <hr />
            </>
          ) : null}
          {entry("Configuration…", show("configuration"), isUnread(store, "configuration"))}
          {entry("Paste configuration…", show("paste"), disabled)}
          {entry("Keys", () => {
            presentation.help.value = !presentation.help.peek();
          })}
        </>
      )}
    </MenuDoor>
  );
}
