// The surfaces to choose from, small.
import { useMemo } from "preact/hooks";
import { SURFACES, type Surface } from "../../concepts/surfaces";
import { Presets } from "../explorer/presets";
import { curve, linear } from "../explorer/scene";
import { contourData, relief } from "./relief";
import { type Descent, surfaceOf } from "./state";

const SIZE = 46;

export function Surfaces({ descent }: { descent: Descent }) {
  const { store, name } = descent;
  const own = store.trait<never>("_own").value;
  const grid = store.trait<DataView>("_grid").value;
  const mine = useMemo(() => surfaceOf("own", own, grid), [own, grid]);
  const byPreset = useMemo(() => {
    const names = store.about.presets.map(({ name, settings }) => [name, String(settings.surface)] as const);
    return new Map(names);
  }, []);
  return (
    <Presets
      label="Surfaces"
      picture={(preset) => {
        const key = byPreset.get(preset) as string;
        return <Thumb surface={SURFACES[key] ?? mine} />;
      }}
      holds={(preset) => byPreset.get(preset) === name}
    />
  );
}

function Thumb({ surface }: { surface: Surface }) {
  const data = useMemo(
    () => (surface.window.length === 1 ? profile(surface) : contourData(coarse(surface), SIZE, SIZE)),
    [surface],
  );
  return (
    <svg class="nnw-surface-thumb" width={SIZE} height={SIZE} aria-hidden="true">
      <path d={data} class={surface.window.length === 1 ? "is-curve" : undefined} />
    </svg>
  );
}

/** Every other line has no room. */
function coarse(surface: Surface) {
  const all = relief(surface, 40, 40);
  return { ...all, levels: all.levels.filter((_, index) => index % 2 === 0) };
}

function profile({ window: [window = [0, 1]], evaluate }: Surface): string {
  const loss = (w: number) => evaluate([w])?.loss ?? Number.NaN;
  const [low, high] = window;
  const losses = Array.from({ length: 60 }, (_, index) => loss(low + ((high - low) * index) / 59)).filter(
    Number.isFinite,
  );
  const y = linear([Math.min(...losses), Math.max(...losses)], [SIZE - 8, 8]);
  return curve(loss, linear(window, [4, SIZE - 4]), y, 60);
}
