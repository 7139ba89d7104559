// A batch: each sample on the curve of its target, the mean of their losses, and what each has in its gradient.
import { BINARY_LOSSES, type LossName, logit } from "../../concepts/loss";
import { fixed } from "../../draw/format";
import { Button } from "../button";
import { Handle } from "../explorer/handle";
import { signClass, three } from "../explorer/numbers";
import { clamp, curve, Label, linear, Scene, ticksAt, XAxis, YAxis } from "../explorer/scene";
import { Stepper } from "../fields";
import type { LossState } from "./state";

const HEIGHT = 196;
const TOP = 28;
const LEFT = 24;
const STEP = 0.01;
const MOST = 8;
const ADDED: readonly [number, number] = [0.5, 1];

const HIGHEST: Readonly<Record<LossName, number>> = { bce: 4, mse: 1, hinge: 4 };

export function Batch({ of }: { of: LossState }) {
  const { store, batch } = of;
  const step = (change: 1 | -1) =>
    store.set({ batch: change > 0 ? [...batch, [...ADDED]] : batch.slice(0, -1) });
  return (
    <section class="nnw-loss-batch" aria-label="Batch">
      <Plot of={of} />
      <div>
        <Stepper
          value={batch.length}
          range={[1, MOST]}
          less="One sample less"
          more="One more sample"
          onStep={step}
        >
          <span class="nnw-step-name">Samples</span>
        </Stepper>
        <Table of={of} />
      </div>
    </section>
  );
}

function Plot({ of }: { of: LossState }) {
  const { store, batch, name, whole } = of;
  const top = HIGHEST[name];
  const change = (index: number, p: number) =>
    store.set({ batch: batch.with(index, [Number(clamp(p, [0, 1]).toFixed(3)), batch[index]?.[1] ?? 0]) });
  const isBeyond = whole.mean > top;
  return (
    <Scene height={HEIGHT} label="The losses of a batch">
      {(width, id) => {
        const x = linear([0, 1], [LEFT, width - 10]);
        const y = linear([0, top], [HEIGHT - 28, TOP]);
        const mean = y(Math.min(whole.mean, top));
        return (
          <>
            <clipPath id={id}>
              <path d={`M${LEFT - 2} ${TOP - 2}H${width - 6}V${y(0) + 2}H${LEFT - 2}Z`} />
            </clipPath>
            <Label x={LEFT} y={14} class="nnw-2nd">
              Batch: each sample on the curve of its target
            </Label>
            <YAxis scale={y} at={LEFT} grid={width - 10} ticks={ticksAt([0, top / 2, top])} />
            <XAxis scale={x} at={y(0)} ticks={ticksAt([0, 0.25, 0.5, 0.75, 1])} />
            <text class="nnw-xs nnw-i" x={x(0.625)} y={y(0) + 16} text-anchor="middle">
              p
            </text>
            <g clip-path={`url(#${id})`}>
              {[0, 1].map((target) => (
                <path
                  key={target}
                  class={`nnw-loss-class nnw-loss-class--${target}`}
                  d={curve((p) => Math.min(BINARY_LOSSES[name].value(logit(p), target), 1e3), x, y)}
                />
              ))}
            </g>
            <path class="nnw-loss-mean" d={`M${LEFT} ${mean}H${width - 10}`} />
            <text class="nnw-halo" x={width - 12} y={clamp(mean - 5, [TOP + 14, y(0)])} text-anchor="end">
              mean{" "}
              <tspan class="nnw-b" data-n="b.mean">
                {three(whole.mean)}
              </tspan>
              {isBeyond ? " (above)" : ""}
            </text>
            {batch.map(([p, target], index) => (
              <Handle
                key={index}
                kind="none"
                radius={5}
                label={`Prediction of sample ${index + 1}`}
                x={x(p)}
                y={y(Math.min(whole.losses[index] as number, top))}
                value={p}
                text={`${fixed(p, 2)} for the target ${target}, loss ${three(whole.losses[index] as number)}`}
                range={[0, 1]}
                cursor="ew-resize"
                onMove={(spot) => change(index, Number(x.invert(spot.x).toFixed(2)))}
                onStep={(right, up) => change(index, p + (right || up) * STEP)}
                onEnd={(end) => change(index, end === "low" ? 0 : 1)}
              >
                {target ? (
                  <circle class="nnw-loss-sample nnw-loss-sample--1" r="6" />
                ) : (
                  <path class="nnw-loss-sample nnw-loss-sample--0" d="M-5.5 -5.5h11v11h-11Z" />
                )}
              </Handle>
            ))}
          </>
        );
      }}
    </Scene>
  );
}

function Table({ of }: { of: LossState }) {
  const { store, batch, whole } = of;
  const turn = (index: number) => {
    const [p, target] = batch[index] as [number, number];
    store.set({ batch: batch.with(index, [p, 1 - target]) });
  };
  const digits = batch.every(([p]) => Math.abs(100 * p - Math.round(100 * p)) < 1e-9) ? 2 : 3;
  return (
    <table class="nnw-rows">
      <thead>
        <tr>
          <th scope="col">
            <i>p</i>
          </th>
          <th scope="col">
            target <i>y</i>
          </th>
          <th scope="col">
            loss <i>L</i>
          </th>
          <th scope="col">
            ∂mean/∂<i>z</i>
          </th>
        </tr>
      </thead>
      <tbody>
        {batch.map(([p, target], index) => {
          const slope = whole.gradient[index] as number;
          return (
            <tr key={index}>
              <td data-n={`b.p.${index}`}>{fixed(p, digits)}</td>
              <td>
                <Button
                  class={`nnw-loss-target nnw-loss-target--${target}`}
                  aria-label={`Target of sample ${index + 1}: ${target}, change`}
                  onClick={() => turn(index)}
                >
                  {target ? "●" : "■"} {target}
                </Button>
              </td>
              <td data-n={`b.L.${index}`}>{three(whole.losses[index] as number)}</td>
              <td class={signClass(slope)} data-n={`b.g.${index}`}>
                {three(slope)}
              </td>
            </tr>
          );
        })}
        <tr class="nnw-loss-sum">
          <th scope="row" colSpan={2}>
            mean, sum
          </th>
          <td data-n="b.mean">{three(whole.mean)}</td>
          <td class={signClass(whole.total)} data-n="b.total">
            {three(whole.total)}
          </td>
        </tr>
      </tbody>
    </table>
  );
}
