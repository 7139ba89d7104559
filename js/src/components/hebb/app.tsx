// Hebb's rule: patterns are presented, connections grow, and a damaged pattern comes back.
import { fixed } from "../../draw/format";
import type { HebbSettings } from "../../generated/protocol";
import { Presets } from "../explorer/presets";
import { Sheet } from "../explorer/sheet";
import { Segmented, Slider } from "../fields";
import { linearScale } from "../scales";
import { HebbFormulas } from "./formulas";
import { type HebbState, useHebb } from "./hook";
import { Learning } from "./learning";
import { Recalling } from "./recalling";
import { Try } from "./try";

export function HebbApp() {
  const of = useHebb();
  return (
    <Sheet title="Hebb’s rule" fact="cells that fire together wire together" class="nnw-hebb">
      <div class="nnw-hebb-presets">
        <Presets />
      </div>
      <div class="nnw-hebb-stage">
        <Learning of={of} />
        <Controls of={of} />
        <Recalling of={of} />
      </div>
      <HebbFormulas of={of} />
      <Try of={of} />
    </Sheet>
  );
}

const SHARE = linearScale([0, 1], 0.01, (value) => fixed(value, 2));
const SILENT = [
  { name: "-1", label: "−1" },
  { name: "0", label: "0" },
];
const UPDATES = [
  { name: "asynchronous", label: "one by one" },
  { name: "synchronous", label: "all at once" },
];

function Controls({ of: { store, settings } }: { of: HebbState }) {
  return (
    <div class="nnw-controls nnw-hebb-controls">
      <Slider label="Learning rate η" control={store.controls.rate} scale={SHARE} />
      <Slider label="Decay λ" control={store.controls.decay} scale={SHARE} />
      <div class="nnw-labelled">
        <span>A silent cell counts as</span>
        <Segmented
          label="A silent cell counts as"
          choices={SILENT}
          chosen={[String(settings.silent)]}
          onChoose={(name) => store.set({ silent: Number(name) as HebbSettings["silent"] })}
        />
      </div>
      <div class="nnw-labelled">
        <span>Recall</span>
        <Segmented
          label="Recall"
          choices={UPDATES}
          chosen={[settings.update]}
          onChoose={(name) => store.set({ update: name as HebbSettings["update"], steps: null })}
        />
      </div>
    </div>
  );
}
