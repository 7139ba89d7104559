// A piece of a line as it is in a chart, for legends.
import { PIN_DASHES, TEST_DASH } from "../draw/curves";

export interface LineMarkProps {
  /** The number of a pinned run's dashes. */
  pin?: number;
  test?: boolean;
}

export const TRAIN_MARK: LineMarkProps = {};
export const TEST_MARK: LineMarkProps = { test: true };

export function LineMark({ pin, test = false }: LineMarkProps) {
  const [ink, width, dash] =
    pin === undefined
      ? test
        ? ["ink-2", 1.5, TEST_DASH]
        : ["ink", 1.75, []]
      : ["ink-3", 1.25, PIN_DASHES[pin]];
  return (
    <svg width="20" height="8" viewBox="0 0 20 8" aria-hidden="true">
      <path
        d="M0 4H20"
        fill="none"
        stroke={`var(--nnw-${ink})`}
        stroke-width={width as number}
        stroke-dasharray={(dash as readonly number[]).join(" ") || undefined}
      />
    </svg>
  );
}
