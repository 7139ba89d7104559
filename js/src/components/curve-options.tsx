// How curves are drawn, and the rows behind them as a file: a panel over the chart, behind three dots.
import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { useView } from "./context";
import type { CurveControls } from "./curve-view";
import { useOutside } from "./features";
import { Segmented } from "./fields";
import { Icon } from "./icon";

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
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLElement>(null);
  const id = useId();
  const close = () => {
    open.value = false;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open.peek()) return;
    // Else the key would also take the focus away.
    event.stopPropagation();
    close();
    button.current?.focus();
  };
  useOutside(open.value, [button, panel], close);
  useLayoutEffect(() => {
    if (open.value)
      panel.current?.querySelector<HTMLElement>("input:checked")?.focus({ preventScroll: true });
  }, [open.value]);
  const save = (per: "epoch" | "step") =>
    store.exportCurves(per, (text) => download(`${store.traits._data.peek().name}-${per}s.csv`, text));
  return (
    <>
      <button
        ref={button}
        type="button"
        class="nnw-chart-tool"
        aria-label="Curve options"
        title="Curve options"
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.value;
        }}
        onKeyDown={onKeyDown}
      >
        <Icon name="more" />
      </button>
      {open.value ? (
        <section
          ref={panel}
          id={id}
          class="nnw-curve-options"
          aria-label="Curve options"
          tabIndex={-1}
          onKeyDown={onKeyDown}
        >
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
              <button
                key={name}
                type="button"
                class="nnw-btn nnw-btn--line"
                aria-label={`Download CSV per ${label}`}
                disabled={!store.enabled.value}
                onClick={() => save(name as "epoch" | "step")}
              >
                {label}
              </button>
            ))}
          </span>
        </section>
      ) : null}
    </>
  );
}

/** Gives the reader a text as a file. */
function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
