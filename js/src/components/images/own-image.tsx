// The chosen image, large: as it is, or what each pixel of it gives to the answer. One's own can be drawn, loaded,
// dropped or pasted here.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { largestOf, paintImage, paintSigned, type Size } from "../../draw/picture";
import { bytesIn } from "../../model/binary";
import { Button } from "../button";
import { Segmented } from "../fields";
import { giveFocus } from "../focus";
import { controlShown, Only } from "../shown";
import { usePart } from "./hooks";
import type { OwnImage } from "./own";
import { Pad, styleOf } from "./own-pad";
import { Pixels } from "./pixels";
import { Role } from "./role";
import { useImages, useWant } from "./view";

const VIEWS = [
  { name: "image", label: "image" },
  { name: "saliency", label: "saliency" },
];
const TOOLS = [
  { name: "draw", label: "draw" },
  { name: "erase", label: "erase" },
];

/** What has been done to a file, or what is wrong with it. */
export function OwnNotice({ own }: { own: OwnImage }) {
  const { store } = useImages();
  const reason = own.failure.value;
  if (reason) {
    return (
      <span class="nnw-own-notice nnw-own-failure" role="alert">
        {reason}
      </span>
    );
  }
  const loaded = own.loaded.value;
  const chosen = store.chosen.value;
  if (!loaded?.inverted || chosen?.source !== "file" || chosen.name !== loaded.name) return null;
  return (
    <span class="nnw-own-notice" role="status">
      inverted: the background was bright
      <Button kind="text" class="nnw-btn nnw-btn--text" onClick={own.keep}>
        Undo
      </Button>
    </span>
  );
}

interface SideProps {
  own: OwnImage;
  size: Size;
  /** What can be said of the image in a line. */
  text: string;
}

export function Side({ own, size, text }: SideProps) {
  const { store, geometry } = useImages();
  const { narrow } = geometry.value;
  const view = useSignal("image");
  const over = useSignal(false);
  const files = useRef<HTMLInputElement>(null);
  const drawing = own.drawing.value;
  const begin = useRef<HTMLButtonElement>(null);
  const ended = useRef(false);
  const done = () => {
    own.done();
    ended.current = true;
  };
  // What ended the drawing has gone: who uses the keyboard is where it began.
  useLayoutEffect(() => {
    if (ended.current) giveFocus(begin.current);
    ended.current = false;
  }, [drawing]);
  const hasSaliency = usePart("saliency") !== null;
  const enabled = store.enabled.value && controlShown(store, "own_image");
  const take = (transfer: DataTransfer | null) => {
    const file = [...(transfer?.files ?? [])][0];
    if (enabled) void own.load(file);
    return file !== undefined;
  };
  return (
    <Role
      class="nnw-side"
      data-over={over.value || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files") || !enabled) return;
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        over.value = false;
        if (!event.dataTransfer?.types.includes("Files")) return;
        // The page would open the file instead.
        event.preventDefault();
        event.stopPropagation();
        take(event.dataTransfer);
      }}
      onPaste={(event) => {
        if (take(event.clipboardData)) event.preventDefault();
      }}
      onKeyDown={(event) => {
        // What is pasted here is no cell of the notebook.
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v") event.stopPropagation();
      }}
    >
      {drawing ? (
        <Pad own={own} size={size} done={done} />
      ) : (
        <Picture size={size} text={text} saliency={view.value === "saliency"} />
      )}
      <div class="nnw-side-view">
        {drawing ? (
          <Segmented
            label="Tool"
            choices={TOOLS}
            chosen={[own.erasing.value ? "erase" : "draw"]}
            onChoose={(name) => (own.erasing.value = name === "erase")}
          />
        ) : (
          <Segmented
            label="Show"
            choices={VIEWS}
            chosen={[view.value]}
            disabled={!store.enabled.value && !hasSaliency}
            onChoose={(name) => (view.value = name)}
          />
        )}
      </div>
      <div class="nnw-side-ways">
        {drawing ? (
          <>
            <Button icon="clear" class="nnw-btn nnw-s" disabled={!enabled} onClick={own.clear}>
              clear
            </Button>
            <Button icon="close" class="nnw-btn nnw-s" onClick={done}>
              done
            </Button>
          </>
        ) : (
          <Only control="own_image">
            <Button
              ref={begin}
              icon="pencil"
              class="nnw-btn nnw-s"
              label="Draw your own"
              disabled={!enabled}
              onClick={own.begin}
            >
              {narrow ? "draw" : "draw your own"}
            </Button>
            <Button
              icon="load"
              class="nnw-btn nnw-s"
              label="Load an image"
              title="Load an image: it can also be dropped or pasted onto the picture"
              disabled={!enabled}
              onClick={() => files.current?.click()}
            >
              load
            </Button>
          </Only>
        )}
        {narrow ? <OwnNotice own={own} /> : null}
      </div>
      <input
        ref={files}
        type="file"
        accept="image/*"
        hidden
        aria-label="Image file"
        onChange={({ currentTarget }) => {
          void own.load(currentTarget.files?.[0]);
          // The same file can be chosen again.
          currentTarget.value = "";
        }}
      />
    </Role>
  );
}

function Picture({ size, text, saliency }: { size: Size; text: string; saliency: boolean }) {
  const { store } = useImages();
  const data = store.data.value;
  const chosen = store.chosen.value;
  const given = usePart("saliency");
  useWant("saliency", saliency);
  const shown = saliency ? given : null;
  return (
    <Role
      class="nnw-large"
      role="img"
      tabIndex={0}
      aria-label={`${saliency ? "Saliency of " : ""}${text || "no image"}`}
      aria-description="An image can be dropped or pasted here"
      style={styleOf(size)}
    >
      <Pixels
        aria-hidden="true"
        data-smooth={!size.whole || undefined}
        paint={(canvas, theme) => {
          if (saliency) {
            const values = shown?.values ?? new Float32Array();
            paintSigned(canvas, values, data.width, data.height, largestOf(values), theme.tileRamp32);
          } else paintImage(canvas, bytesIn(chosen?.pixels ?? null), data, theme);
        }}
        inputs={[saliency, shown, chosen, data]}
      />
    </Role>
  );
}
