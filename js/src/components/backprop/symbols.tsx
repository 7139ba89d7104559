// How a quantity is written: in a drawing, in a formula, and to be read aloud.
import type { JSX } from "preact";
import type { SymbolTrait } from "../../generated/protocol";
import { v } from "../explorer/math";

type Symbol = Pick<SymbolTrait, "base" | "index" | "layer">;

/** In a drawing, as tspans; what follows stands on the line again. */
export function Written({ symbol: { base, index, layer } }: { symbol: Symbol }): JSX.Element {
  return (
    <>
      <tspan class="nnw-var">{base}</tspan>
      {index ? (
        <tspan class="nnw-sub" dy="3">
          {index}
        </tspan>
      ) : null}
      {layer ? (
        <tspan class="nnw-sub" dy={index ? "-8" : "-5"}>
          ({layer})
        </tspan>
      ) : null}
      {index || layer ? <tspan dy={layer ? "5" : "-3"}>{"\u200b"}</tspan> : null}
    </>
  );
}

/** In a formula. */
export const sym = ({ base, index, layer }: Symbol): JSX.Element =>
  layer ? (
    <msubsup>
      <mi>{base}</mi>
      <mtext>{index}</mtext>
      <mtext>({layer})</mtext>
    </msubsup>
  ) : (
    v(base, index || undefined)
  );

/** In a sentence. */
export const InText = ({ symbol: { base, index, layer } }: { symbol: Symbol }): JSX.Element => (
  <>
    <var>{base}</var>
    {index ? <sub>{index}</sub> : null}
    {layer ? <sup>({layer})</sup> : null}
  </>
);

/** To be read aloud, and in plain text. */
export const spoken = ({ base, index, layer }: Symbol): string =>
  `${base}${index ? ` ${index}` : ""}${layer ? ` of layer ${layer}` : ""}`;
