// Which images there are and what they are taken for, how one of them goes through the network, what the network looks
// for, and how it came there.
import { useSignal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { Callout } from "../callout";
import { Curves } from "../curves";
import { KeyList } from "../hotkeys";
import { Lesson } from "../lesson";
import { panelShown } from "../shown";
import { type OpenText, TextPanel } from "../texts";
import { Timeline } from "../timeline";
import { ImageHeader } from "./header";
import { ImageHyperparameters } from "./hyperparameters";
import { useImages } from "./view";

/** The parts of the picture that can be left out, as Python calls them. */
const ZONES: readonly (readonly [name: string, Zone: FunctionComponent])[] = [
  ["curves", Curves],
  ["hyperparameters", ImageHyperparameters],
  ["diagnosis", () => <Callout />],
  ["timeline", Timeline],
];

export function ImageApp() {
  const { store, remeasure } = useImages();
  const text = useSignal<OpenText>(null);
  const shown = ZONES.filter(([name]) => panelShown(store, name));
  const hidden = ZONES.filter(([name]) => !panelShown(store, name)).map(([name]) => name);
  const key = hidden.join(" ");
  useLayoutEffect(remeasure, [key]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div
      class="nnw-app nnw-app--images"
      role="group"
      aria-label="Image trainer"
      data-hidden={key || undefined}
    >
      <ImageHeader text={text} />
      <Lesson />
      <TextPanel open={text} />
      <div class="nnw-body">
        {shown.map(([name, Zone]) => (
          <Zone key={name} />
        ))}
      </div>
      <KeyList />
    </div>
  );
}
