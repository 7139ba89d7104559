// Which neurons the findings about a run are about.
import type { FindingTrait } from "../generated/protocol";
import type { Unit } from "./planar";

/** The title of the first finding about a neuron, without its colon, for its description. */
export function findingOf(findings: readonly FindingTrait[], [layer, unit]: Unit): string | undefined {
  return findings
    .find(({ neurons }) => neurons.some(([l, u]) => l === layer && u === unit))
    ?.title.replace(/:$/, "");
}
