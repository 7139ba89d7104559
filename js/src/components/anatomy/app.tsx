// NetworkAnatomy: a model's layers in order of execution, and the inside of the one that is open.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Sheet } from "../explorer/sheet";
import { useExplorer } from "../explorer/view";
import { KeySheet } from "../key-sheet";
import type { Measure } from "./columns";
import { guessOf } from "./guess";
import { GuessCard } from "./guess-card";
import { HintLine } from "./hint-line";
import { Inside } from "./inside";
import { KEYS, useKeys } from "./keys";
import { Ledger } from "./ledger";
import { menuOf } from "./menu";
import { Examples } from "./presets";
import { type Anatomy, useAnatomy } from "./state";
import { saveSvg } from "./svg";
import { Title } from "./title";
import { Tools } from "./tools";
import { Notes, Trouble } from "./trouble";

export function AnatomyApp() {
  const anatomy = useAnatomy();
  const { store, tree, there, selected } = anatomy;
  const { presentation, theme } = useExplorer();
  const measure = useSignal<Measure>("parameters");
  const guess = guessOf(tree, anatomy.settings);
  const place = useKeys(anatomy);
  useEffect(() => store.kernel.watch(), []);
  const isWaiting = there && (!tree || anatomy.stale || anatomy.status === "reading");
  /** As wide as it is on screen. */
  const save = () =>
    saveSvg({
      anatomy,
      guess,
      measure: measure.value,
      theme: theme.value,
      width: place.current?.querySelector(".nnw-al")?.clientWidth ?? 0,
    });
  return (
    <Sheet
      title="Anatomy"
      class="nnw-app--anatomy"
      head={(tools) => <Title anatomy={anatomy} guess={guess} tools={tools} />}
      menu={(entry) => menuOf({ anatomy, guess, help: presentation.help, save }, entry)}
    >
      <div
        ref={place}
        class="nnw-an"
        data-settled={String(Boolean(tree) && !isWaiting)}
        data-alone={!there || undefined}
        data-open={selected ? true : undefined}
        data-guess={guess.phase === "off" ? undefined : guess.phase}
      >
        <Trouble anatomy={anatomy} />
        {tree ? (
          <div class="nnw-an-stage">
            {/* What is opened stands beside all of it or below it, and moves nothing. */}
            <div class="nnw-an-main">
              <Tools anatomy={anatomy} measure={measure} />
              <Ledger anatomy={anatomy} guess={guess} measure={measure.value} />
              <Notes tree={tree} />
              {guess.phase === "off" ? (
                <HintLine anatomy={anatomy} />
              ) : (
                <GuessCard anatomy={anatomy} guess={guess} tree={tree} />
              )}
              <Examples anatomy={anatomy} />
            </div>
            {selected ? <Inside anatomy={anatomy} guess={guess} /> : null}
          </div>
        ) : (
          <>
            <div class="nnw-an-wait nnw-2nd">{waitingFor(anatomy)}</div>
            <Examples anatomy={anatomy} />
          </>
        )}
      </div>
      {presentation.help.value ? <KeySheet keys={KEYS} presentation={presentation} /> : null}
    </Sheet>
  );
}

function waitingFor({ there, trouble }: Anatomy): string {
  if (!there) return "no model was read; the kernel is needed for it";
  return trouble ? "" : "reading the model…";
}
