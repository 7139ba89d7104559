// The six networks trained side by side: what starts and stops them, and their losses on one scale.
import { Button } from "../button";
import type { Training } from "./arrays";
import type { Shown } from "./state";

/** The loss of a network that knows nothing of two classes. */
const CHANCE = Math.LN2;
const HIGHEST = 1.6 * CHANCE;
const [WIDE, HIGH] = [100, 40];

/** From the start to the last epoch that is planned: the same scale for all six. */
export function LossCurve({ training, scheme }: { training: Training | null; scheme: number }) {
  const losses = training?.losses(scheme) ?? new Float64Array();
  const epochs = Math.max(1, training?.epochs ?? 1, losses.length - 1);
  const y = (loss: number) => HIGH - 1 - (Math.min(loss, HIGHEST) / HIGHEST) * (HIGH - 2);
  let path = "";
  losses.forEach((loss, epoch) => {
    if (Number.isNaN(loss)) return;
    path += `${path ? "L" : "M"}${((epoch / epochs) * WIDE).toFixed(1)} ${y(loss).toFixed(1)}`;
  });
  return (
    <svg class="nnw-init-loss" viewBox={`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="nnw-grid" d={`M0 ${HIGH - 0.5}H${WIDE}`} vector-effect="non-scaling-stroke" />
      <path class="nnw-init-chance" d={`M0 ${y(CHANCE)}H${WIDE}`} vector-effect="non-scaling-stroke" />
      <path class="nnw-init-spark-line" d={path} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

export function Transport({ shown: { store, training, there, stale } }: { shown: Shown }) {
  const status = training?.status ?? "ready";
  const running = status === "running";
  const epoch = training?.epoch ?? 0;
  // Before there is a plan it is the setting's.
  const planned =
    running || status === "paused" ? (training?.epochs ?? 0) : epoch || store.settings.epochs.value;
  const words = {
    ready: "Train all six",
    running: "Pause",
    paused: "Go on",
    done: "Train on",
    error: "Try again",
  };
  return (
    <div class="nnw-init-transport">
      <Button
        icon="reset"
        label="Back to the first weights"
        disabled={!there || (!epoch && !running)}
        onClick={() => store.kernel.tell({ type: "reset_training" })}
      />
      <Button
        class="nnw-btn nnw-btn--icon nnw-roll"
        icon={running ? "pause" : "play"}
        label={running ? "Pause" : "Train all six"}
        disabled={!there || stale}
        onClick={() => store.kernel.tell({ type: running ? "pause" : "train" })}
      />
      <span class="nnw-init-action">{words[status]}</span>
      <span class="nnw-init-epoch">
        <span class="nnw-2nd">epoch</span> <b data-n="epoch">{epoch}</b>
        <span class="nnw-2nd">
          {" "}
          of <span data-n="epochs">{planned}</span>
        </span>
      </span>
    </div>
  );
}
