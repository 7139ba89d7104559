// Error against the number of neurons: networks of 1 to 64 of them, trained side by side, and the present one among them.
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { fixed, significant, thousands } from "../../draw/format";
import { median } from "../../draw/sweep-scale";
import type { Sweep } from "../../model/function-store";
import { Button } from "../button";
import { useDerived } from "../context";
import { TitleRow } from "../panel";
import { Only } from "../shown";
import { rmse } from "./picture";
import { SweepPlot } from "./sweep-plot";
import { useFunctions } from "./view";

const errorText = (error: number | null) => significant(error, 2);

export function SweepZone() {
  const { store } = useFunctions();
  const sweep = store.sweep.value;
  const running = sweep?.status === "running";
  const pointed = useSignal<number | null>(null);
  return (
    <section class="nnw-sweep" aria-label="Error against neurons">
      <TitleRow title="Error against neurons">
        <Only control="sweep">
          <Button
            class="nnw-btn nnw-btn--line nnw-end"
            icon={running ? "stop" : "play"}
            disabled={!store.enabled.value}
            onClick={() => store.compare({ type: running ? "stop_sweep" : "sweep" })}
          >
            {running ? "Stop" : "Train 1 … 64"}
          </Button>
        </Only>
      </TitleRow>
      <div class="nnw-sweep-state">
        <State sweep={sweep} pointed={pointed} />
      </div>
      <Progress sweep={sweep} />
      <SweepPlot sweep={sweep} pointed={pointed} />
      <Legend sweep={sweep} />
    </section>
  );
}

/** In a few words: how far it is, or what has come of it. */
function stateOf({ status, message, done, epochs, errors, stale }: Sweep): string {
  const at = `${thousands(done)} of ${thousands(epochs)} epochs`;
  if (status === "running") return message || `training, ${at}`;
  if (status === "error") return message;
  const until = status === "stopped" ? `stopped after ${at}` : `after ${thousands(epochs)} epochs`;
  return stale ? `${until}; of other data or settings` : `${until}, ${errors[0]?.length ?? 0} seeds each`;
}

function State({ sweep, pointed }: { sweep: Sweep | null; pointed: ReadonlySignal<number | null> }) {
  const index = pointed.value;
  if (sweep && index !== null && index < sweep.neurons.length) {
    const neurons = sweep.neurons[index] as number;
    const errors = sweep.errors[index] ?? [];
    return (
      <>
        {neurons} {neurons === 1 ? "neuron" : "neurons"}: <b>{errorText(median(errors))}</b> (
        {errors.map(errorText).join(", ")})
      </>
    );
  }
  if (!sweep) return <>networks of 1 to 64 neurons, side by side</>;
  const kind = sweep.status === "error" ? "nnw-wrong" : sweep.stale ? "nnw-stale" : "";
  return (
    <span class={kind} role={sweep.status === "error" ? "alert" : undefined} title={stateOf(sweep)}>
      {stateOf(sweep)}
    </span>
  );
}

function Progress({ sweep }: { sweep: Sweep | null }) {
  const share = sweep?.epochs ? Math.min(1, sweep.done / sweep.epochs) : 0;
  const running = sweep?.status === "running";
  return (
    <div
      class="nnw-sweep-progress"
      role="progressbar"
      aria-label="Networks of 1 to 64 neurons"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(100 * share)}
      data-running={running || undefined}
    >
      <i style={{ width: `${100 * share}%` }} />
    </div>
  );
}

function Legend({ sweep }: { sweep: Sweep | null }) {
  const { store } = useFunctions();
  const own = useDerived(() => rmse(store.scene.value), [store]).value;
  return (
    <div class="nnw-sweep-legend">
      <span data-off={sweep ? undefined : true}>
        <svg width="10" height="10" aria-hidden="true">
          <circle cx="5" cy="5" r="2.5" fill="var(--nnw-ink-3)" />
        </svg>
        one seed
      </span>
      <span data-off={sweep ? undefined : true}>
        <svg width="22" height="10" aria-hidden="true">
          <path d="M0 5h22" stroke="var(--nnw-ink)" stroke-width="1.75" />
          <circle cx="11" cy="5" r="3" fill="var(--nnw-ink)" />
        </svg>
        median
      </span>
      <span class="nnw-end">
        <svg width="14" height="14" aria-hidden="true">
          <circle cx="7" cy="7" r="5" fill="var(--nnw-bg)" stroke="var(--nnw-accent)" stroke-width="2.5" />
        </svg>
        this network <b data-n="own-error">{fixed(own, 3)}</b>
      </span>
    </div>
  );
}
