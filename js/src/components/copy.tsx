// Text for elsewhere: to the clipboard, and as Python in its inks.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { highlight } from "../draw/highlight";
import { Button } from "./button";
import { giveFocus } from "./focus";

/** Where a page may not write to the clipboard, a selection can still be copied. */
export async function copy(text: string, button: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "nnw-copy";
    button.after(field);
    field.select();
    const done = document.execCommand?.("copy") ?? false;
    field.remove();
    giveFocus(button);
    return done;
  }
}

const SAID_MS = 2000;

export function CopyButton({ text }: { text: string }) {
  const word = useSignal("Copy");
  useEffect(() => {
    if (word.value === "Copy") return;
    const timer = setTimeout(() => {
      word.value = "Copy";
    }, SAID_MS);
    return () => clearTimeout(timer);
  }, [word.value]);
  return (
    <>
      <Button
        kind="line"
        disabled={!text}
        onClick={async ({ currentTarget }) => {
          word.value = (await copy(text, currentTarget)) ? "Copied" : "Not allowed here: select and copy";
        }}
      >
        Copy
      </Button>
      <span class="nnw-2nd nnw-s" role="status">
        {word.value === "Copy" ? "" : word}
      </span>
    </>
  );
}

export function Python({ text }: { text: string }) {
  const pieces = useMemo(() => highlight(text), [text]);
  return (
    <pre>
      {pieces.map(([ink, part], index) => (
        <span key={index} class={`nnw-ink-${ink}`}>
          {part}
        </span>
      ))}
    </pre>
  );
}
