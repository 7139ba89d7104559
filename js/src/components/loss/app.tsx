// Losses of a prediction: against p, down the chain to z, and over a batch.
import { BINARY_LOSSES, type LossName } from "../../concepts/loss";
import { fixed } from "../../draw/format";
import { three } from "../explorer/numbers";
import { Presets } from "../explorer/presets";
import { Sheet, TryThis } from "../explorer/sheet";
import { Segmented, Slider } from "../fields";
import { linearScale } from "../scales";
import { Batch } from "./batch";
import { Chain } from "./chain";
import { LossFormulas } from "./formulas";
import { Losses } from "./losses";
import { type LossState, NAMES, useLoss } from "./state";

const SCORES = linearScale([-8, 8], 0.1, (value) => fixed(value, 2));
const CHOICES = NAMES.map((name) => ({ name, label: BINARY_LOSSES[name].label }));
const TARGETS = [0, 1].map((value) => ({ name: String(value), label: String(value) }));

export function LossApp() {
  const of = useLoss();
  const { store, target, name } = of;
  return (
    <Sheet title="Losses" fact="of a prediction, and what reaches the network" class="nnw-loss">
      <div class="nnw-loss-body">
        <div>
          <div class="nnw-loss-stage">
            <Losses of={of} />
            <Chain of={of} />
          </div>
          <div class="nnw-controls">
            <Slider label="Logit z" control={store.controls.logit} scale={SCORES} />
            <div class="nnw-labelled">
              <span>Target y</span>
              <Segmented
                label="Target y"
                choices={TARGETS}
                chosen={[String(target)]}
                onChoose={(choice) => store.set({ target: Number(choice) })}
              />
            </div>
            <div class="nnw-labelled">
              <span>Loss</span>
              <Segmented
                label="Loss"
                choices={CHOICES}
                chosen={[name]}
                onChoose={(choice) => store.set({ loss_fn: choice as LossName })}
              />
            </div>
          </div>
          <div class="nnw-controls">
            <div class="nnw-labelled">
              <span>Examples</span>
              <Presets label="Examples" />
            </div>
          </div>
        </div>
        <Batch of={of} />
        <LossFormulas of={of} />
      </div>
      <Try of={of} />
    </Sheet>
  );
}

/** From here on a prediction is confident. */
const CONFIDENT = 4;

function Try({ of }: { of: LossState }) {
  const { store, z, name, side, losses, single, batch, whole } = of;
  const infinite = whole.losses.indexOf(Number.POSITIVE_INFINITY);
  if (infinite >= 0) {
    const [p, target] = batch[infinite] as [number, number];
    const away = Math.abs(p - 0.01);
    return (
      <TryThis
        lead={`Sample ${infinite + 1} is certain, and wrong: ∞.`}
        action={{
          label: `Make it ${fixed(away, 2)}`,
          press: () => store.set({ batch: batch.with(infinite, [Number(away.toFixed(2)), target]) }),
        }}
      >
        {name === "bce"
          ? "−ln 0 has no end. PyTorch takes no logarithm below −100: its mean is "
          : "Its score z is infinite, and so is its distance from the margin."}
        {name === "bce" ? <span data-n="b.clamped">{three(whole.clamped)}</span> : null}
        {name === "bce" ? "." : ""}
      </TryThis>
    );
  }
  if (name === "bce" && single.loss === 100) {
    return (
      <TryThis
        lead={`In float32, p is exactly ${single.p}.`}
        action={{
          label: `z = ${fixed(-side * CONFIDENT, 0)}`,
          press: () => store.set({ logit: -side * CONFIDENT }),
        }}
      >
        BCELoss then gives 100, with no gradient to go by. BCEWithLogitsLoss takes z: {three(losses.bce.loss)}
        .
      </TryThis>
    );
  }
  const ratio = losses.bce.byZ / losses.mse.byZ;
  if (side * z <= -CONFIDENT + 1) {
    const other = name === "bce" ? "mse" : "bce";
    return (
      <TryThis
        lead={`Wrong: ${three(losses.bce.byZ)} against ${three(losses.mse.byZ)}.`}
        action={{
          label: other === "bce" ? "Cross-entropy" : "Squared error",
          press: () => store.set({ loss_fn: other }),
        }}
      >
        The sigmoid is flat here: squared error pulls{" "}
        {ratio < 1e4 ? `${fixed(ratio, 0)} times less than cross-entropy` : "next to nothing"}.
      </TryThis>
    );
  }
  const wrong = -side * 6;
  const [far, near] = [BINARY_LOSSES.bce, BINARY_LOSSES.mse].map(({ byLogit }) => byLogit(wrong, of.target));
  return (
    <TryThis lead="Try this:" action={{ label: "Make it wrong", press: () => store.set({ logit: wrong }) }}>
      be confident and wrong, z = {fixed(wrong, 0)}. Squared error then pulls with {three(near as number)},
      cross-entropy with {three(far as number)}.
    </TryThis>
  );
}
