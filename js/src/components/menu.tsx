// The end of the header: the code, the presentation, and a menu of what is needed less often.
import { type Signal, useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { useView } from "./context";
import { useOutside } from "./features";
import { Icon, type IconName } from "./icon";
import { Only } from "./shown";
import type { OpenText } from "./texts";

export function Tools({ text }: { text: Signal<OpenText> }) {
  const { presentation } = useView();
  const on = presentation.on.value;
  const tool = (icon: IconName, label: string, pressed: boolean, onClick: () => void) => (
    <button
      type="button"
      class="nnw-btn nnw-btn--icon"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <>
      <Only control="code">
        {tool("code", "PyTorch code", text.value === "code", () => {
          text.value = text.peek() === "code" ? null : "code";
        })}
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

function Menu({ text }: { text: Signal<OpenText> }) {
  const { store, presentation } = useView();
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = () => {
    open.value = false;
  };
  useOutside(open.value, [button, list], close);
  useLayoutEffect(() => {
    if (open.value) list.current?.querySelector("button")?.focus({ preventScroll: true });
  }, [open.value]);
  const disabled = !store.enabled.value;

  /** Arrows go through the entries, as in any menu. */
  function onKeyDown(event: KeyboardEvent): void {
    const entries = [...(list.current?.querySelectorAll<HTMLElement>("button:not(:disabled)") ?? [])];
    const at = entries.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape" && open.peek()) {
      close();
      button.current?.focus();
    } else if (to === undefined || !open.peek()) return;
    else entries.at(to % entries.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
  const entry = (label: string, act: () => void, off = false) => (
    <button
      key={label}
      type="button"
      role="menuitem"
      tabIndex={-1}
      class="nnw-btn"
      disabled={off}
      onClick={() => {
        button.current?.focus();
        close();
        act();
      }}
    >
      {label}
    </button>
  );
  const show = (what: OpenText) => () => {
    text.value = what;
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the menu in it
    <span class="nnw-more" onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class="nnw-btn nnw-btn--icon"
        aria-label="More"
        title="More"
        aria-haspopup="menu"
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.peek();
        }}
      >
        <Icon name="more" />
      </button>
      {open.value ? (
        <div ref={list} id={id} class="nnw-menu" role="menu" aria-label="More">
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
          <div role="group" aria-label="Lessons">
            <div class="nnw-menu-head nnw-2nd nnw-s" aria-hidden="true">
              Lessons
            </div>
            {store.traits._choices.value.lessons.map(({ name, label }) =>
              entry(label, () => store.command({ type: "preset", name }), disabled),
            )}
          </div>
          <hr />
          {entry("Copy configuration…", show("configuration"))}
          {entry("Paste configuration…", show("paste"), disabled)}
          {entry("Keys", () => {
            presentation.help.value = !presentation.help.peek();
          })}
        </div>
      ) : null}
    </span>
  );
}
