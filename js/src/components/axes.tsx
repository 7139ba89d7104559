// The axes of the plane, over the decision map. SVG, because they change only with the data and the size.
import { planeAxes, type Tick } from "../draw/axes";
import type { DataTrait } from "../generated/protocol";

/** A label this near to a corner would run into that of the other axis, or out of the zone. */
const CORNER = 12;

export function PlaneAxes({ data, size }: { data: DataTrait; size: number }) {
  const ticks = planeAxes({ xRange: data.x_range, yRange: data.y_range, width: size, height: size });
  const inside = ({ position }: Tick) => position > CORNER && position < size - CORNER;
  const [x, y] = [ticks.x.filter(inside), ticks.y.filter(inside)];
  const [xName, yName] = data.feature_names;
  return (
    <svg class="nnw-axis" width={size} height={size + 28} aria-hidden="true">
      <rect
        x={0.5}
        y={0.5}
        width={size - 1}
        height={size - 1}
        rx={2}
        fill="none"
        stroke="var(--nnw-ink-3)"
        stroke-opacity={0.55}
      />
      {x.map(({ value, position, label }) => (
        <g key={value}>
          <path d={`M${position} ${size}v4`} stroke="var(--nnw-ink-3)" />
          <text x={position} y={size + 16} text-anchor="middle">
            {label}
          </text>
        </g>
      ))}
      {y.map(({ value, position, label }) => (
        <g key={value}>
          <path d={`M0 ${position}h-4`} stroke="var(--nnw-ink-3)" />
          <text x={-8} y={position + 4} text-anchor="end">
            {label}
          </text>
        </g>
      ))}
      <text class="nnw-axis-name" x={size - 8} y={size - 9} text-anchor="end">
        <FeatureName name={xName} />
      </text>
      <text class="nnw-axis-name" x={8} y={17}>
        <FeatureName name={yName} />
      </text>
    </svg>
  );
}

/** "x1" reads as a variable with an index; any other name is a word. */
function FeatureName({ name }: { name: string }) {
  const variable = /^x_?(\d)$/.exec(name);
  if (!variable) return <>{name}</>;
  return (
    <>
      <tspan font-style="italic">x</tspan>
      <tspan font-size="10" dy="3">
        {variable[1]}
      </tspan>
    </>
  );
}
