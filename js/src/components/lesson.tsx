// The sentence over the picture: what to look for.
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { Button } from "./button";
import { useView } from "./context";
import { useHandover } from "./handover";

export function Lesson() {
  const { store, remeasure } = useView();
  const text = store.traits.lesson.value;
  const begun = store.begun.value;
  const dismissed = useSignal(-1);
  const shown = text !== "" && dismissed.value !== begun;
  // It takes from the room that a presentation has.
  useLayoutEffect(remeasure, [shown]);
  const dismiss = () => {
    dismissed.value = begun;
  };
  // It is there before its text, which would else not be announced.
  return <div aria-live="polite">{shown ? <Sentence text={text} dismiss={dismiss} /> : null}</div>;
}

function Sentence({ text, dismiss }: { text: string; dismiss(): void }) {
  const title = text.indexOf(": ") + 1;
  const element = useHandover<HTMLDivElement>((leaving) =>
    [...(leaving.closest(".nnw")?.querySelectorAll<HTMLElement>(".nnw-head button:not(:disabled)") ?? [])].at(
      -1,
    ),
  );
  return (
    <div ref={element} class="nnw-lesson" role="note">
      <p>
        <b>{text.slice(0, title)}</b>
        {text.slice(title)}
      </p>
      <Button icon="close" label="Dismiss the lesson" onClick={dismiss} />
    </div>
  );
}
