// The output zone: what the network makes of every point of the plane, under the points it learned from.
// While a hidden neuron is pointed at, the map shows what that neuron makes of it.
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type ClassColours, pixelCss, rampCss, type Theme } from "../draw/colour";
import { sizeCanvas } from "../draw/field";
import { significant } from "../draw/format";
import { countWrong } from "../draw/points";
import type { DataTrait, NetworkTrait } from "../generated/protocol";
import { readTriples } from "../model/binary";
import type { Scene } from "../model/store";
import { PlaneAxes } from "./axes";
import { Button } from "./button";
import { Chips } from "./chips";
import { useDerived } from "./context";
import { px } from "./geometry";
import { coloursOf, isClass, type MapLook, mapOf, paintMap, type Shown } from "./map";
import { ClassMark } from "./mark";
import { className, unitName } from "./names";
import { Pad, takeModeKey } from "./pad";
import { DrawingActions, Palette } from "./palette";
import { TitleRow } from "./panel";
import { type Unit, usePlanar } from "./planar";
import { paintBatch } from "./walk";

const MAPS: Partial<Record<NetworkTrait["output"], string>> = { value: "prediction" };

export function OutputZone() {
  const { store, easel, geometry, focus, walk, drawing } = usePlanar();
  const data = store.data.value;
  const network = store.network.value;
  const size = geometry.value.plot;
  const shown = useSignal<Shown>({ train: true, test: true, wrong: true });
  const wrong = useSignal(0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const points = useMemo(() => readTriples(data.points), [data]);
  const unit = withMap(focus.value, network);
  const visible = shown.value;
  const looks = useSignal<MapLook>({ classes: false, contours: false });
  const look = looks.value;
  const steps = walk.value;
  const draws = drawing.on.value;

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, size, size);
    if (!context) return;
    return easel.onPaint((scene, colours) => {
      if (scene.data !== data) return;
      wrong.value = countWrong(scene.frame?.wrong ?? null, data.shown_train + data.shown_test);
      const sketch = drawing.sketch(data);
      paintMap(context, { scene, points, unit, shown: visible, sketch, look, size, theme: colours });
      if (steps?.trace.data_version === data.version) paintBatch(context, steps, points, data, size, colours);
    });
  }, [easel, drawing, data, points, size, unit, visible, look, steps]);

  return (
    <section
      class="nnw-out"
      aria-label="Output"
      onKeyDown={(event) => {
        // Menus take letters and numbers themselves.
        const isOfMenu = event.target instanceof HTMLSelectElement;
        if (!draws || isOfMenu || !takeModeKey(event, drawing)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <TitleRow
        title="Output"
        note={unit ? unitName(network.layers, unit) : (MAPS[network.output] ?? "decision map")}
      >
        {draws ? <DrawingActions /> : <MapLooks looks={looks} output={network.output} />}
      </TitleRow>
      {draws ? <Palette /> : <Legend unit={unit} network={network} names={data.class_names} />}
      <div class="nnw-plot" style={{ width: px(size), height: px(size + 24) }}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Map over ${data.axes.map((column) => data.feature_names[column]).join(" and ")}`}
        />
        <PlaneAxes data={data} size={size} />
        {draws ? <Pad data={data} size={size} /> : null}
      </div>
      <Chips shown={shown.value} wrong={wrong} onChange={(next) => (shown.value = next)} />
    </section>
  );
}

interface MapLooksProps {
  looks: Signal<MapLook>;
  output: NetworkTrait["output"];
}

/** Switches for how the map is drawn; of values there are no classes to be flat. */
function MapLooks({ looks, output }: MapLooksProps) {
  const button = (name: keyof MapLook, title: string) => (
    <Button
      class="nnw-toggle"
      title={title}
      aria-pressed={looks.value[name]}
      onClick={() => (looks.value = { ...looks.peek(), [name]: !looks.peek()[name] })}
    >
      {name}
    </Button>
  );
  return (
    <span class="nnw-end nnw-looks">
      {output === "value" ? null : button("classes", "One flat colour for each class")}
      {button("contours", "Lines of equal value, a tenth of the range apart")}
    </span>
  );
}

interface LegendProps {
  unit: Unit | null;
  network: NetworkTrait;
  names: readonly string[];
}

const Legend = ({ unit, network, names }: LegendProps) =>
  network.outputs > 2 && !unit ? <ClassLegend names={names} /> : <Ramp unit={unit} />;

const GRADIENT_STOPS = 17;

const stops = (colour: (share: number) => string) =>
  `linear-gradient(to right, ${Array.from({ length: GRADIENT_STOPS }, (_, stop) =>
    colour(stop / (GRADIENT_STOPS - 1)),
  ).join(", ")})`;

const signedGradient = ({ fieldRamp }: Theme) => stops((share) => rampCss(fieldRamp, 2 * share - 1));
const classGradient = ({ fieldRamp32 }: ClassColours) => stops((share) => pixelCss(fieldRamp32, share));

/** The neuron that the map is about, if it is not about all outputs: of one output that is the same. */
const withMap = (unit: Unit | null, network: NetworkTrait) =>
  unit && (unit[0] < network.layers.length - 1 || isClass(network, unit)) ? unit : null;

/** What the ends and the middle of the colours mean. */
function meaning(scene: Scene, unit: Unit | null): { name: string; ends: readonly [number, number] } {
  const { network, data } = scene;
  if (unit && isClass(network, unit)) return { name: `P(${nameOf(data, unit[1])})`, ends: [0, 1] };
  if (unit) {
    const scale = mapOf(scene, unit)?.scale ?? 1;
    return { name: "activation", ends: [-scale, scale] };
  }
  if (network.output === "value") return { name: "prediction", ends: data.value_range };
  if (network.output === "score") return { name: "score", ends: [-1, 1] };
  return { name: `P(${nameOf(data, 1)})`, ends: [0, 1] };
}

const nameOf = ({ class_names }: DataTrait, index: number) => className(class_names[index] ?? String(index));

/** The colour legend; a neuron without fixed bounds has its own largest value at the ends. */
function Ramp({ unit }: { unit: Unit | null }) {
  const { store, easel } = usePlanar();
  const theme = easel.theme.value;
  const said = useDerived(() => {
    const { name, ends } = meaning(store.scene.value, unit);
    const [low, high] = ends;
    const texts = [low, (low + high) / 2, high].map((value) => significant(value, 2));
    return { name, texts };
  }, [unit]).value;
  const { network } = store.scene.peek();
  const colours = useMemo(
    () => (isClass(network, unit) ? classGradient(coloursOf(theme, unit[1])) : signedGradient(theme)),
    [theme, network, unit],
  );
  return (
    <div class="nnw-ramp">
      <span>{said.name}</span>
      <div class="nnw-ramp-bar" style={{ background: colours }} />
      <div class="nnw-ramp-ticks">
        {said.texts.map((text, index) => (
          <span key={index}>{text}</span>
        ))}
      </div>
    </div>
  );
}

const MARK = 13;

/** Which colour and shape is which class; how sure the network is of it shows in the depth of the colour. */
function ClassLegend({ names }: { names: readonly string[] }) {
  return (
    <ul class="nnw-classes" aria-label="Classes; the paler the colour, the less certain">
      {names.map((name, index) => (
        <li key={name} title={className(name)}>
          <ClassMark index={index} classes={names.length} size={MARK} radius={4} />
          <span>{name}</span>
        </li>
      ))}
    </ul>
  );
}
