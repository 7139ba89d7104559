// The way through one step: its stops in a line, and how one goes on.

import type { LayerTrait } from "../generated/protocol";
import { Button } from "./button";
import type { Stop } from "./walk";

interface StepWayProps {
  stops: readonly Stop[];
  place: number;
  layers: readonly LayerTrait[];
  disabled: boolean;
  onGo(place: number): void;
  /** At the end of the way; none where the model does not stand. */
  onMake: (() => void) | null;
}

export function StepWay({ stops, place, layers, disabled, onGo, onMake }: StepWayProps) {
  const phase = stops[place]?.phase;
  return (
    <>
      {stops.map((one, number) => {
        const first = one.phase !== stops[number - 1]?.phase;
        return (
          <span key={number} class="nnw-stop-place" data-first={first || undefined}>
            {first ? <b class={one.phase === phase ? "" : "nnw-2nd"}>{one.phase}</b> : null}
            <Button
              class="nnw-stop"
              aria-label={`${one.phase}${nameOf(one, layers)}`}
              aria-current={number === place ? "step" : undefined}
              data-done={number < place || undefined}
              tabIndex={number === place ? 0 : -1}
              disabled={disabled}
              onClick={() => onGo(number)}
            >
              {wordOf(one, layers.length)}
            </Button>
          </span>
        );
      })}
      <span class="nnw-end">
        <Button disabled={disabled || !place} onClick={() => onGo(place - 1)}>
          Back
        </Button>
        {place < stops.length - 1 ? (
          <Button kind="line" disabled={disabled} onClick={() => onGo(place + 1)}>
            Next
          </Button>
        ) : (
          <Button
            kind="line"
            title={onMake ? undefined : "“Continue from here” first: the model is at another epoch"}
            disabled={disabled || !onMake}
            onClick={() => onMake?.()}
          >
            Make this step
          </Button>
        )}
      </span>
    </>
  );
}

const nameOf = ({ phase, layer }: Stop, layers: readonly LayerTrait[]) =>
  layers.length && (phase === "Forward" || phase === "Backward") ? `: ${layers[layer]?.name ?? "Input"}` : "";

function wordOf({ phase, layer }: Stop, layers: number): string {
  if (phase === "Loss") return "L";
  if (phase === "Update" || !layers) return { Forward: "x", Backward: "∂L", Update: "w" }[phase];
  if (layer < 0) return "x";
  return layer < layers - 1 ? `H${layer + 1}` : "out";
}
