// The line under the network: what the marks mean, or the formula of the neuron that is pointed at.

import { neuronGradients } from "../draw/gradients";
import { neuronFormula } from "../draw/network";
import { useDerived } from "./context";
import { WidthMeaning } from "./edge-values";
import { inputsOf, labelWidth } from "./inputs";
import { placeOf, unitName, weightName, weightText } from "./names";
import { Parts } from "./parts";
import { type Unit, usePlanar, type WeightPlace } from "./planar";

export function Footline() {
  const { focus, edge } = usePlanar();
  if (focus.value) return <Readout unit={focus.value} />;
  return edge.value ? <WeightReadout place={edge.value} /> : <Legend />;
}

function Legend() {
  return (
    <div class="nnw-legend">
      <span title="positive">
        <svg width="22" height="8" role="img" aria-label="positive">
          <path d="M0 4h22" stroke="var(--nnw-pos)" stroke-width="3" />
        </svg>
        +
      </span>
      <span title="negative">
        <svg width="22" height="8" role="img" aria-label="negative">
          <path d="M0 4h22" stroke="var(--nnw-neg)" stroke-width="3" stroke-dasharray="9.8 2.1" />
        </svg>
        −
      </span>
      <span class="nnw-legend-wide">
        <svg width="22" height="8" aria-hidden="true">
          <path d="M0 3.6 22 .8v6.4L0 4.4z" fill="var(--nnw-ink-3)" />
        </svg>
        <WidthMeaning />
      </span>
      <span class="nnw-hide-narrow">
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4h24" stroke="var(--nnw-track)" />
          <path d="M12 4h9" stroke="var(--nnw-pos)" stroke-width="3" />
          <path d="M12 1v6" stroke="var(--nnw-ink-2)" />
        </svg>
        bias
      </span>
    </div>
  );
}

/** Width that a term like " + 0.56 h₁" takes, of it the name, and what stands before and after the terms. */
const TERM_WIDTH = 62;
const NAME_WIDTH = 14;
/** No name takes more: formulas shorten it. */
const WIDEST_NAME = 100;
const REST_WIDTH = 250;
const NARROW_REST_WIDTH = 130;

function Readout({ unit }: { unit: Unit }) {
  const { store, easel, geometry, edges } = usePlanar();
  const { stage, narrow } = geometry.value;
  const room = stage - (narrow ? NARROW_REST_WIDTH : REST_WIDTH);
  const [layer, index] = unit;
  const content = useDerived(() => {
    // Follows what is on screen, not what has just arrived.
    easel.shown.value;
    const { network, data, frame } = store.scene.peek();
    const labels = inputsOf(data).map(({ label }) => label);
    const widest = layer ? NAME_WIDTH : Math.max(NAME_WIDTH, ...labels.map(labelWidth));
    const termWidth = TERM_WIDTH - NAME_WIDTH + Math.min(WIDEST_NAME, widest);
    const terms = Math.max(1, Math.floor(room / termWidth));
    return {
      name: unitName(network.layers, unit),
      formula:
        frame && edges.value === "gradients"
          ? neuronGradients(network.layers, frame.inside.gradients, layer, index, terms, labels)
          : frame?.parameters.length
            ? neuronFormula(network.layers, frame.parameters, layer + 1, index, terms, labels)
            : [],
    };
  }, [unit, room, edges]).value;
  return (
    <div class="nnw-readout">
      <b>{content.name}</b>
      <span>
        <Parts parts={content.formula} />
      </span>
    </div>
  );
}

/** The weight under the pointer. */
function WeightReadout({ place }: { place: WeightPlace }) {
  const { store, easel, edges, hand } = usePlanar();
  const letter = place.input === null ? "b" : "w";
  const content = useDerived(() => {
    easel.shown.value;
    const scene = store.scene.peek();
    const at = placeOf(scene.network, place);
    return {
      name: weightName(scene, place),
      weight: hand.valueAt(scene, place, edges.value),
      frozen: at !== null && hand.frozen.value.has(at),
    };
  }, [place, edges]).value;
  return (
    <div class="nnw-readout">
      <b>{place.input === null ? "Bias" : "Weight"}</b>
      <span>
        {content.name}: {edges.value === "weights" ? <var>{letter}</var> : `∂L/∂${letter}`} ={" "}
        <span class={(content.weight ?? 0) < 0 ? "nnw-neg" : "nnw-pos"}>
          {weightText(content.weight, edges.value)}
        </span>
        {content.frozen ? ", frozen" : ""}
      </span>
    </div>
  );
}
