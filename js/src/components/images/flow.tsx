// What happens between the image and the answers: the units of each layer, and the strongest connections.

import { useMemo } from "preact/hooks";
import { sizeCanvas } from "../../draw/canvas";
import { type Activations, drawFlow, HEIGHT, MARGIN, planFlow, type Stage } from "../../draw/strip";
import type { StageTrait } from "../../generated/protocol";
import { type ImageScene, partOf } from "../../model/image-store";
import { useDerived } from "../context";
import { px } from "../geometry";
import { useWidth } from "./hooks";
import { Pixels } from "./pixels";
import { useImages } from "./view";

/** Python sends no more maps of a stage. */
const MOST_MAPS = 64;

function activationsOf(
  scene: Pick<ImageScene, "parts">,
  index: number,
  { kind }: StageTrait,
): Activations | null {
  const values = partOf(scene, `stage${index}`)?.values;
  if (!values) return null;
  if (kind === "units") return { units: values as Float32Array, maps: null, range: [0, 0] };
  const [low = 0, high = 1] = partOf(scene, `stage${index}_range`)?.values ?? [];
  return { units: null, maps: values as Uint8Array, range: [low, high] };
}

const isOn = (detail: string) => /^ReLU/.test(detail);

/** "ReLU, 39 on", or how many there are of what has no room. */
function detailOf({ kind, detail, units }: StageTrait, found: Activations | null, shown: number): string {
  if (kind === "maps") {
    const maps = shown < units ? `${shown} of ${units}` : `${units} maps`;
    return detail ? `${detail}, ${maps}` : maps;
  }
  if (!found?.units || !isOn(detail)) return detail;
  return `${detail}, ${found.units.filter((value) => value !== 0).length} on`;
}

interface FlowProps {
  /** The classes that are shown, from top to bottom. */
  answers: readonly number[];
  /** Where the first layer stands. */
  start: number;
  /** Height of the image at the left, if it stands there. */
  image: number | null;
}

export function Flow({ answers, start, image }: FlowProps) {
  const { store, unit } = useImages();
  const [place, width] = useWidth<HTMLElement>(528);
  const way = store.way.value;
  const stages = way?.stages.slice(0, -1) ?? [];
  // The parts change less often than the scene.
  const parts = useDerived(() => store.scene.value.parts, [store]).value;
  const state = useMemo(() => {
    const known = { parts };
    return {
      activations: stages.map((stage, index) => activationsOf(known, index, stage)),
      wires: [null, ...stages.map((_, index) => partOf(known, `edges${index + 1}`)?.values ?? null)],
      probabilities: partOf(known, "probabilities")?.values ?? null,
    };
  }, [way, parts]);
  const plan = planFlow(
    stages.map(({ kind, units, height, width: across }): Stage => {
      return { kind, units: kind === "maps" ? Math.min(units, MOST_MAPS) : units, height, width: across };
    }),
    width,
    start,
  );
  const ringed = way?.units === stages[0]?.units ? unit.value : null;
  const scrolls = plan.width > width;
  return (
    <section
      class="nnw-flow"
      ref={place}
      aria-label="Layers"
      // What is wider than its place must scroll by keyboard, too.
      {...(scrolls ? { tabIndex: 0 } : {})}
    >
      <div style={{ width: px(plan.width) }}>
        {plan.places.map(({ x, maps }, index) => {
          const stage = stages[index] as StageTrait;
          const found = state.activations[index] ?? null;
          return (
            <p
              key={index}
              style={{ left: px(x), width: px((plan.places[index + 1]?.x ?? plan.width) - x - 8) }}
            >
              <span class="nnw-2nd">{stage.name}</span>
              <span title={stage.detail}>{detailOf(stage, found, maps?.shown ?? 0)}</span>
            </p>
          );
        })}
        <Pixels
          role="img"
          aria-label={`The strongest connections through ${stages.map(({ name }) => name).join(", ")}`}
          paint={(canvas, theme) => {
            const context = sizeCanvas(canvas, plan.width, HEIGHT + 2 * MARGIN);
            drawFlow(context, { plan, ...state, answers, ringed, image, theme });
          }}
          inputs={[state, plan.width, way, answers.join(), ringed, image]}
        />
      </div>
    </section>
  );
}

export function FlowLegend() {
  return (
    <span class="nnw-legend nnw-flow-legend">
      <span>
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4H24" stroke="var(--nnw-pos)" stroke-width="3" />
        </svg>
        adds
      </span>
      <span>
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4H24" stroke="var(--nnw-neg)" stroke-width="3" stroke-dasharray="6 2.5" />
        </svg>
        takes away
      </span>
      <span class="nnw-legend-wide">width = |weight × activation|, the strongest only</span>
    </span>
  );
}
