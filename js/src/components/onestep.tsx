// One step in slow motion: the next mini-batch forward, its loss, the way back and the update, at the reader's pace.
// Python makes the step on copies; while this is open, the drawing of the network and the map show where it is.

import { effect, untracked, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { thousands } from "../draw/format";
import type { LayerTrait } from "../generated/protocol";
import type { Trace } from "../model/trace";
import { Button } from "./button";
import { giveFocus } from "./focus";
import { Icon } from "./icon";
import { inputsOf } from "./inputs";
import { PanelHead } from "./panel";
import { Parts } from "./parts";
import { type Unit, usePlanar } from "./planar";
import { linesAt, lossAfter, type StepContext } from "./step-formulas";
import { StepNumbers } from "./step-numbers";
import { StepWay } from "./step-way";
import { type Stop, stopsOf, tracedLayers, type Walk } from "./walk";

const START: Unit = [0, 0];

export function OneStepPanel({ byHand }: { byHand: boolean }) {
  const { store, easel, focus, walk, opened } = usePlanar();
  const network = store.network.value;
  const data = store.data.value;
  const trace = store.trace.value;
  const row = useSignal(0);
  const chosen = useSignal<Unit>(START);
  const line = useRef<HTMLDivElement>(null);
  const found = useRef(false);
  const running = store.status.value === "running";
  /** The step on screen, if it is looked at only. */
  const past = useComputed(() => {
    const header = store.scene.value.frame?.header;
    return header?.preview ? header.step : null;
  });
  const previews = past.value !== null;
  const made = store.traits.step_count.value;
  /** The way begins anew when a step is made; it does not while the past is looked at, to compare one place of it. */
  const at = useSignal({ made, place: 0 });
  const current =
    trace &&
    !running &&
    // While the past goes by, what is there stays until the next has come.
    (previews || trace.step === made) &&
    trace.network_version === network.version &&
    trace.data_version === data.version
      ? trace
      : null;

  // What is opened far below stands under the drawing: the reader is taken there.
  useEffect(() => {
    if (byHand) line.current?.scrollIntoView?.({ block: "center" });
  }, []);
  const ready = current !== null;
  useEffect(() => {
    // Nor is the keyboard left behind, at the button that opened this or at one that is gone.
    if (!ready || (found.current ? document.activeElement !== document.body : !byHand)) return;
    found.current = true;
    giveFocus(line.current?.querySelector<HTMLElement>("[aria-current]"));
  }, [ready]);
  const close = () => {
    opened.value = opened.peek().filter((name) => name !== "step");
  };

  // Asked for anew whenever it may have changed; a run that is under way is paused to begin with
  // by whoever opens this, not by a page that has it open.
  useEffect(() => {
    if (byHand && store.status.peek() === "running") store.command({ type: "pause" });
    let asking = 0;
    const stop = effect(() => {
      for (const trait of [...Object.values(store.traits), past]) trait.value;
      untracked(() => {
        asking ||= requestAnimationFrame(() => {
          asking = 0;
          if (store.status.peek() !== "running" && store.enabled.peek()) store.askTrace();
        });
      });
    });
    return () => {
      stop();
      cancelAnimationFrame(asking);
      walk.value = null;
      easel.invalidate();
    };
  }, [store, easel, walk]);

  // The way is as long as it was while the next step is awaited: no stop takes the place of another under the pointer.
  const told = useRef<readonly LayerTrait[]>(network.layers);
  if (current) told.current = tracedLayers(current, network);
  const layers = told.current;
  const stops = useMemo(() => stopsOf(layers.length), [layers.length]);
  const place = at.value.made === made ? Math.min(at.value.place, stops.length - 1) : 0;
  const stop = stops[place] as Stop;
  const samples = current ? current.part("indices").length : 0;
  const unit: Unit = [stop.phase === "Update" ? Math.min(chosen.value[0], layers.length - 1) : stop.layer, 0];
  const units = unit[0] < 0 ? (network.layers[0]?.weight[2] ?? 1) : (layers[unit[0]]?.units ?? 1);
  unit[1] = Math.min(chosen.value[1], units - 1);
  const shown = Math.min(row.value, samples);
  const [layer, index] = unit;
  const now = useMemo<Walk | null>(
    () => current && { trace: current, stop, unit: [layer, index], row: shown },
    [current, stop, layer, index, shown],
  );
  useEffect(() => {
    walk.value = now;
    easel.invalidate();
  }, [now]);

  // A neuron that is pointed at is the one in question, if it is its layer's turn.
  const turn = useRef(stop);
  turn.current = stop;
  useEffect(
    () =>
      focus.subscribe((pointed) => {
        const { phase, layer: own } = turn.current;
        if (pointed && (phase === "Update" || pointed[0] === own)) chosen.value = pointed;
      }),
    [focus],
  );

  const go = (to: number) => {
    at.value = { made, place: Math.max(0, Math.min(stops.length - 1, to)) };
  };
  const press = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLSelectElement) return;
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const across = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!along && !across) return;
    // A table that is longer than its place is scrolled up and down.
    if (across && event.target instanceof Element && event.target.closest(".nnw-walk-table")) return;
    event.preventDefault();
    if (across) chosen.value = [layer, Math.max(0, Math.min(units - 1, index + across))];
    if (!along) return;
    go(place + along);
    const buttons = line.current?.querySelectorAll<HTMLElement>(".nnw-stop");
    if (line.current?.contains(event.target as Node)) buttons?.[at.value.place]?.focus();
  };

  const enabled = store.enabled.value && !!current;
  const inputs = inputsOf(data).map(({ label }) => label);
  const what = now && { walk: now, layers, inputs };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys of the buttons in it
    <div class="nnw-onestep" onKeyDown={press}>
      <PanelHead
        title="One step"
        note={
          current
            ? note(current, previews)
            : !store.enabled.value
              ? "no kernel is connected to make it"
              : running
                ? "pause to look at the step that comes next"
                : ""
        }
      >
        <span class="nnw-select">
          <select
            aria-label="Samples shown"
            value={shown}
            disabled={!samples}
            onChange={(event) => {
              row.value = Number(event.currentTarget.value);
            }}
          >
            <option value={0}>{current && !current.averaged ? "sum" : "mean"} of the batch</option>
            {Array.from({ length: samples }, (_, sample) => (
              <option key={sample} value={sample + 1}>
                sample {sample + 1}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
        <Button icon="close" label="Close" onClick={close} />
      </PanelHead>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend */}
      <div class="nnw-stops" ref={line} role="group" aria-label="Way through the step">
        <StepWay
          stops={stops}
          place={place}
          layers={layers}
          disabled={!enabled}
          onGo={go}
          onMake={previews ? null : () => store.command({ type: "step", unit: "batch", n: 1 })}
        />
      </div>
      <div class="nnw-walk">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long formulas must scroll by keyboard */}
        <section class="nnw-walk-text" tabIndex={0} aria-label="What happens in it" aria-live="polite">
          {what ? <Words {...what} /> : null}
        </section>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table must scroll by keyboard */}
        <section class="nnw-walk-table nnw-parameters" tabIndex={0} aria-label="Numbers of the step">
          {what ? <StepNumbers {...what} /> : null}
        </section>
      </div>
    </div>
  );
}

