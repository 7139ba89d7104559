// Which samples there are, the line between them, what the rule does with the next sample, and how it goes on.
import type { FunctionComponent } from "preact";
import { Callout } from "../callout";
import { DataZone } from "../data";
import { px } from "../geometry";
import { useOrder } from "../order";
import { PLOT_MARGIN } from "../planar-geometry";
import { Shell } from "../shell";
import { panelShown } from "../shown";
import { Timeline } from "../timeline";
import { PerceptronHeader } from "./header";
import { PerceptronHyperparameters } from "./hyperparameters";
import { PlaneZone } from "./plane";
import { ProgressZones } from "./progress";
import { RuleZone } from "./rule";
import { usePerceptron } from "./view";
import { WeightsZone } from "./weights";

const DATA = ["dataset", "draw", "n_samples", "noise", "test_share", "data_seed"];
const HYPERPARAMETERS = ["learning_rate", "initialiser", "initial_scale", "stop_when", "seed"];

/** The parts of the picture that can be left out, as Python calls them; of two of them there may be one. */
const ZONES: readonly (readonly [name: string, Zone: FunctionComponent, controls?: readonly string[]])[] = [
  ["data", () => <DataZone single />, DATA],
  ["plane", PlaneZone],
  ["rule", RuleZone],
  ["weights", WeightsZone],
  ["mistakes updates", ProgressZones],
  ["hyperparameters", PerceptronHyperparameters, HYPERPARAMETERS],
  ["diagnosis", () => <Callout />],
  ["timeline", () => <Timeline />],
];

/** As the stylesheet has them in narrow cells. */
const NARROW = "plane weights rule mistakes updates diagnosis timeline data hyperparameters";

export function PerceptronApp() {
  const { store, geometry } = usePerceptron();
  const isShown = (name: string, controls?: readonly string[]) => panelShown(store, name, controls);
  const hidden = ZONES.flatMap(([names, , controls]) =>
    names.split(" ").filter((name) => !isShown(name, controls)),
  );
  const shown = ZONES.filter(([names]) => names.split(" ").some((name) => !hidden.includes(name)));
  return (
    <Shell
      name="perceptron"
      label="Perceptron trainer"
      head={PerceptronHeader}
      hidden={hidden}
      style={{ "--nnw-plane-width": px(geometry.value.plot + PLOT_MARGIN) }}
    >
      {useOrder(shown, NARROW).map(([name, Zone]) => (
        <Zone key={name} />
      ))}
    </Shell>
  );
}
