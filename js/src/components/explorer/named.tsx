// A control with its name.
import type { ComponentChildren } from "preact";
import { useId } from "../ids";

interface NamedProps {
  label: string;
  class: string;
  /** The control, which takes the id. */
  children(id: string): ComponentChildren;
}

export function Named({ label, children, ...rest }: NamedProps) {
  const id = useId();
  return (
    <div class={rest.class}>
      <label class="nnw-step-name" for={id}>
        {label}
      </label>
      {children(id)}
    </div>
  );
}
