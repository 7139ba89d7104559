// Learning curves: what the loss and the accuracy were, step by step and epoch by epoch.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Curve, type CurveData, type CurveValues, makeCurve } from "../draw/curves";
import { fixed, percent, thousands } from "../draw/format";
import { EPOCH, type History, STEP } from "../model/history";
import { useView } from "./context";
import { trainLoss } from "./figures";
import { Fold } from "./fold";

/** Curves are drawn at most ten times a second: nobody reads them faster. */
const REDRAW_MS = 100;

export function Curves() {
  const { store, easel } = useView();
  const lossLabel = store.traits._choices.value.loss_label;
  const classes = useComputed(() => store.traits._data.value.class_names.length).value;
  const summary = useComputed(() => {
    const header = easel.shown.value;
    const train = trainLoss(store, header);
    const test = header ? header.test_loss : store.traits.test_loss.value;
    return `train loss ${fixed(train, 3)}${test === null ? "" : `, test loss ${fixed(test, 3)}`}`;
  });
  return (
    <Fold class="nnw-fold--curves" title="Learning curves" summary={summary}>
      <section class="nnw-curves" data-single={!classes || undefined} aria-label="Learning curves">
        <Chart title="Loss" note={lossLabel} kind="loss" text={(value) => fixed(value, 3)} />
        {classes ? <Chart title="Accuracy" note="grey: batches" kind="accuracy" text={percent} /> : null}
      </section>
    </Fold>
  );
}

interface ChartProps {
  title: string;
  note: string;
  kind: "loss" | "accuracy";
  text(value: number | null): string;
}

function Chart({ title, note, kind, text }: ChartProps) {
  const { store, easel } = useView();
  const element = useRef<HTMLDivElement>(null);
  const hovered = useSignal<CurveValues | null>(null);

  useEffect(() => {
    const place = element.current;
    if (!place) return;
    let curve: Curve | null = null;
    let drawn = -1;
    let last = Number.NEGATIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const redraw = () => {
      timer = undefined;
      delete place.dataset.due;
      const version = store.history.version.peek();
      if (!curve || version === drawn) return;
      drawn = version;
      last = performance.now();
      curve.update(curveData(store.history, kind, store.scene.peek().network.steps_per_epoch));
    };
    const resize = () => {
      const { clientWidth: width, clientHeight: height } = place;
      // A folded chart has no size.
      if (!width || !height) return;
      if (curve) curve.resize(width, height);
      else {
        const theme = easel.theme.peek();
        curve = makeCurve(place, {
          kind,
          label: `${title} over epochs`,
          theme,
          width,
          height,
          onHover: (_, values) => {
            hovered.value = values;
          },
        });
        redraw();
      }
    };
    const observer = new ResizeObserver(resize);
    observer.observe(place);
    resize();
    const stopTheme = easel.theme.subscribe((theme) => curve?.setTheme(theme));
    const stopPainting = easel.onPaint(() => {
      if (store.history.version.peek() === drawn || timer !== undefined) return;
      const wait = last + REDRAW_MS - performance.now();
      if (wait <= 0) redraw();
      else {
        timer = setTimeout(redraw, wait);
        place.dataset.due = "";
      }
    });
    return () => {
      observer.disconnect();
      stopTheme();
      stopPainting();
      clearTimeout(timer);
      curve?.destroy();
    };
  }, [store, easel, kind, title]);

  const values = hovered.value;
  return (
    <div class="nnw-chart">
      <div class="nnw-titlerow">
        <h3 class="nnw-h">{title}</h3>
        <span class="nnw-2nd nnw-s nnw-chart-note">{note}</span>
        {values ? (
          <span class="nnw-end nnw-s nnw-chart-values">
            <span class="nnw-2nd">epoch</span> {thousands(values.epoch)}
            <span class="nnw-2nd">train</span> {text(values.train)}
            {values.test === null ? null : (
              <>
                <span class="nnw-2nd">test</span> {text(values.test)}
              </>
            )}
          </span>
        ) : null}
      </div>
      <div class="nnw-chart-plot" ref={element} />
    </div>
  );
}

function curveData(
  { steps, epochs, anchors }: History,
  kind: ChartProps["kind"],
  stepsPerEpoch: number,
): CurveData {
  const accuracy = kind === "accuracy";
  return {
    stepsPerEpoch,
    anchors,
    steps: {
      step: steps.column(STEP.step),
      mean: steps.column(accuracy ? STEP.accuracy : STEP.loss),
      min: steps.column(accuracy ? STEP.accuracyMin : STEP.lossMin),
      max: steps.column(accuracy ? STEP.accuracyMax : STEP.lossMax),
    },
    epochs: {
      epoch: epochs.column(EPOCH.epoch),
      train: epochs.column(accuracy ? EPOCH.accuracy : EPOCH.loss),
      test: epochs.column(accuracy ? EPOCH.testAccuracy : EPOCH.testLoss),
    },
  };
}
