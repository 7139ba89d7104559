// Learning curves: what the loss and the accuracy were, step by step and epoch by epoch, beside those of other runs.
import { type ReadonlySignal, useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { fixed, percent } from "../draw/format";
import { Button } from "./button";
import { Chart, type Extend } from "./chart";
import { useView } from "./context";
import { CurveLegend } from "./curve-legend";
import { CurveOptions } from "./curve-options";
import { type CurveControls, createCurveControls } from "./curve-view";
import { trainLoss } from "./figures";
import { Fold } from "./fold";
import { useHandover } from "./handover";
import { Only } from "./shown";

interface CurvesProps {
  planned?: ReadonlySignal<number | null>;
  extend?: Extend;
  /** What a point of the train line is. */
  note?: string;
}

export function Curves({ planned, extend, note = "" }: CurvesProps) {
  const { store, easel } = useView();
  const controls = useMemo(() => createCurveControls(store, planned), [store, planned]);
  const lossLabel = store.traits._choices.value.loss_label;
  const classes = useComputed(() => store.data.value.class_names.length).value;
  const summary = useComputed(() => {
    const header = easel.shown.value;
    const train = trainLoss(store, header);
    const test = header ? header.test_loss : store.traits.test_loss.value;
    return `train loss ${fixed(train, 3)}${test === null ? "" : `, test loss ${fixed(test, 3)}`}`;
  });
  const started = useComputed(() => (easel.shown.value?.step ?? store.traits.step_count.value) > 0).value;
  const tools = (
    <>
      <Only control="pin">
        <Button
          class="nnw-chart-tool"
          icon="pin"
          label="Pin this run"
          title="Pin this run, to compare the next one with it"
          disabled={!store.enabled.value || !started}
          onClick={() => store.command({ type: "pin", name: null })}
        />
      </Only>
      <CurveOptions controls={controls} />
    </>
  );
  return (
    <Fold class="nnw-fold--curves" title="Learning curves" summary={summary}>
      <section class="nnw-curves" data-single={!classes || undefined} aria-label="Learning curves">
        <Chart
          title="Loss"
          note={lossLabel + note}
          kind="loss"
          controls={controls}
          text={(value) => fixed(value, 3)}
          extend={extend}
        >
          {controls.zoom.value ? <WholeRun controls={controls} /> : null}
          <Button
            class="nnw-chart-tool nnw-s"
            aria-label="Log loss axis"
            aria-pressed={controls.log.value}
            onClick={() => {
              controls.log.value = !controls.log.peek();
            }}
          >
            log
          </Button>
          {classes ? null : tools}
        </Chart>
        {classes ? (
          <Chart
            title="Accuracy"
            note="grey: batches"
            kind="accuracy"
            controls={controls}
            text={percent}
            extend={extend}
          >
            {tools}
          </Chart>
        ) : null}
        <CurveLegend controls={controls} />
      </section>
    </Fold>
  );
}

function WholeRun({ controls }: { controls: CurveControls }) {
  const button = useHandover<HTMLButtonElement>((leaving) => leaving.nextElementSibling as HTMLElement);
  return (
    <Button
      ref={button}
      class="nnw-chart-tool nnw-s"
      onClick={() => {
        controls.zoom.value = null;
      }}
    >
      whole run
    </Button>
  );
}
