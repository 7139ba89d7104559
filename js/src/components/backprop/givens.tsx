// What a reader gives: inputs, which can be moved, and targets.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { spotOf } from "../explorer/handle";
import { Label } from "../explorer/scene";
import { giveFocus } from "../focus";
import type { Point } from "./curves";
import { canEditSamples, type Editing } from "./edit";
import type { Layout } from "./layout";
import { nodeOf } from "./parts";
import type { Pass } from "./pass";
import type { Shown } from "./state";
import { spoken, Written } from "./symbols";
import { targetText } from "./texts";
import { pressed, touching } from "./touch";

/** By so much do arrow keys and a pixel of a drag move it. */
const [STEP, PIXEL] = [0.1, 0.01];
const ARROWS: Partial<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
};

interface InputProps {
  shown: Shown;
  node: number;
  place: Point;
  editing: Editing;
  children: ComponentChildren;
}

const rounded = (value: number) => Number(value.toFixed(4));

/** An input: dragged sideways, moved by arrow keys, or typed. */
export function InputTile({ shown, node, place, editing, children }: InputProps) {
  const { pass, sample } = shown;
  const feature = node - (pass.groups[0]?.start ?? 0);
  const value = pass.value(sample, node);
  const symbol = pass.symbols[node];
  const label = symbol ? spoken(symbol) : "";
  const grip = useMemo(() => ({ pointer: -1, x: 0, value: 0, moved: false }), []);
  const type = () => {
    editing.value = {
      ...{ label, place },
      // As it was given, not as a number of less precision has it.
      value: shown.settings.inputs[sample]?.[feature] ?? value,
      set: (next) => shown.setInput(feature, next),
    };
  };
  return (
    <g
      class="nnw-pressable nnw-bp-input"
      role="slider"
      tabindex={0}
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={-10}
      aria-valuemax={10}
      {...touching(shown, nodeOf(node))}
      onTouchStart={(event) => event.preventDefault()}
      onPointerDown={(event) => {
        if (event.button) return;
        Object.assign(grip, {
          pointer: event.pointerId,
          x: spotOf(event.currentTarget, event).x,
          value,
          moved: false,
        });
        event.currentTarget.setPointerCapture?.(event.pointerId);
        giveFocus(event.currentTarget);
        event.preventDefault();
      }}
      onPointerMove={(event) => {
        if (grip.pointer !== event.pointerId) return;
        const by = spotOf(event.currentTarget, event).x - grip.x;
        if (Math.abs(by) > 2) grip.moved = true;
        if (grip.moved) shown.setInput(feature, rounded(grip.value + Math.round(by) * PIXEL));
      }}
      onPointerUp={(event) => {
        if (grip.pointer !== event.pointerId) return;
        grip.pointer = -1;
        if (!grip.moved) type();
      }}
      onPointerCancel={() => {
        grip.pointer = -1;
      }}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const by = ARROWS[event.key];
        if (by) shown.setInput(feature, rounded(value + by * STEP * (event.shiftKey ? 0.1 : 1)));
        else if (event.key === "Enter") type();
        else return;
        event.preventDefault();
        event.stopPropagation(); // arrows are steps elsewhere
      }}
    >
      {children}
    </g>
  );
}

/** Under the loss: what the outputs should have been. */
export function Targets({ shown, layout, editing }: { shown: Shown; layout: Layout; editing: Editing }) {
  const { pass, sample } = shown;
  const { y } = layout.nodes[pass.end] as Point;
  const targets = pass.target(sample);
  const top = y + layout.density.height / 2 + 20;
  const several = targets.length > 1;
  const editable = canEditSamples(shown);
  return (
    <>
      {several ? (
        <Label x={layout.width} y={top} anchor="end" class="nnw-2nd">
          targets
        </Label>
      ) : null}
      {targets.map((target, output) => {
        const place = { x: layout.width - 34, y: top + 16 * (output + (several ? 1 : 0)) };
        const name = pass.target_kind === "class" ? "target class" : several ? "" : "target";
        const label = `Target${several ? ` ${output + 1}` : ""}`;
        const edit = () => {
          editing.value = {
            label,
            value: target,
            place: { x: place.x, y: place.y - 4 },
            set: (next) => shown.setTarget(output, next),
          };
        };
        return (
          <g key={output}>
            {editable ? (
              // biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements
              <g
                class="nnw-pressable nnw-bp-goal"
                role="button"
                tabindex={0}
                aria-label={`${label}: ${targetText(target)}, change`}
                onClick={edit}
                onKeyDown={pressed(edit)}
              >
                <rect
                  class="nnw-bp-pill"
                  x={layout.width - 78}
                  y={place.y - 14}
                  width="84"
                  height="20"
                  rx="10"
                />
              </g>
            ) : null}
            <Label x={layout.width} y={place.y} anchor="end" class="nnw-2nd nnw-halo">
              {name} <Written symbol={{ base: "y", index: several ? String(output + 1) : "", layer: "" }} /> ={" "}
              <tspan
                class={editable ? "nnw-bp-target" : ""}
                data-n={several ? `target.${output + 1}` : "target"}
              >
                {targetText(target)}
              </tspan>
            </Label>
          </g>
        );
      })}
    </>
  );
}

/** How low the targets reach. */
export const targetsEnd = (pass: Pass, layout: Layout) => {
  const { length } = pass.target(0);
  const { y } = layout.nodes[pass.end] as Point;
  return y + layout.density.height / 2 + 24 + 16 * (length > 1 ? length : 0);
};
