// "Look inside": a row of buttons, each of which opens one panel below. What is closed is not computed, sent or drawn.
import type { ComponentChildren, FunctionComponent, HTMLAttributes } from "preact";
import { useRef } from "preact/hooks";
import type { Want } from "../generated/protocol";
import { Button } from "./button";
import { DistributionsPanel } from "./distributions";
import { ErrorsPanel } from "./errors";
import { useHandover } from "./handover";
import { useId } from "./ids";
import { OneStepPanel } from "./onestep";
import { ParametersPanel } from "./parameters";
import { type EdgeValues, usePlanar } from "./planar";
import { panelShown } from "./shown";
import { SpacePanel } from "./space";

interface Inspector {
  readonly name: string;
  readonly title: string;
  /** Its contents, which begin with a `PanelHead`. */
  readonly Panel: FunctionComponent<{ byHand: boolean }>;
  /** What Python is to send while it is open. */
  readonly wants: readonly Want[] | ((layer: number) => Want);
  /** Whether it belongs right under the drawing, which it changes, and not under the others. */
  readonly underDrawing?: true;
}

/** All there are, in their order on screen: a further panel is one more entry. */
const INSPECTORS: readonly Inspector[] = [
  { name: "errors", title: "Errors", Panel: ErrorsPanel, wants: ["errors"] },
  {
    name: "distributions",
    title: "Distributions",
    Panel: DistributionsPanel,
    wants: ["gradients", "activations"],
  },
  { name: "parameters", title: "Parameters", Panel: ParametersPanel, wants: ["gradients", "parameters"] },
  { name: "space", title: "Hidden space", Panel: SpacePanel, wants: (layer) => `space${layer}` as Want },
  { name: "step", title: "One step", Panel: OneStepPanel, wants: [], underDrawing: true },
];

/** What all open panels, and the lines of the network, want together; `layer` is the one whose space is shown. */
export function wantsOf(opened: readonly string[], edges: EdgeValues, layer: number): Want[] {
  const open = INSPECTORS.filter(({ name }) => opened.includes(name)).flatMap(({ wants }) =>
    typeof wants === "function" ? wants(layer) : wants,
  );
  return [...new Set<Want>(edges === "gradients" ? [...open, "gradients"] : open)];
}

/** The row of buttons with the panels below it, and what is open right under the drawing. */
export function useInspectors(): [row: ComponentChildren, underDrawing: ComponentChildren] {
  const { store, opened } = usePlanar();
  const id = useId();
  const offers = INSPECTORS.filter(({ name }) => panelShown(store, name) || panelShown(store, "inside"));
  const open = opened.value.filter((name) => offers.some((each) => each.name === name));
  const pressed = useRef<string | null>(null);
  const toggle = (name: string) => {
    pressed.current = name;
    opened.value = open.includes(name) ? open.filter((other) => other !== name) : [...open, name];
  };
  const panels = (under: boolean) =>
    INSPECTORS.filter(({ name, underDrawing = false }) => underDrawing === under && open.includes(name)).map(
      ({ name, title, Panel }) => (
        <Place key={name} id={`${id}-${name}`} data-panel={name} aria-label={title}>
          <Panel byHand={pressed.current === name} />
        </Place>
      ),
    );
  return [
    offers.length ? (
      <section class="nnw-inside" aria-label="Look inside">
        <div class="nnw-inside-row">
          <h3 class="nnw-h">Look inside</h3>
          {offers.map(({ name, title }) => (
            <Button
              key={name}
              icon="right"
              class="nnw-btn nnw-unfold"
              aria-expanded={open.includes(name)}
              aria-controls={`${id}-${name}`}
              onClick={() => toggle(name)}
            >
              {title}
            </Button>
          ))}
        </div>
        <div class="nnw-panels">{panels(false)}</div>
      </section>
    ) : null,
    panels(true),
  ];
}

/** Closed from within, it leaves the keyboard at the button that opens it; whoever used the keys is taken there. */
function Place(props: HTMLAttributes<HTMLElement>) {
  const element = useHandover<HTMLElement>((leaving) => {
    const door = leaving.closest(".nnw")?.querySelector<HTMLElement>(`[aria-controls="${leaving.id}"]`);
    if (leaving.querySelector(":focus-visible")) door?.scrollIntoView?.({ block: "nearest" });
    return door;
  });
  return <section ref={element} class="nnw-panel" {...props} />;
}
