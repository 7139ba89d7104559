// What parts of the picture have: a title with a measured fact; and what panels remember of what they draw.
import type { ComponentChildren } from "preact";
import type { CommonScene } from "../model/common-store";

interface TitleRowProps {
  title: string;
  /** What can be said of it in a few words. */
  note?: ComponentChildren;
  level?: "h3" | "h4";
  children?: ComponentChildren;
}

/** The head of a part of the picture, and what is done with it as a whole. */
export function TitleRow({ title, note, level: Title = "h3", children }: TitleRowProps) {
  return (
    <div class="nnw-titlerow">
      <Title class="nnw-h">{title}</Title>
      {note === undefined ? null : <span class="nnw-2nd nnw-s nnw-yields">{note}</span>}
      {children}
    </div>
  );
}

export function PanelHead({ children, ...rest }: Omit<TitleRowProps, "level">) {
  return (
    <TitleRow level="h4" {...rest}>
      {children ? <span class="nnw-end">{children}</span> : null}
    </TitleRow>
  );
}

type Numbers = Float32Array | Float64Array;

export const sameNumbers = (first: Numbers | null, second: Numbers | null) =>
  first === second ||
  (first?.length === second?.length && (first?.every((value, index) => value === second?.[index]) ?? false));

/** Notices that a run began anew or is about other data or another network: what was fixed for it may change. */
export function createRun(): (scene: CommonScene) => boolean {
  let known = "";
  let step = 0;
  return ({ network, data, frame }) => {
    const key = `${network.version} ${data.version}`;
    const now = frame?.header.step ?? 0;
    const another = key !== known || now < step;
    known = key;
    step = now;
    return another;
  };
}
