// Test images with what the network answers: some of all, of those that are wrong, of a class, of a cell of the matrix.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Theme } from "../../draw/colour";
import { thousands } from "../../draw/format";
import { bytesOf, paintImage, pictureSize, type Size } from "../../draw/picture";
import type { GalleryMessage, GalleryTrait } from "../../generated/protocol";
import { bytesIn } from "../../model/binary";
import { Button } from "../button";
import { Segmented } from "../fields";
import { px } from "../geometry";
import { Icon } from "../icon";
import { useId } from "../ids";
import { TitleRow } from "../panel";
import { controlShown, Only } from "../shown";
import { placeAfter, usePart, useWidth } from "./hooks";
import { classesOf, kindsOf, wholePercent } from "./names";
import { Pixels } from "./pixels";
import { Role } from "./role";
import { useImages, useWant } from "./view";

const ROWS = 4;
const COLUMNS = 7;
const PITCH = 76;
/** From this width on there is room for larger pictures. */
const WIDE = 680;
const [PICTURE, LARGE_PICTURE] = [56, 84];
/** Between the line of a picture and that of the next, and how much closer the letters of wrong answers stand, in em. */
const [BESIDE, TIGHTER] = [6, 0.01];
/** Width from which the note has all its words. */
const WORDS = 520;
const SHOWN = [
  { name: "all", label: "all" },
  { name: "wrong", label: "only wrong" },
];

export function GridBand() {
  const { store, geometry, easel } = useImages();
  const data = store.data.value;
  const theme = easel.theme.value;
  const gallery = store.gallery.value;
  const [place, width] = useWidth<HTMLElement>(556);
  useWant("grid");
  const columns = Math.max(1, Math.min(COLUMNS, Math.floor(width / PITCH)));
  const count = Math.min(ROWS * columns, gallery?.images.length ?? 0);
  const answers = usePart("answers")?.values ?? null;
  const wrong = countThat(gallery, answers, count, (label, answer) => label !== answer);
  const taken = gallery && gallery.predicted !== null && gallery.actual !== null;
  const names = useMemo(() => classesOf(data), [data]);
  const show = (changes: Partial<GalleryMessage>) => {
    const { wrong = false, actual = null } = gallery ?? {};
    store.show({ type: "gallery", wrong, actual, predicted: null, others: false, ...changes });
  };
  const room = width > WIDE ? LARGE_PICTURE : PICTURE;
  const line = Math.floor(width / columns) - BESIDE;
  const tall = useMemo(() => isTall(names, theme, line), [names, theme, line]);
  const { narrow } = geometry.value;
  const enabled = store.enabled.value && gallery !== null;

  return (
    <section class="nnw-images" aria-label="Test images" ref={place}>
      <TitleRow
        title={
          taken
            ? `${names[gallery.actual as number]} taken for ${names[gallery.predicted as number]}`
            : "Test images"
        }
        note={gallery ? noteOf(gallery, count, wrong, width) : ""}
      />
      <div class="nnw-images-bar">
        <Only control="choose">
          {taken ? (
            <Button kind="text" disabled={!enabled} onClick={() => show({ wrong: false, actual: null })}>
              Back to all
            </Button>
          ) : (
            <>
              <Segmented
                label="Show"
                choices={SHOWN}
                chosen={[gallery?.wrong ? "wrong" : "all"]}
                disabled={!enabled}
                onChoose={(name) => show({ wrong: name === "wrong" })}
              />
              <span class="nnw-select nnw-select--quiet">
                <select
                  aria-label="True class"
                  value={gallery?.actual ?? ""}
                  disabled={!enabled}
                  onChange={({ currentTarget: { value } }) =>
                    show({ actual: value === "" ? null : Number(value) })
                  }
                >
                  <option value="">any class</option>
                  {names.map((name, index) => (
                    <option key={name} value={index}>
                      {name}
                    </option>
                  ))}
                </select>
                <Icon name="down" />
              </span>
            </>
          )}
          <Button
            icon="dice"
            class="nnw-btn nnw-s nnw-end"
            disabled={!enabled}
            {...(narrow ? { label: "Show others" } : {})}
            onClick={() => show({ others: true, predicted: gallery?.predicted ?? null })}
          >
            {narrow ? null : "show others"}
          </Button>
        </Only>
      </div>
      {gallery && count ? (
        <Pictures
          gallery={gallery}
          count={count}
          columns={columns}
          size={pictureSize(data, room)}
          room={room}
          names={names}
          tall={tall}
        />
      ) : (
        <p class="nnw-images-none nnw-2nd" style={{ height: px(heightOf(room, tall)) }}>
          {gallery ? noneOf(gallery) : ""}
        </p>
      )}
    </section>
  );

  function noteOf(
    { wrong: only, actual, fitting }: GalleryTrait,
    shown: number,
    bad: number | null,
    wide: number,
  ) {
    const kind = actual === null || taken ? "" : ` ${kindsOf(data, actual, true)}`;
    const all = `${thousands(shown)} of ${thousands(fitting)}${kind}`;
    if (taken) {
      // The answers are of now, what they were chosen by is not.
      const still = countThat(gallery, answers, shown, (_, answer) => answer === gallery.predicted);
      return still === null || still === shown ? all : `${all} then, ${still} now`;
    }
    if (narrow) return all;
    if (only) return bad === null ? `${all} wrong` : `${all} wrong, ${bad} wrong now`;
    const here = bad === null ? all : `${all}, ${bad} wrong here`;
    return wide < WORDS ? here : `${here}; name, then the network’s answer`;
  }

  function noneOf({ wrong: only, actual }: GalleryTrait): string {
    if (taken) return "None any more.";
    return only
      ? `None ${actual === null ? "" : `${kindsOf(data, actual, true)} `}is wrong.`
      : "There are none.";
  }
}

