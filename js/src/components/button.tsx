// What can be pressed. A button that shows only an icon says its label to whoever points at it.
import type { ButtonHTMLAttributes } from "preact";
import { Icon, type IconName } from "./icon";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon?: IconName;
  /** What it is called, and what a pointer is told unless there is a `title`. */
  label?: string;
  /** With a frame around it, or a word within a sentence. Another `class` has its own looks. */
  kind?: "icon" | "line" | "text" | undefined;
}

export function Button({ icon, label, children, ...props }: ButtonProps) {
  const { kind = icon && !children && "icon", ...rest } = props;
  return (
    <button
      type="button"
      class={kind ? `nnw-btn nnw-btn--${kind}` : "nnw-btn"}
      aria-label={label}
      title={label}
      {...rest}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}
