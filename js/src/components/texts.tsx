// What Python says in text: the script of the run, and the configuration that can be sent to others.
import { effect, type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { Button } from "./button";
import { useView } from "./context";
import { CopyButton, Python } from "./copy";
import { TextFrame } from "./text-frame";

/** The texts that can be open under the header, of which one is; "paste" is where one comes from elsewhere. */
export type OpenText = "code" | "configuration" | "paste" | null;

const TITLES = { code: "PyTorch code", configuration: "Configuration", paste: "Paste configuration" };
const NOTES = {
  code: "the script of this run",
  configuration: "for a message to others: pasted there, it is the same run",
  paste: "one line that begins with nnw1. The run begins anew with it",
};

export const TextPanel = ({ open }: { open: Signal<OpenText> }) => (
  <TextFrame open={open} titles={TITLES} notes={NOTES}>
    {(kind, close) => (kind === "paste" ? <Paste close={close} /> : <Shown key={kind} kind={kind} />)}
  </TextFrame>
);

/** A text of Python's, kept current as long as it is open and can be seen. */
function Shown({ kind }: { kind: "code" | "configuration" }) {
  const { store, id, visible } = useView();
  useLayoutEffect(() => {
    const stop = effect(() => {
      if (visible.value) store.read(id, kind);
    });
    return () => {
      stop();
      store.read(id, null);
    };
  }, [store, id, kind]);
  const said = store.texts.value[kind];
  const text = said?.text ?? "";
  const error = said?.error ?? (text || store.enabled.value ? null : "No kernel is connected to write it.");
  return (
    <Actions
      action={<CopyButton text={text} />}
      body={
        error ? (
          <p class="nnw-text-error" role="alert">
            {error}
          </p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
          <section class="nnw-text-body" tabIndex={0} aria-label={`${TITLES[kind]}, text`}>
            {kind === "code" ? <Python text={text} /> : <pre class="nnw-wraps">{text}</pre>}
          </section>
        )
      }
    />
  );
}

const Actions = ({ body, action }: { body: ComponentChildren; action: ComponentChildren }) => (
  <>
    {body}
    <div class="nnw-text-actions">{action}</div>
  </>
);

function Paste({ close }: { close(): void }) {
  const { store } = useView();
  const text = useSignal("");
  const refused = useSignal("");
  /** What had begun when it was sent. */
  const sent = useSignal<number | null>(null);
  const begun = store.begun.value;
  const why = store.failure.value?.message;
  // A text that is refused can be mended.
  useLayoutEffect(() => {
    if (sent.peek() === null) return;
    if (why) {
      refused.value = why;
      sent.value = null;
    } else if (sent.peek() !== begun) close();
  }, [why, begun]);
  return (
    <Actions
      action={
        <>
          <Button
            kind="line"
            disabled={!text.value.trim() || !store.enabled.value}
            onClick={() => {
              store.command({ type: "configure", text: text.peek() });
              sent.value = begun;
              refused.value = "";
            }}
          >
            Begin anew with it
          </Button>
          <span class="nnw-text-error">{refused}</span>
        </>
      }
      body={
        <textarea
          class="nnw-text-body"
          aria-label="Configuration to paste"
          rows={3}
          spellcheck={false}
          value={text}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            refused.value = "";
          }}
        />
      }
    />
  );
}
