// A function from left to right: what is to be learned, the fit as a sum of pieces, and the neurons that they come from;
// below, how the loss fell, and how the error falls with more neurons.
import type { Signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import type { FindingTrait } from "../../generated/protocol";
import { type Action, Callout } from "../callout";
import { Curves } from "../curves";
import { Header } from "../header";
import { Hyperparameters } from "../hyperparameters";
import { useOrder } from "../order";
import { Shell } from "../shell";
import { panelShown } from "../shown";
import { Timeline } from "../timeline";
import { FitZone } from "./fit";
import { Inside } from "./inside";
import { NeuronsZone } from "./neurons";
import { FunctionZone } from "./panel";
import { SweepZone } from "./sweep";
import { useFunctions } from "./view";

/** The controls that the panel of the function is there for; without any of them it would be empty. */
const FUNCTION_CONTROLS = [
  "function",
  "draw",
  "domain",
  "n_samples",
  "noise",
  "test_share",
  "data_seed",
  "batch_size",
  "standardise",
];

type Zone = readonly [name: string, Zone: FunctionComponent, controls?: readonly string[]];

/** The parts of the picture that can be left out, as Python calls them. */
const ABOVE: readonly Zone[] = [
  ["function", FunctionZone, FUNCTION_CONTROLS],
  ["plot", FitZone],
  ["network", NeuronsZone],
];
/** Side by side where there is room. */
const CHARTS: readonly Zone[] = [
  ["curves", () => <Curves />],
  ["sweep", SweepZone],
];
const BELOW: readonly Zone[] = [
  ["hyperparameters", Hyperparameters],
  ["diagnosis", FunctionCallout],
  ["timeline", () => <Timeline />],
  ["distributions", Inside],
];

/** As the stylesheet has them in narrow cells, but for the curves, which are further down there. */
const NARROW = "plot network timeline diagnosis charts function hyperparameters distributions";

export function FunctionApp() {
  const isShown = useIsShown();
  const hidden = [...ABOVE, ...CHARTS, ...BELOW].filter((zone) => !isShown(zone)).map(([name]) => name);
  const shown = [...ABOVE.filter(isShown), ["charts", Charts] as Zone, ...BELOW.filter(isShown)];
  return (
    <Shell name="function" label="Function trainer" head={Header} hidden={hidden}>
      {useOrder(shown, NARROW).map(([name, Zone]) => (
        <Zone key={name} />
      ))}
    </Shell>
  );
}

function useIsShown() {
  const { store } = useFunctions();
  return ([name, , controls]: Zone) => panelShown(store, name, controls);
}

function Charts() {
  const shown = CHARTS.filter(useIsShown());
  return (
    <div class="nnw-charts">
      {shown.map(([name, Zone]) => (
        <Zone key={name} />
      ))}
    </div>
  );
}

function FunctionCallout() {
  const { store, chosen } = useFunctions();
  return <Callout act={(found) => showNeurons(chosen, store.network.value.layers.length - 2, found)} />;
}

/** One neuron after the other, and then none; those of other layers than the last have no curve to show. */
function showNeurons(chosen: Signal<number | null>, last: number, { neurons }: FindingTrait): Action | null {
  const units = neurons.filter(([layer]) => layer === last).map(([, unit]) => unit);
  if (!units.length) return null;
  return {
    label: units.length > 1 ? "Show neurons" : "Show neuron",
    replays: true,
    press() {
      const now = chosen.peek();
      chosen.value = units[(now === null ? -1 : units.indexOf(now)) + 1] ?? null;
    },
  };
}
