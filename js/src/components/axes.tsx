// The axes of the plane, over the decision map. What is drawn is SVG, because it changes only with the data and
// the size; the names lie over two corners of the map, and are menus where the data have more columns than two.
import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { CORNER, planeAxes, type Tick } from "../draw/axes";
import { significant } from "../draw/format";
import { labelParts } from "../draw/formula";
import type { DataTrait } from "../generated/protocol";
import type { Control } from "../model/store";
import { Select } from "./fields";
import { px } from "./geometry";
import { Parts } from "./parts";
import { usePlane } from "./planar";
import { controlShown } from "./shown";

export function PlaneAxes({ data, size }: { data: DataTrait; size: number }) {
  const { store } = usePlane();
  const ticks = planeAxes({ xRange: data.x_range, yRange: data.y_range, width: size, height: size });
  const inside = ({ position }: Tick) => position > CORNER && position < size - CORNER;
  const [x, y] = [ticks.x.filter(inside), ticks.y.filter(inside)];
  const choosable = data.feature_names.length > 2 && controlShown(store, "axes");
  const Name = choosable ? AxisSelect : AxisName;
  return (
    <>
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
      </svg>
      <div class="nnw-axis-names" style={{ width: px(size), height: px(size) }}>
        <div>
          <Name data={data} axis={1} />
        </div>
        <div>
          <Held data={data} />
          <Name data={data} axis={0} />
        </div>
      </div>
    </>
  );
}

interface NameProps {
  data: DataTrait;
  axis: 0 | 1;
}

function AxisName({ data: { feature_names, axes }, axis }: NameProps) {
  const name = feature_names[axes[axis]] ?? "";
  return (
    <span class="nnw-axis-name" title={name} aria-hidden="true">
      <Parts parts={labelParts(name)} />
    </span>
  );
}

function AxisSelect({ data, axis }: NameProps) {
  const { store } = usePlane();
  const control = useMemo(() => axisControl(store.controls.axes, axis), [store, axis]);
  const choices = data.feature_names.map((label, column) => ({ name: String(column), label }));
  return (
    <span class="nnw-axis-select" title={choices[data.axes[axis]]?.label}>
      <Select
        quiet
        label={axis ? "Vertical axis" : "Horizontal axis"}
        control={control}
        choices={choices}
        disabled={!store.enabled.value}
      />
    </span>
  );
}

const NO_ERROR = computed(() => null);

/** The column of one axis. The column of the other one is chosen by letting them change places. */
function axisControl(axes: Control<[number, number]>, axis: 0 | 1): Control<string> {
  return {
    ...axes,
    // Both are one setting: it is enough to be told once why it was refused.
    error: axis ? NO_ERROR : axes.error,
    value: computed(() => String(axes.value.value[axis])),
    set(value) {
      const before = axes.value.peek();
      const chosen = Number(value);
      const across = 1 - axis;
      const other = (before[across] === chosen ? before[axis] : before[across]) as number;
      axes.set(axis ? [other, chosen] : [chosen, other]);
    },
  };
}

/** A plane through a space of more dimensions: where it lies in the others. */
function Held({ data: { feature_names, medians, axes } }: { data: DataTrait }) {
  if (feature_names.length <= 2) return <span />;
  const held = feature_names.flatMap((name, column) =>
    axes.includes(column) ? [] : [`${name} = ${significant(medians[column], 3)}`],
  );
  const one = held.length === 1;
  return (
    <span class="nnw-axis-held" title={held.join("\n")}>
      {/* Two short lines: beside it, the name of the axis needs the room. */}
      <span>{one ? "other at" : "others at"} </span>
      <span>{one ? "its median" : "their median"}</span>
    </span>
  );
}