function note({ epoch, step, samples, part }: Trace, previews: boolean): string {
  const { length } = part("indices");
  const when = previews ? `after epoch ${thousands(epoch)}` : "not yet made";
  const cut = length < samples ? ` (${length} shown)` : "";
  return `step ${thousands(step + 1)}, ${when}: a batch of ${thousands(samples)}${cut}`;
}

/** One sentence about where the step is, and the formulas of the neuron in question. */
function Words(context: StepContext) {
  const { walk, layers } = context;
  const { stop, unit } = walk;
  const many = (layers[unit[0]]?.units ?? 1) > 1;
  const neuron = `${layers[unit[0]]?.name}${many ? `, neuron ${unit[1] + 1}` : ""}`;
  const lines = linesAt(context);
  if (!layers.length && stop.phase === "Update") lines.push(...lossAfter(walk));
  const sentence = {
    Forward: stop.layer < 0 ? "the batch, ringed on the map, goes in" : neuron,
    Loss: "how far the outputs are from the targets",
    Backward: layers.length
      ? `${neuron}: how the loss changes with its numbers`
      : "the gradient of each parameter",
    Update: layers.length
      ? `${neuron}: every parameter against its gradient`
      : "every parameter against its gradient",
  }[stop.phase];
  return (
    <>
      <p>
        <b>{stop.phase}</b> <span class="nnw-2nd">{sentence}</span>
      </p>
      <dl>
        {lines.map(({ name, parts }) => (
          <>
            <dt>{name}</dt>
            <dd>
              <Parts parts={parts} />
            </dd>
          </>
        ))}
      </dl>
    </>
  );
}
