// The sentence over the picture: what to look for.
import { useSignal } from "@preact/signals";
import { useView } from "./context";
import { Icon } from "./icon";

export function Lesson() {
  const text = useView().store.traits.lesson.value;
  const dismissed = useSignal("");
  if (!text || text === dismissed.value) return null;
  const title = text.indexOf(": ") + 1;
  return (
    <div class="nnw-lesson" role="note">
      <p>
        <b>{text.slice(0, title)}</b>
        {text.slice(title)}
      </p>
      <button
        type="button"
        class="nnw-btn nnw-btn--icon"
        aria-label="Dismiss the lesson"
        title="Dismiss"
        onClick={() => {
          dismissed.value = text;
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
