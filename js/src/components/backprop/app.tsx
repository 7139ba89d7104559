// Backpropagation: one pass of a network, forward and back, a number at a time.
import { computed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { plainControl } from "../../model/controls";
import { Sheet, TryThis } from "../explorer/sheet";
import { type Shortcuts, useShortcuts } from "../explorer/shortcuts";
import { useExplorer } from "../explorer/view";
import { Segmented, Select } from "../fields";
import { Icon } from "../icon";
import { KeySheet } from "../key-sheet";
import type { Entry } from "../menu";
import { Controls } from "./controls";
import { Quantities } from "./formulas";
import { Header } from "./header";
import { hintOf } from "./hints";
import { Magnitudes } from "./magnitudes";
import { Parameters } from "./parameters";
import { LEVELS, type Level } from "./pass";
import { SPEEDS, useWalk, type Walk } from "./play";
import { Stage } from "./stage";
import { type Backprop, reset, type Shown, shownOf, useBackprop } from "./state";
import { StepLine } from "./stepline";
import { PHASE_NAMES } from "./stops";
import { targetText } from "./texts";
import { sentenceOf } from "./words";

export function BackpropApp() {
  const found = useBackprop();
  const { store, there } = found;
  const { presentation } = useExplorer();
  const shown = shownOf(found);
  const walk = useWalk(shown, store.refused.value);
  useEffect(() => store.kernel.watch(), []);
  const place = useKeys(found, shown, walk);
  const stale = there && (!shown || shown.stale || Boolean(walk?.isWaiting));
  const busy = useLong(stale);
  const hint = shown && hintOf(shown);
  return (
    <Sheet
      title="Backpropagation"
      class="nnw-app--backprop"
      head={(tools) => <Header found={found} shown={shown} walk={walk} busy={busy} tools={tools} />}
      menu={(entry) => menuOf(walk, presentation.help, entry)}
    >
      <div
        ref={place}
        class="nnw-bp"
        data-stale={busy || undefined}
        data-settled={String(Boolean(shown) && !stale)}
        data-alone={!there || undefined}
      >
        <Trouble text={found.trouble} />
        {shown && walk ? (
          <>
            <Title shown={shown} walk={walk} />
            <Stage shown={shown} />
            <StepLine shown={shown} walk={walk} />
          </>
        ) : (
          <div class="nnw-bp-wait nnw-2nd">
            {there ? "recording a pass…" : "no pass was recorded; the kernel is needed for it"}
          </div>
        )}
        <TryThis lead={hint?.lead ?? "Try this:"} action={hint?.action ?? null}>
          {hint?.text}
        </TryThis>
        {shown ? (
          <div class="nnw-bp-low">
            <Quantities shown={shown} />
            <Parameters shown={shown} />
            <Magnitudes shown={shown} />
          </div>
        ) : null}
        <Controls found={found} />
      </div>
      {presentation.help.value ? <KeySheet keys={KEYS} presentation={presentation} /> : null}
    </Sheet>
  );
}

/** What could not be recorded, and why; what is shown is what was there before. */
const Trouble = ({ text }: { text: string }) => (
  <div role="alert">
    {text ? (
      <div class="nnw-diag nnw-diag--error nnw-bp-trouble">
        <Icon name="warn" />
        <div class="nnw-diag-text">
          <p>
            <b>Not recorded:</b> {text}
          </p>
        </div>
      </div>
    ) : null}
  </div>
);

const LEVEL_WORDS: Record<Level, string> = { layer: "layers", node: "nodes", operation: "operations" };

function Title({ shown, walk }: { shown: Shown; walk: Walk }) {
  const { pass, step, level, setDetail } = shown;
  return (
    <div class="nnw-bp-title">
      <h3 class="nnw-h">{PHASE_NAMES[step.phase]}</h3>
      <p class="nnw-2nd nnw-s" role="status" aria-live={walk.isSpoken ? "polite" : "off"}>
        {sentenceOf(shown)}
      </p>
      <Sample shown={shown} />
      <Segmented
        label="Detail"
        choices={LEVELS.filter((each) => pass.steps(each).length).map((name) => ({
          name,
          label: LEVEL_WORDS[name],
        }))}
        chosen={[level]}
        onChoose={(name) => setDetail(name as Level)}
      />
    </div>
  );
}

/** Whose numbers are shown, and what should come out. */
function Sample({ shown }: { shown: Shown }) {
  const { pass, sample, store } = shown;
  const control = useMemo(
    () =>
      plainControl(
        computed(() => String(Math.min(store.settings.sample.value, pass.shown))),
        (name) => store.set({ sample: Number(name) }),
      ),
    [store, pass.shown],
  );
  const target = pass.target(sample);
  const text = target.length === 1 ? targetText(target[0] as number) : "";
  const only = pass.shown < pass.batch ? `, of which ${pass.shown} are shown` : "";
  return (
    <span class="nnw-bp-sample nnw-2nd nnw-s">
      {pass.shown > 1 ? (
        <Select
          quiet
          label={`Sample, of ${pass.batch}${only}`}
          control={control}
          choices={Array.from({ length: pass.shown }, (_, at) => ({
            name: String(at + 1),
            label: `sample ${at + 1} of ${pass.batch}`,
          }))}
        />
      ) : (
        "one sample"
      )}
      {text ? (
        <span>
          {pass.shown > 1 ? "" : ", "}
          <var>y</var> = {text}
        </span>
      ) : null}
    </span>
  );
}

function menuOf(walk: Walk | null, help: { value: boolean }, entry: Entry) {
  return (
    <>
      {walk ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
        <div role="group" aria-label="Speed">
          <div class="nnw-menu-head nnw-2nd nnw-s" aria-hidden="true">
            Play
          </div>
          {SPEEDS.map((speed) =>
            entry(
              speed,
              () => {
                walk.speed.value = speed;
              },
              false,
              walk.speed.value === speed,
            ),
          )}
        </div>
      ) : null}
      <hr />
      {entry("Keys", () => {
        help.value = !help.value;
      })}
    </>
  );
}

