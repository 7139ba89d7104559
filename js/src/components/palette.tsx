// What one draws with, in the place of the colour legend: the classes, the eraser, and one line that says what
// the next stroke does.

import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { significant } from "../draw/format";
import { toPlane } from "./brush";
import { Button } from "./button";
import type { Tool } from "./drawing";
import { giveFocus } from "./focus";
import { Icon, type IconName } from "./icon";
import { useId } from "./ids";
import { ClassMark } from "./mark";
import { className } from "./names";
import { usePlane } from "./planar";

export function Palette() {
  const { store, drawing } = usePlane();
  const id = useId();
  const tool = drawing.tool.value;
  const classes = drawing.classes.value;
  const last = drawing.last.value;
  const anew = drawing.anew.value;
  const names = useComputed(() => store.traits._data.value.class_names).value;
  // A class that is chosen before it has points is shown like the others.
  const shown = tool === classes ? classes + 1 : classes;
  const radio = (choice: Tool, label: string, key: string, mark: ComponentChildren) => (
    <label key={choice} class="nnw-tool" title={`${label} (key ${key})`}>
      <input
        type="radio"
        name={id}
        aria-label={label}
        checked={tool === choice}
        disabled={choice === "eraser" && anew}
        onClick={() => drawing.choose(choice)}
      />
      {mark}
    </label>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class="nnw-palette" role="group" aria-label="Draw your own data">
      <div class="nnw-brushes" role="radiogroup" aria-label="Draw with">
        {Array.from({ length: shown }, (_, index) =>
          radio(
            index,
            nameOf(names, index),
            String(index + 1),
            <ClassMark index={index} classes={Math.max(2, shown)} size={17} radius={5} />,
          ),
        )}
        {shown < drawing.most ? (
          <Button
            class="nnw-tool"
            icon="plus"
            label="New class"
            disabled={last < classes || shown > classes}
            onClick={() => {
              drawing.choose(classes);
              giveFocus(drawing.pad.current); // this button is done with
            }}
          />
        ) : null}
        <span class="nnw-tools-gap" />
        {radio("eraser", "Eraser", "E", <Icon name="eraser" />)}
      </div>
      <Hint />
    </div>
  );
}

const nameOf = (names: readonly string[], index: number) => className(names[index] ?? String(index));

/** Said aloud too: for the keyboard this is the only sign of where the cursor is. */
function Hint() {
  const { store, drawing, geometry } = usePlane();
  const text = useComputed(() => {
    const data = store.traits._data.value;
    const tool = drawing.tool.value;
    const cursor = drawing.cursor.value;
    const name = tool === "eraser" ? "eraser" : nameOf(data.class_names, tool);
    if (cursor?.moved) {
      const size = geometry.value.plot;
      const plane = { xRange: data.x_range, yRange: data.y_range, width: size, height: size };
      const [x, y] = toPlane(cursor, plane).map((value) => significant(value, 2));
      return `${name} at (${x}, ${y})`;
    }
    if (drawing.armed.value) return "The next stroke replaces all points";
    if (cursor) return "Arrows move, Space paints";
    if (tool === "eraser") return "Drag to erase points";
    return `Drag to add ${name}${tool === drawing.classes.value ? " (new)" : ""}`;
  });
  return (
    <div class="nnw-draw-hint" role="status">
      {text}
    </div>
  );
}

/** What is done with the drawing as a whole, at the end of the zone's title. */
export function DrawingActions() {
  const { store, drawing } = usePlane();
  const undoable = useComputed(() => store.traits._data.value.can_undo).value;
  const undid = useRef(false);
  // A button that cannot be pressed any more loses the focus, and with it the keys.
  useLayoutEffect(() => {
    if (!undoable && undid.current) giveFocus(drawing.pad.current);
    undid.current = false;
  }, [undoable]);
  const button = (icon: IconName, label: string, title: string, rest: object) => (
    <Button class="nnw-act" icon={icon} label={label} title={title} {...rest} />
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <span class="nnw-acts nnw-end" role="group" aria-label="Drawing">
      {button("undo", "Undo stroke", "Undo stroke (Ctrl+Z on the map)", {
        disabled: !undoable,
        onClick: () => {
          undid.current = true;
          drawing.undo();
        },
      })}
      {button("clear", "Clear", "Clear: the next stroke replaces all points", {
        disabled: drawing.anew.value,
        "aria-pressed": drawing.armed.value,
        onClick: drawing.clear,
      })}
      <Button class="nnw-act nnw-act--word" title="Done (Escape)" onClick={drawing.done}>
        Done
      </Button>
    </span>
  );
}
