// The six ways to begin, side by side: what each does to signals and gradients, and how it learns.
import { drawField } from "../../draw/field";
import { percent, significant } from "../../draw/format";
import { Button } from "../button";
import { Canvas } from "../explorer/scene";
import { factorText } from "./scale";
import { fateOf, passes, type Shown } from "./state";
import { LossCurve } from "./training";

const VERDICTS = {
  untrained: "not trained",
  learns: "learns",
  slow: "learns slowly",
  stuck: "does not learn",
  diverged: "diverged",
} as const;

export function Cards({ shown }: { shown: Shown }) {
  const { measured, chosen, store } = shown;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <div class="nnw-init-cards" role="group" aria-label="Initialisation">
      {measured.schemes.map(({ name, label, formula }, scheme) => (
        <div key={name} class="nnw-init-card">
          {/* All of the card may be pressed; its name is what is read out. */}
          <Button
            class="nnw-init-name"
            aria-label={label}
            aria-pressed={scheme === chosen}
            onClick={() => store.set({ initialiser: name })}
          >
            {label}
          </Button>
          <span class="nnw-init-rule">
            <Rule name={name} formula={formula} settings={measured.settings} />
          </span>
          <Spark shown={shown} scheme={scheme} />
          <Passed shown={shown} scheme={scheme} name={name} />
          <Learned shown={shown} scheme={scheme} name={name} />
        </div>
      ))}
    </div>
  );
}

interface RuleProps {
  name: string;
  formula: string;
  settings: Readonly<Record<string, unknown>>;
}

/** A number where there is one, else what the variance depends on. */
function Rule({ name, formula, settings }: RuleProps) {
  const scale = settings[name];
  if (typeof scale === "number")
    return (
      <>
        {name === "constant" ? "w" : "σ"} = <span data-n={`scale.${name}`}>{significant(scale, 3)}</span>
      </>
    );
  const [left = "", right = ""] = formula.split(" = ");
  const inPlace = right.replaceAll(" ", "").replace("n_in", "nᵢₙ").replace("n_out", "nₒᵤₜ");
  return (
    <>
      {right.includes("n") ? <span class="nnw-init-word">{left} = </span> : `${left} = `}
      {inPlace}
    </>
  );
}

const [WIDE, HIGH] = [120, 40];
/** So many decades up and down. */
const DECADES = 8;

/** How the variance changes: activations from the left to the right, gradients from the right to the left. */
function Spark({ shown: { measured, hidden }, scheme }: { shown: Shown; scheme: number }) {
  const path = (kind: "a" | "da") => {
    const order = Array.from({ length: hidden }, (_, layer) => (kind === "a" ? layer : hidden - 1 - layer));
    const first = measured.variance(scheme, kind, order[0] as number);
    // Where nothing goes in, nothing is anywhere.
    if (first === 0) return `M3 ${HIGH - 3}H${WIDE - 3}`;
    return order
      .map((layer, step) => {
        const ratio = measured.variance(scheme, kind, layer) / first;
        const decades = ratio === 0 ? -DECADES : Number.isFinite(ratio) ? Math.log10(ratio) : DECADES;
        const x = 3 + (layer / Math.max(1, hidden - 1)) * (WIDE - 6);
        const y = HIGH / 2 - (Math.max(-1, Math.min(1, decades / DECADES)) * (HIGH - 6)) / 2;
        return `${step ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join("");
  };
  return (
    <svg class="nnw-init-spark" viewBox={`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="nnw-grid" d={`M0 ${HIGH / 2}H${WIDE}`} vector-effect="non-scaling-stroke" />
      <path class="nnw-init-spark-back" d={path("da")} vector-effect="non-scaling-stroke" />
      <path class="nnw-init-spark-line" d={path("a")} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function Passed({ shown, scheme, name }: { shown: Shown; scheme: number; name: string }) {
  return (
    <span class="nnw-init-passed">
      {(["a", "da"] as const).map((kind) => {
        const factor = passes(shown.measured, scheme, kind);
        return (
          <span key={kind} data-fate={fateOf(factor)}>
            <span>
              {kind === "a" ? "→" : "←"}
              <span class="nnw-init-word"> {kind === "a" ? "activations" : "gradients"}</span>
            </span>
            <span>
              ×{"\u2009"}
              <span data-n={`${kind === "a" ? "forward" : "backward"}.${name}`}>{factorText(factor)}</span>
            </span>
          </span>
        );
      })}
    </span>
  );
}

const MAP = 40;

function Learned({ shown: { training }, scheme, name }: { shown: Shown; scheme: number; name: string }) {
  const map = training?.map(scheme) ?? null;
  const size = training?.size ?? 0;
  const verdict = training?.verdicts[scheme] ?? "untrained";
  const accuracy = training?.accuracies(scheme).at(-1);
  return (
    <span class="nnw-init-learned">
      <span class="nnw-init-results">
        <span class="nnw-init-map">
          <Canvas
            x={0}
            y={0}
            width={MAP}
            height={MAP}
            inputs={[map]}
            paint={(context, theme) => {
              context.clearRect(0, 0, MAP, MAP);
              if (map) drawField(context, map, size, size, 0, 0, MAP, MAP, theme.fieldRamp32);
            }}
          />
        </span>
        <LossCurve training={training} scheme={scheme} />
      </span>
      <span class="nnw-init-verdict" data-verdict={verdict}>
        <span>{VERDICTS[verdict]}</span>
        <b data-n={`accuracy.${name}`}>
          {verdict === "diverged" || verdict === "untrained" ? "–" : percent(accuracy, 0)}
        </b>
      </span>
    </span>
  );
}
