// Where you are on an axis: a number in the accent, which can be dragged.
export function Pill({ text, n }: { text: string; n: string }) {
  const width = Math.max(26, 12 + 7 * text.length);
  return (
    <>
      <rect x={-width / 2} y={-9} width={width} height={18} rx={9} class="nnw-hebb-now" />
      <rect x={-width / 2 - 3} y={-12} width={width + 6} height={24} rx={12} class="nnw-ring" />
      <text y={4} text-anchor="middle" class="nnw-hebb-on-accent" data-n={n}>
        {text}
      </text>
    </>
  );
}
