// The list of keys that work in a view.
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button";
import { useHandover } from "./handover";
import { TitleRow } from "./panel";
import type { Presentation } from "./presentation";

interface KeySheetProps {
  /** Each key, and what it does. */
  keys: readonly (readonly [key: string, what: string, ...unknown[]])[];
  presentation: Presentation;
}

export function KeySheet({ keys, presentation: { on, help } }: KeySheetProps) {
  const before = useRef<HTMLElement | null>(null);
  const list = useHandover<HTMLElement>((leaving) =>
    leaving.closest(".nnw")?.contains(before.current) ? before.current : null,
  );
  useLayoutEffect(() => {
    const tree = list.current?.getRootNode() as Document | undefined;
    before.current = (tree?.activeElement as HTMLElement | null | undefined) ?? null;
  }, []);
  return (
    <section ref={list} class="nnw-keys" aria-label="Keys">
      <TitleRow title="Keys">
        <Button
          class="nnw-btn nnw-btn--icon nnw-end"
          icon="close"
          label="Close the keys"
          onClick={() => {
            help.value = false;
          }}
        />
      </TitleRow>
      <dl>
        {[...keys, ...(on.value ? [["Escape", "leave the presentation"]] : [])].map(([key, what]) => (
          <div key={`${key} ${what}`}>
            <dt>{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
