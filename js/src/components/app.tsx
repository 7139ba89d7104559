import type { Signal } from "@preact/signals";
import { Fragment } from "preact";
import type { FindingTrait } from "../generated/protocol";
import { type Action, Callout } from "./callout";
import { Curves } from "./curves";
import { DataZone } from "./data";
import { Header } from "./header";
import { Hyperparameters } from "./hyperparameters";
import { useInspectors } from "./inspectors";
import { NetworkZone } from "./network";
import { useOrder } from "./order";
import { OutputZone } from "./output";
import { type Unit, usePlanar } from "./planar";
import { Shell } from "./shell";
import { panelShown, ZONES } from "./shown";
import { Timeline } from "./timeline";

/** As the stylesheet has them in narrow cells. */
const NARROW = "network output step timeline diagnosis data hyperparameters curves";

/** Data flows from left to right: the data, the network, and what the network makes of the plane. */
export function App() {
  const { store, focus } = usePlanar();
  const hidden = ZONES.filter((name) => !panelShown(store, name));
  const [inside, underDrawing] = useInspectors();
  const zones = useOrder(
    [
      ["data", <DataZone />],
      ["network", <NetworkZone />],
      ["output", <OutputZone />],
      ["step", underDrawing],
      ["curves", <Curves />],
      ["hyperparameters", <Hyperparameters />],
      ["diagnosis", <Callout act={(found) => showNeurons(focus, found)} />],
      ["timeline", <Timeline />],
    ],
    NARROW,
  );
  return (
    <Shell name="planar" label="Neural network trainer" head={Header} hidden={hidden}>
      {zones.map(([name, part]) => (hidden.includes(name) ? null : <Fragment key={name}>{part}</Fragment>))}
      {inside}
    </Shell>
  );
}

function showNeurons(focus: Signal<Unit | null>, { neurons }: FindingTrait): Action | null {
  if (!neurons.length) return null;
  const label = neurons.length > 1 ? "Show neurons" : "Show neuron";
  return { label, replays: true, press: () => showNext(focus, neurons) };
}

/** One neuron after the other, and then none. */
function showNext(focus: Signal<Unit | null>, neurons: readonly Unit[]): void {
  const now = neurons.findIndex(([layer, unit]) => {
    const shown = focus.peek();
    return shown?.[0] === layer && shown[1] === unit;
  });
  focus.value = neurons[now + 1] ?? null;
}
