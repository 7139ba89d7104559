// Which images there are and what they are taken for, how one of them goes through the network, what the network looks
// for, and how it came there.
import type { FunctionComponent } from "preact";
import { Callout } from "../callout";
import { Icon } from "../icon";
import { useOrder } from "../order";
import { Shell } from "../shell";
import { panelShown } from "../shown";
import { FirstLayerBand } from "./first-layer";
import { GridBand } from "./grid";
import { ImageHeader } from "./header";
import { HistogramsBand } from "./histograms";
import { HYPERPARAMETERS, ImageHyperparameters } from "./hyperparameters";
import { MatrixBand } from "./matrix";
import { ImageCurves, ImageTimeline } from "./run";
import { useImages } from "./view";
import { WayBand } from "./way";

/** The parts of the picture that can be left out, as Python calls them. */
const ZONES: readonly (readonly [name: string, Zone: FunctionComponent])[] = [
  ["images", GridBand],
  ["mistakes", MatrixBand],
  ["way", WayBand],
  ["first_layer", FirstLayerBand],
  ["curves", ImageCurves],
  ["hyperparameters", ImageHyperparameters],
  ["diagnosis", ImageCallout],
  ["timeline", ImageTimeline],
  ["distributions", HistogramsBand],
];

/** As the stylesheet has them in narrow cells. */
const NARROW = "images way timeline diagnosis mistakes first_layer curves hyperparameters distributions";

function ImageCallout() {
  const { store } = useImages();
  return (
    <Callout
      act={({ class_ }) =>
        class_ === null
          ? null
          : {
              label: "Show these",
              press: () =>
                store.show({ type: "gallery", wrong: true, actual: class_, predicted: null, others: false }),
            }
      }
    />
  );
}

export function ImageApp() {
  const { store } = useImages();
  const isShown = (name: string) =>
    name === "hyperparameters" ? panelShown(store, name, HYPERPARAMETERS) : panelShown(store, name);
  const shown = ZONES.filter(([name]) => isShown(name));
  const hidden = ZONES.filter(([name]) => !isShown(name)).map(([name]) => name);
  return (
    <Shell name="images" label="Image trainer" head={ImageHeader} hidden={hidden} notice={<Notice />}>
      {useOrder(shown, NARROW).map(([name, Zone]) => (
        <Zone key={name} />
      ))}
    </Shell>
  );
}

/** What readers have to know of the data: it stands there for as long as these are the data. */
function Notice() {
  const { notice } = useImages().store.data.value;
  return notice ? (
    <p class="nnw-notice" role="note">
      <Icon name="info" />
      {notice}
    </p>
  ) : null;
}
