// The field that finds layers by name: what is found is unfolded and marked for as long as it is searched for.
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../button";
import { stepTo } from "./search";
import type { Anatomy } from "./state";

export function Search({ anatomy }: { anatomy: Anatomy }) {
  const { query, found, at } = anatomy;
  const input = useRef<HTMLInputElement>(null);
  const now = at.value;
  useEffect(() => {
    if (now === null || !found.includes(now)) at.value = found[0] ?? null;
  }, [found]);
  const go = (by: 1 | -1) => {
    at.value = stepTo(found, at.peek(), by);
  };
  const clear = () => {
    query.value = "";
    at.value = null;
  };
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    Enter: (event) => go(event.shiftKey ? -1 : 1),
    ArrowDown: () =>
      input.current?.closest(".nnw")?.querySelector<HTMLElement>(".nnw-al-row[data-gone]")?.focus(),
    Escape(event) {
      // An empty field is left.
      if (query.peek()) event.stopPropagation();
      clear();
    },
  };
  const place = now === null ? -1 : found.indexOf(now);
  const isAsked = query.value.trim() !== "";
  return (
    <search class="nnw-al-search">
      <input
        ref={input}
        type="search"
        placeholder="Search layers"
        aria-label="Search layers by name or type"
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (!act || event.isComposing) return;
          act(event);
          event.preventDefault();
        }}
      />
      <span class="nnw-al-count nnw-2nd nnw-s" role="status" data-n="found">
        {isAsked ? (found.length ? `${place + 1} of ${found.length}` : "not found") : ""}
      </span>
      {found.length > 1 ? (
        <span class="nnw-al-steps">
          <Button class="" icon="up" label="Match before" onClick={() => go(-1)} />
          <Button class="" icon="down" label="Next match" onClick={() => go(1)} />
        </span>
      ) : null}
    </search>
  );
}
