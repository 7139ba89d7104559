import { ICONS, type IconName } from "../draw/icons";

export type { IconName } from "../draw/icons";

/** An icon beside or instead of a word; it takes the colour of the text. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="nnw-icon" viewBox="0 0 16 16" aria-hidden="true">
      {ICONS[name].map((shape) => (
        <path key={shape.d} d={shape.d} {...(shape.fill ? { fill: "currentColor", stroke: "none" } : {})} />
      ))}
    </svg>
  );
}