const KEYS = [
  ["Space", "play, pause"],
  ["← →", "one step"],
  ["Shift ← →", "one phase"],
  ["Home, End", "first step, last step"],
  ["1 2 3", "layers, nodes, operations"],
  ["R", "reset: all as it was made"],
  ["H", "these keys"],
] as const;

/** Keys that are held down go on. */
const REPEATED = ["ArrowRight", "ArrowLeft"];

function useKeys(found: Backprop, shown: Shown | null, walk: Walk | null) {
  const { presentation } = useExplorer();
  const place = useRef<HTMLDivElement>(null);
  const actions: Shortcuts = {};
  if (presentation.help.value)
    actions.Escape = () => {
      presentation.help.value = false;
    };
  actions.h = actions["?"] = () => {
    presentation.help.value = !presentation.help.peek();
  };
  actions.r = () => reset(found);
  if (shown && walk) {
    const detail = (level: Level) => () => {
      if (shown.pass.steps(level).length) shown.setDetail(level);
    };
    Object.assign(actions, {
      " ": walk.toggle,
      ArrowRight: walk.step,
      ArrowLeft: walk.back,
      "Shift ArrowRight": () => walk.phase(1),
      "Shift ArrowLeft": () => walk.phase(-1),
      PageDown: () => walk.phase(1),
      PageUp: () => walk.phase(-1),
      Home: walk.start,
      End: walk.end,
    });
    LEVELS.forEach((level, at) => {
      actions[String(at + 1)] = actions[level.charAt(0)] = detail(level);
    });
  }
  useShortcuts(place, actions, REPEATED);
  return place;
}

/** What is over at once is not worth a word. */
const LONG_MS = 200;

function useLong(holds: boolean): boolean {
  const long = useSignal(false);
  useEffect(() => {
    if (!holds) {
      long.value = false;
      return;
    }
    const timer = setTimeout(() => {
      long.value = true;
    }, LONG_MS);
    return () => clearTimeout(timer);
  }, [holds]);
  return holds && long.value;
}
