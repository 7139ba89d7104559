// Initialisation: six networks that differ in nothing but their first weights, what goes through them, who learns.
import { useEffect } from "preact/hooks";
import { ACTIVATIONS } from "../../concepts/functions";
import type { InitializationSettings } from "../../generated/protocol";
import { Presets } from "../explorer/presets";
import { Sheet, TryThis } from "../explorer/sheet";
import { Segmented } from "../fields";
import { Cards } from "./cards";
import { Controls } from "./controls";
import { PropagationFormulas } from "./formulas";
import { hintOf } from "./hints";
import { Lens, Numbers } from "./lens";
import { Stage } from "./stage";
import { type Shown, shownOf, useInitialization } from "./state";
import { Transport } from "./training";

export function InitializationApp() {
  const found = useInitialization();
  useEffect(() => found.store.kernel.watch(), []);
  const shown = shownOf(found);
  const { store } = found;
  // Without Python only what is looked at can change.
  const lookAgain = () => {
    const { initialiser, layer } = store.about.first as InitializationSettings;
    store.set({ initialiser, layer });
  };
  const hint = shown && hintOf(shown);
  return (
    <Sheet
      title="Initialisation"
      class="nnw-init-sheet"
      reset={store.answered(store.about.first) ? undefined : lookAgain}
      fact={
        shown
          ? factOf(shown)
          : found.there
            ? "measuring…"
            : "nothing was measured; the kernel is needed for it"
      }
    >
      <div
        class="nnw-init"
        data-stale={shown?.stale || undefined}
        data-settled={String(Boolean(shown && !shown.stale))}
        data-alone={!found.there || undefined}
      >
        <div class="nnw-init-head">
          <h4 class="nnw-h">First weights</h4>
          <CardLegend />
          {shown ? <Transport shown={shown} /> : null}
        </div>
        {shown ? <Cards shown={shown} /> : <div class="nnw-init-wait nnw-init-wait--cards" />}
        <div class="nnw-init-head nnw-init-head--signals">
          <h4 class="nnw-h">Signals{shown ? ` of ${shown.label}` : ""}</h4>
          <span class="nnw-2nd nnw-s">{shown ? momentOf(shown) : ""}</span>
          <Segmented
            label="Weights"
            choices={MOMENTS}
            chosen={[found.training?.epoch ? found.settings.moment : "start"]}
            onChoose={(moment) => found.store.set({ moment })}
            disabled={!found.there || !found.training?.epoch}
          />
        </div>
        {shown ? (
          <div class="nnw-init-stage">
            <Stage shown={shown} />
            <div class="nnw-init-side">
              <Lens shown={shown} />
              <Numbers shown={shown} />
            </div>
          </div>
        ) : (
          <div class="nnw-init-wait nnw-init-wait--stage" />
        )}
        <Controls found={found} />
        <div class="nnw-init-presets nnw-labelled">
          <span>Presets</span>
          <Presets asks />
        </div>
        {shown ? <PropagationFormulas shown={shown} /> : null}
      </div>
      <TryThis lead={hint?.lead ?? "Try this:"} action={hint?.action ?? null}>
        {hint?.text}
      </TryThis>
    </Sheet>
  );
}

const MOMENTS = [
  { name: "start", label: "first weights" },
  { name: "now", label: "as trained" },
];

const momentOf = ({ measured: { epoch } }: Shown) =>
  epoch ? `as trained for ${epoch} epoch${epoch > 1 ? "s" : ""}` : "before training";

function factOf({ measured, hidden, activation, stale, there }: Shown): string {
  if (!there) return "as it was measured; the kernel is needed to change it";
  if (stale) return "measuring…";
  const label = ACTIVATIONS[activation]?.label ?? activation;
  return `${hidden} hidden layers of ${measured.width} ${label} neurons, ${measured.points.length / 3} samples of ${measured.settings.dataset}`;
}

const CardLegend = () => (
  <span class="nnw-init-cardlegend nnw-2nd nnw-s">
    variance through the layers:
    <svg width="20" height="8" aria-hidden="true">
      <path class="nnw-init-spark-line" d="M0 4h20" />
    </svg>
    activations →
    <svg width="20" height="8" aria-hidden="true">
      <path class="nnw-init-spark-back" d="M0 4h20" />
    </svg>
    ← gradients
  </span>
);
