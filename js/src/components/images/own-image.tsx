// The chosen image, large: as it is, or what each pixel of it gives to the answer. One's own can be drawn, loaded,
// dropped or pasted here.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { largestOf, paintImage, paintSigned, type Size } from "../../draw/picture";
import { bytesIn } from "../../model/binary";
import { Button } from "../button";
import { Segmented } from "../fields";
import { px, spotIn } from "../geometry";
import { controlShown, Only } from "../shown";
import { usePart } from "./hooks";
import type { OwnImage, Spot } from "./own";
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
        <Pad own={own} size={size} />
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
            <Button icon="close" class="nnw-btn nnw-s" onClick={own.done}>
              done
            </Button>
          </>
        ) : (
          <Only control="own_image">
            <Button
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

const styleOf = ({ width, height }: Size) => ({ width: px(width), height: px(height) });

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

/** What one draws on; who has no pointer loads a file. */
function Pad({ own, size }: { own: OwnImage; size: Size }) {
  const { store } = useImages();
  const data = store.data.value;
  const last = useRef<{ id: number; spot: Spot } | null>(null);
  const sketch = own.sketch.value;
  const spotOf = (event: PointerEvent): Spot => {
    const { x, y } = spotIn(event.currentTarget as HTMLElement, event);
    return [(x / size.width) * data.width, (y / size.height) * data.height];
  };
  const end = (event: PointerEvent) => {
    if (last.current?.id === event.pointerId) last.current = null;
  };
  return (
    <Role
      class="nnw-large nnw-large--pad"
      role="img"
      aria-label={`Your drawing, ${data.width} × ${data.height} pixels`}
      style={styleOf(size)}
      onPointerDown={(event) => {
        if (event.button !== 0 || last.current) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture?.(event.pointerId);
        const spot = spotOf(event);
        last.current = { id: event.pointerId, spot };
        own.draw(spot, spot);
      }}
      onPointerMove={(event) => {
        if (last.current?.id !== event.pointerId) return;
        const spot = spotOf(event);
        own.draw(last.current.spot, spot);
        last.current.spot = spot;
      }}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <Pixels
        aria-hidden="true"
        paint={(canvas, theme) => paintImage(canvas, sketch, data, theme)}
        inputs={[sketch, data]}
      />
    </Role>
  );
}
