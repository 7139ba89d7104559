// The examples of the library, where none of the reader's own models is shown.
import type { NetworkAnatomySettings } from "../../generated/protocol";
import { Chip } from "../explorer/presets";
import type { Anatomy } from "./state";

/** What belongs to the model that was shown before. */
const FRESH: Partial<NetworkAnatomySettings> = {
  unfolded: null,
  selected: "",
  sample: 1,
  channel: 0,
  pixel: [],
  tensor: "",
  window: [],
  first: 0,
  guess: null,
  revealed: 0,
};

export function Examples({ anatomy }: { anatomy: Anatomy }) {
  const { store, settings, tree, there } = anatomy;
  if (tree && tree.owner !== "settings") return null;
  const holdsAll = (wanted: Record<string, unknown>) =>
    wanted.network === settings.network && Boolean(wanted.guessing) === settings.guessing;
  const { presets } = store.about;
  // While counts are guessed, an example of which there is no preset with a guess is still the one that is shown.
  const isNamed = presets.some(({ settings: wanted }) => holdsAll(wanted));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class="nnw-chips nnw-an-presets" role="group" aria-label="Examples">
      {presets.map(({ name, settings: wanted }) => (
        <Chip
          key={name}
          on={holdsAll(wanted) || (!isNamed && wanted.network === settings.network)}
          disabled={!there && wanted.network !== settings.network}
          press={() => store.set({ ...FRESH, ...(wanted as Partial<NetworkAnatomySettings>) })}
        >
          {name}
        </Chip>
      ))}
    </div>
  );
}
