// Gradient descent: the surface with the race on it, the race in numbers, and the next step written out.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Sheet, TryThis } from "../explorer/sheet";
import { Controls } from "./controls";
import { DescentFormulas } from "./formulas";
import { hintOf } from "./hints";
import { Map2D } from "./map";
import { Curve1D } from "./slope";
import { useDescent } from "./state";
import { Race } from "./table";
import { Surfaces } from "./thumbs";
import { LOSSES } from "./written";

/** From the first step to the last, in seconds. */
const LASTS = 8;
const SLOWEST = 8; // steps a second
/** Python hears where the ball is so often while it rolls. */
const TOLD_MS = 300;
/** Where motion is not wanted, it goes in so many jumps. */
const JUMPS = 6;

const wantsNoMotion = () => Boolean(globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches);

export function DescentApp() {
  const playing = useSignal<number | null>(null);
  const descent = useDescent(playing);
  const { store, own, surface, dimensions, steps } = descent;
  const timer = useRef(0);

  const stop = () => {
    clearInterval(timer.current);
    const at = playing.peek();
    if (at === null) return;
    playing.value = null;
    store.set({ step: at });
  };
  const play = () => {
    if (playing.peek() !== null) return stop();
    const from = descent.step >= steps ? 0 : descent.step;
    playing.value = from;
    const jumps = wantsNoMotion();
    const perSecond = Math.max(SLOWEST, steps / LASTS);
    const began = performance.now();
    let told = began;
    timer.current = setInterval(
      () => {
        const now = performance.now();
        const last = store.settings.steps.peek();
        const gone = jumps
          ? (playing.peek() ?? 0) + Math.ceil(last / JUMPS)
          : from + Math.floor(((now - began) / 1000) * perSecond);
        playing.value = Math.min(gone, last);
        if (gone >= last) stop();
        else if (now - told > TOLD_MS) {
          told = now;
          store.set({ step: gone });
        }
      },
      jumps ? 1000 : 1000 / Math.min(perSecond, 60),
    ) as unknown as number;
  };
  const still = () => {
    clearInterval(timer.current);
    playing.value = null;
  };
  const go = (step: number) => {
    still();
    store.set({ step });
  };
  // Another surface is another race.
  useLayoutEffect(() => still, [descent.name]);

  const hint = hintOf(descent);
  const written = LOSSES[descent.name];
  return (
    <Sheet
      title="Gradient descent"
      fact={own ? own.fact : `five optimizers, one ${dimensions === 1 ? "curve" : "surface"}, one start`}
    >
      <div class="nnw-descent">
        <section class="nnw-descent-stage" aria-label="Surface">
          <div class="nnw-descent-head">
            <h4 class="nnw-h">Loss</h4>
            <span class="nnw-2nd">
              {written?.map((part, index) => <math key={index}>{part}</math>) ??
                (own ? `${own.note}, smooth in between` : surface.label)}
            </span>
          </div>
          {dimensions === 1 ? <Curve1D descent={descent} /> : <Map2D descent={descent} />}
          <Surfaces descent={descent} />
        </section>
        <section class="nnw-descent-race" aria-label="Race">
          <Race descent={descent} go={go} />
          <Controls descent={descent} playing={playing} play={play} go={go} />
        </section>
      </div>
      <DescentFormulas descent={descent} />
      <TryThis lead={hint.lead} action={hint.action}>
        {hint.text}
      </TryThis>
    </Sheet>
  );
}
