// One image through the network: the picture, the layers that it passes, and what is answered.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { pictureSize } from "../../draw/picture";
import { readWires } from "../../draw/strip";
import type { StageTrait } from "../../generated/protocol";
import { useDerived } from "../context";
import { Fold } from "../fold";
import { TitleRow } from "../panel";
import { Answers, useAnswers } from "./answers";
import { Flow, FlowLegend } from "./flow";
import { usePart } from "./hooks";
import { classesOf, imageName, largestAt, wholePercent } from "./names";
import { useOwnImage } from "./own";
import { OwnNotice, Side } from "./own-image";
import { useImages, useWant } from "./view";

/** Room between the picture and the first layer. */
const START = 76;
const NARROW_START = 8;
/** The answers end where the test images beside them do. */
const NARROW_HEIGHT = 240;
const [PICTURE, SMALL_PICTURE] = [196, 140];
/** What is done with a picture needs so much below it. */
const LEAST_SIDE = 184;

/**
 * The unit that is looked at is the one that gives most to what comes after it, when an image is chosen or a run has
 * begun; until the reader looks at another one. From then on, and in between, it stays.
 */
function useRing(): void {
  const { store, unit } = useImages();
  const part = usePart("edges1");
  const own = useRef<{ unit: number | null; about: string }>({ unit: null, about: "" });
  const about = part ? `${part.chosen} ${part.step > 0} ${store.network.peek().version}` : "";
  useEffect(() => {
    if (!part || about === own.current.about || unit.peek() !== own.current.unit) return;
    const gifts = new Map<number, number>();
    for (const { from, value } of readWires(part.values))
      gifts.set(from, (gifts.get(from) ?? 0) + Math.abs(value));
    const [most] = [...gifts].sort(([, first], [, second]) => second - first);
    own.current = { unit: most?.[0] ?? null, about };
    unit.value = own.current.unit;
  }, [unit, part, about]);
}

/** "64 and 64 units, the strongest contributions", or how many layers where some are maps. */
function insideText(stages: readonly StageTrait[]): string {
  const counts = stages.map(({ units }) => units);
  const all =
    stages.length > 0 && stages.length < 4 && stages.every(({ kind }) => kind === "units")
      ? `${[counts.slice(0, -1).join(", "), counts.at(-1)].filter(Boolean).join(" and ")} units`
      : `${stages.length} layers`;
  return `${all}, the strongest contributions`;
}

export function WayBand() {
  const { store, geometry, unit } = useImages();
  const { narrow } = geometry.value;
  const data = store.data.value;
  const way = store.way.value;
  const chosen = store.chosen.value;
  const own = useOwnImage();
  const answers = useAnswers();
  const probabilities = usePart("probabilities")?.values ?? null;
  const open = useSignal(false);
  useWant("way");
  useRing();

  const size = pictureSize(data, narrow ? SMALL_PICTURE : PICTURE);
  const best = largestAt(probabilities);
  const answer =
    best === null
      ? ""
      : `the network answers ${classesOf(data)[best]}, ${wholePercent(probabilities?.[best])}`;
  const truth = chosen?.label ?? null;
  const wide = [chosen ? imageName(data, chosen) : "", answer].filter(Boolean).join("; ");
  const brief = truth === null ? (chosen ? imageName(data, chosen) : "") : `true: ${classesOf(data)[truth]}`;
  const stages = way?.stages.slice(0, -1) ?? [];
  const summary = useDerived(() => insideText(stages), [way]);
  return (
    <>
      <section class="nnw-way" aria-label="One image through the network">
        <TitleRow title={narrow ? "One image" : "One image through the network"} note={narrow ? brief : wide}>
          {narrow ? null : (
            <span class="nnw-end">
              <OwnNotice own={own} />
            </span>
          )}
        </TitleRow>
        <div
          class="nnw-way-body"
          style={
            narrow
              ? {}
              : { gridTemplateColumns: `${Math.max(LEAST_SIDE, size.width)}px minmax(0, 1fr) 304px` }
          }
        >
          <Side own={own} size={size} text={wide} />
          {narrow ? null : <Flow answers={answers} start={START} image={size.height} />}
          {narrow ? (
            <Answers answers={answers} brief height={NARROW_HEIGHT} />
          ) : (
            <Answers answers={answers} brief={false} />
          )}
        </div>
        {narrow ? null : (
          <div class="nnw-images-foot">
            <FlowLegend />
            <span class="nnw-end">
              {unit.value === null ? "" : `ringed: unit ${unit.value + 1}, also below`}
            </span>
          </div>
        )}
      </section>
      {narrow ? (
        <Fold class="nnw-fold--inside" title="Inside the network" summary={summary} open={open}>
          {open.value ? (
            <section class="nnw-inside-network" aria-label="Inside the network">
              <Flow answers={answers} start={NARROW_START} image={null} />
              <Answers answers={answers} brief />
              <FlowLegend />
            </section>
          ) : null}
        </Fold>
      ) : null}
    </>
  );
}
