// What the neuron is compared with: a gate, its truth table, and all settings there are, tried.
import { useMemo } from "preact/hooks";
import * as concept from "../../concepts/neuron";
import { fixed, thousands } from "../../draw/format";
import { Presets } from "../explorer/presets";
import { GATE_NAMES, gateName, type Neuron } from "./state";

export function Gate({ neuron }: { neuron: Neuron }) {
  const { store, gate, rows, inputs, layered, outputDigits, isThreshold } = neuron;
  const counts = useMemo(() => concept.experiment(gate, layered), [gate, layered]);
  const solved = counts[4] as number;
  const symbol = (name: string, index?: number) => (
    <>
      <var>{name}</var>
      {index ? <sub>{index}</sub> : null}
    </>
  );
  return (
    <section class="nnw-gate" aria-label="Gate">
      <Presets
        label="Gate"
        words={GATE_NAMES}
        holds={(name) => name === gate}
        picture={(name) => <Picture gate={name} />}
      />
      <table class="nnw-rows" aria-label={`Truth table of ${gateName(gate)}`}>
        <thead>
          <tr>
            <th>{symbol("x", 1)}</th>
            <th>{symbol("x", 2)}</th>
            {layered ? (
              <>
                <th>{symbol("h", 1)}</th>
                <th>{symbol("h", 2)}</th>
              </>
            ) : null}
            <th>{gateName(gate)}</th>
            <th>sum {symbol(isThreshold ? "s" : "z")}</th>
            <th>
              {layered ? null : "output "}
              {symbol("y")}
            </th>
            <th>
              <span class="nnw-unseen">right</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ inputs: [x1, x2], seen, target, z, output, isRight }, index) => {
            const now = x1 === inputs[0] && x2 === inputs[1];
            const key = `row.${index}`;
            return (
              <tr key={key} data-now={now || undefined}>
                <td>
                  <button
                    type="button"
                    class="nnw-row-button"
                    aria-label={`Show ${x1}, ${x2}`}
                    aria-pressed={now}
                    onClick={() => store.set({ inputs: [x1, x2] })}
                  >
                    {x1}
                  </button>
                </td>
                <td>{x2}</td>
                {layered
                  ? seen.map((value, at) => (
                      <td key={at} data-n={`${key}.seen.${at}`}>
                        {value}
                      </td>
                    ))
                  : null}
                <td class={target ? "nnw-pos" : "nnw-neg"}>{target}</td>
                <td data-n={`${key}.sum`}>{fixed(isThreshold ? z - neuron.bias : z, neuron.digits)}</td>
                <td class={z > 0 ? "nnw-pos" : "nnw-neg"} data-n={`${key}.output`}>
                  {fixed(output, isThreshold ? 0 : outputDigits)}
                </td>
                <td>{isRight ? <span title="right">✓</span> : <b title="wrong">×</b>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="nnw-experiment nnw-s nnw-2nd">
        All {thousands(concept.SETTINGS)} settings of the sliders, tried:{" "}
        <b data-n="experiment.4">{thousands(solved)}</b> {solved === 1 ? "makes" : "make"} {gateName(gate)}
        {solved ? "." : ", "}
        {solved ? null : (
          <>
            <span data-n="experiment.3">{thousands(counts[3] as number)}</span> get 3 of 4 right.
          </>
        )}
      </p>
    </section>
  );
}

function Picture({ gate }: { gate: string }) {
  return (
    <svg width={46} height={46} aria-hidden="true">
      {concept.CORNERS.map(([x, y], index) => (
        <circle
          key={index}
          cx={12 + 22 * x}
          cy={34 - 22 * y}
          r={4}
          fill={`var(--nnw-${concept.GATES[gate]?.[index] ? "pos" : "neg"})`}
        />
      ))}
    </svg>
  );
}
