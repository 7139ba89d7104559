// How curves are drawn, and the rows behind them as a file: a panel over the chart, behind three dots.
import { Button } from "./button";
import { useView } from "./context";
import type { CurveControls } from "./curve-view";
import { download } from "./download";
import { Segmented } from "./fields";
import { useDoor } from "./overlay";

const PER = [
  { name: "epoch", label: "epoch" },
  { name: "step", label: "step" },
];
/** What a value still counts for one epoch later. */
const SMOOTHINGS = [0, 0.6, 0.9, 0.97].map((weight) => ({
  name: String(weight),
  label: weight ? String(weight) : "off",
}));

export function CurveOptions({ controls }: { controls: CurveControls }) {
  const { store } = useView();
  const { isOpen, button, panel } = useDoor("input:checked");
  const save = (per: "epoch" | "step") =>
    store.exportCurves(per, (text) => download(`${store.data.peek().name}-${per}s.csv`, text, "text/csv"));
  return (
    <>
      <Button class="nnw-chart-tool" icon="more" label="Curve options" {...button} />
      {isOpen ? (
        <section class="nnw-curve-options" aria-label="Curve options" tabIndex={-1} {...panel}>
          <span class="nnw-label">Train per</span>
          <Segmented
            label="Train per"
            choices={PER}
            chosen={[controls.steps.value ? "step" : "epoch"]}
            onChoose={(name) => {
              controls.steps.value = name === "step";
            }}
          />
          <span class="nnw-label">Smoothing</span>
          <Segmented
            label="Smoothing"
            choices={SMOOTHINGS}
            chosen={[String(controls.smoothing.value)]}
            onChoose={(name) => {
              controls.smoothing.value = Number(name);
            }}
          />
          <span class="nnw-hint nnw-s nnw-2nd">moving average, weight kept per epoch</span>
          <span class="nnw-label">CSV per</span>
          <span class="nnw-inline">
            {PER.map(({ name, label }) => (
              <Button
                key={name}
                kind="line"
                label={`Download CSV per ${label}`}
                disabled={!store.enabled.value}
                onClick={() => save(name as "epoch" | "step")}
              >
                {label}
              </Button>
            ))}
          </span>
        </section>
      ) : null}
    </>
  );
}
