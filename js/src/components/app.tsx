import { Callout } from "./callout";
import { Curves } from "./curves";
import { DataZone } from "./data";
import { Header } from "./header";
import { Hyperparameters } from "./hyperparameters";
import { Inspectors } from "./inspectors";
import { NetworkZone } from "./network";
import { OutputZone } from "./output";

/** Data flows from left to right: the data, the network, and what the network makes of the plane. */
export function App() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class="nnw-app" role="group" aria-label="Neural network trainer">
      <Header />
      <div class="nnw-body">
        <DataZone />
        <NetworkZone />
        <OutputZone />
        <Curves />
        <Hyperparameters />
        <Callout />
        <Inspectors />
      </div>
    </div>
  );
}