/** Of a picture with its two or three lines, and from one to the next. */
const rowOf = (room: number, tall: boolean) => (tall ? [room + 57, 6] : [room + 44, 10]) as [number, number];

function heightOf(room: number, tall: boolean): number {
  const [row, gap] = rowOf(room, tall);
  return ROWS * row + (ROWS - 1) * gap;
}

/** Of how many of the images that are shown something is so at the weights of the newest answers. */
function countThat(
  gallery: GalleryTrait | null,
  answers: Uint8Array | null,
  count: number,
  isSo: (label: number, answer: number) => boolean,
): number | null {
  if (!gallery || !answers) return null;
  return gallery.labels.slice(0, count).filter((label, index) => isSo(label, answers[index] ?? -1)).length;
}

/** Whether there is a class whose name and share are wider below a picture than a line, in the font that there is. */
function isTall(names: readonly string[], { fontFamily, textXs }: Theme, line: number): boolean {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return false;
  context.font = `600 ${textXs}px ${fontFamily}`;
  return names.some((name) => {
    const text = `${name}?\u00a0${wholePercent(0.99)}`;
    return context.measureText(text).width - TIGHTER * textXs * text.length > line;
  });
}

interface PicturesProps {
  gallery: GalleryTrait;
  count: number;
  columns: number;
  size: Size;
  room: number;
  names: readonly string[];
  tall: boolean;
}

function Pictures({ gallery, count, columns, size, room, names, tall }: PicturesProps) {
  const { store } = useImages();
  const data = store.data.value;
  const chosen = store.chosen.value;
  const answers = usePart("answers")?.values ?? null;
  const confidence = usePart("confidence")?.values ?? null;
  const [row, gap] = rowOf(room, tall);
  const at = useSignal(0);
  const id = useId();
  const here = Math.min(at.value, count - 1);
  const bytes = bytesOf(data);
  const pixels = bytesIn(gallery.pixels);
  const isOn = store.enabled.value && controlShown(store, "choose");
  const choose = (index: number) => {
    at.value = index;
    const image = gallery.images[index];
    if (image !== undefined && isOn) store.show({ type: "choose", image });
  };
  return (
    <div
      class="nnw-gallery"
      role="listbox"
      tabIndex={0}
      aria-label="Test images: arrow keys look at them, Enter shows one's way through the network"
      aria-activedescendant={`${id}-${here}`}
      data-tall={tall || undefined}
      aria-disabled={!isOn}
      style={{
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        height: px(heightOf(room, tall)),
        "--row": px(row),
        "--gap": px(gap),
        "--room": px(room),
        "--width": px(size.width),
        "--height": px(size.height),
      }}
      onKeyDown={(event) => {
        const next = placeAfter(event.key, here, columns, count);
        if (next !== null) at.value = next;
        else if (event.key === "Enter" || event.key === " ") choose(here);
        else return;
        event.preventDefault();
      }}
    >
      {gallery.images.slice(0, count).map((image, index) => {
        const label = gallery.labels[index] ?? 0;
        const answer = answers?.[index];
        const name = names[label] ?? "";
        const says = names[answer ?? -1] ?? "";
        const share = answer === undefined ? "" : wholePercent(confidence?.[index]);
        const isWrong = answer !== undefined && answer !== label;
        return (
          <Role
            key={image}
            id={`${id}-${index}`}
            role="option"
            aria-selected={chosen?.source === "test" && chosen.image === image}
            data-here={index === here || undefined}
            data-wrong={isWrong || undefined}
            onClick={() => choose(index)}
          >
            <Pixels
              aria-hidden="true"
              data-smooth={!size.whole || undefined}
              paint={(canvas, theme) =>
                paintImage(canvas, pixels.subarray(index * bytes, (index + 1) * bytes), data, theme)
              }
              inputs={[gallery, index, data]}
            />
            <span>{name}</span>
            <span class="nnw-says">
              {says ? <i class="nnw-unseen">, the network answers {isWrong ? "" : `${says}, `}</i> : null}
              {isWrong ? (
                <>
                  <span>{says}</span>
                  <u aria-hidden="true">?&nbsp;</u>
                  <i class="nnw-unseen">, </i>
                </>
              ) : null}
              {share}
            </span>
          </Role>
        );
      })}
    </div>
  );
}
